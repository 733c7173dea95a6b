#!/bin/bash
# Started without standard input, output or error: no file that the program opens may be taken for one of them.
. "$(dirname "$0")/harness.sh"

for option in --progress=always "--budget=$tmp/budget"; do
  exits 1 "standard input: Bad file descriptor" "$shaper" --limit 6000 "$option" <&- >"$tmp/output"
  [[ ! -s $tmp/output ]] || fail "something was read from a closed standard input"
  exits 1 "standard output: Bad file descriptor" "$shaper" --limit 6000 "$option" < <(echo hello) >&-
  exits 1 "standard input: Bad file descriptor" "$shaper" --limit 6000 "$option" <&- >&-
done

echo hello | "$shaper" --limit 6000 --progress always 2>&- >"$tmp/output" || fail "standard error is not needed"
[[ $(<"$tmp/output") == hello ]] || fail "without standard error: '$(<"$tmp/output")'"
echo hello | "$shaper" --limit 6000 --progress always 2>/dev/full >"$tmp/output" || fail "a full standard error is harmless"
[[ $(<"$tmp/output") == hello ]] || fail "with a full standard error: '$(<"$tmp/output")'"

code=0
"$shaper" --limit abc </dev/null 2>&- >"$tmp/output" || code=$?
[[ $code == 2 ]] || fail "exit code $code instead of 2 without standard error"
