# shellcheck shell=bash
# Sourced by the tests of this folder: `NAME.sh [path to mgc-shaper]`. Gives $shaper, the program under test, and $tmp, a
# directory of this run. Both it and every process started with `&` go when the test ends, however it ends.

set -euo pipefail

shaper=$(realpath -s "${1:-"$(dirname "${BASH_SOURCE[0]}")/../../../build/release/mgc-shaper"}")
tmp=$(mktemp -d)

clean_up() {
  local pids
  mapfile -t pids < <(jobs -p)
  [[ ${#pids[@]} == 0 ]] || kill -9 "${pids[@]}" 2>/dev/null || true
  wait 2>/dev/null || true
  rm -rf "$tmp"
}
trap clean_up EXIT
trap 'exit 1' INT TERM

fail() {
  echo "FAILED: $*" >&2
  exit 1
}

# until_true WHAT COMMAND...: tries COMMAND until it succeeds. The limit is a guard against hanging, not an expectation.
until_true() {
  local what=$1 tries=600
  shift
  until "$@"; do
    ((tries-- > 0)) || fail "waited a minute for: $what"
    sleep 0.1
  done
}

# exits CODE TEXT COMMAND...: the command exits with CODE and its standard error contains TEXT.
exits() {
  local code=0 wanted=$1 text=$2
  shift 2
  timeout -k 5 60 "$@" 2>"$tmp/errors" || code=$?
  [[ $code == "$wanted" ]] || fail "exit code $code instead of $wanted: $* ($(<"$tmp/errors"))"
  grep -qF -e "$text" "$tmp/errors" || fail "no '$text' in the message of: $* ($(<"$tmp/errors"))"
}

# refuses CODE TEXT OPTION...: so does the program, before it has read or written a byte.
refuses() {
  local code=$1 text=$2
  shift 2
  echo untouched >"$tmp/input"
  exec 8<"$tmp/input"
  exits "$code" "$text" "$shaper" "$@" <&8 >"$tmp/output"
  [[ $(cat <&8) == untouched ]] || fail "standard input was read: $*"
  [[ ! -s $tmp/output ]] || fail "standard output was written: $*"
  exec 8<&-
}
