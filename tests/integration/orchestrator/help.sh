#!/bin/bash
# --help of mgc and of its commands: every option, units, exit codes and examples, in 110 columns at most.
mgc=$(realpath "${1:-"$(dirname "$0")/../../../build/release/mgc"}")
. "$(dirname "$0")/../shaper/harness.sh" "$(dirname "$mgc")/mgc-shaper"

tells() { # WORDS... of --help of the command in $command
  # shellcheck disable=SC2086
  "$mgc" $command --help </dev/null >"$tmp/help" 2>"$tmp/errors" || fail "mgc $command --help failed"
  [[ ! -s $tmp/errors ]] || fail "$(<"$tmp/errors")"
  for word; do
    grep -qF -e "$word" "$tmp/help" || fail "mgc $command --help says nothing of $word"
  done
  [[ $(wc -L <"$tmp/help") -le 110 ]] || fail "mgc $command --help is wider than 110 columns"
}
command='' tells run status limit config health bootstrap deploy shaper --version
command=config tells --check --json my_port transfer_limit '_FILE' custom.cfg 'Exit codes: 0 '
command=run tells my_port node1 'Examples:' 'Exit codes: 0 '
command=status tells --json --watch --budget --run-dir 'Examples:' 'Exit codes: 0 ' seconds bytes transfer_budget
command=limit tells RATE --budget 'KB/s' '1024 bytes' unlimited pause 'Examples:' 'Exit codes: 0 ' transfer_budget
command=health tells live ready donor-ok --run-dir base_dir 'Examples:' 'Exit codes: 0 '
command=bootstrap tells --force --yes --run-dir base_dir 'Examples:' 'Exit codes: 0 '
command=deploy tells --dry-run --only --timeout image mount_dir memory secrets_dir docker_tls_ca node2. '_FILE' \
  'Examples:' 'Exit codes: 0 ' 'MB' seconds
command=shaper tells --limit
"$mgc" --version | grep -qx 'mgc [0-9]*\.[0-9]*\.[0-9]*' || fail "--version: $("$mgc" --version)"
exits 2 "'turbo' is not a command of mgc" "$mgc" turbo
exits 2 'Usage: mgc COMMAND' "$mgc"
exits 1 'standard output cannot be written to' "$mgc" --help >/dev/full
