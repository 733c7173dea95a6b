#!/bin/bash
# Progress for a log: plain lines when asked for, and silence when nobody looks at a terminal.
. "$(dirname "$0")/harness.sh"

head -c 61440 /dev/zero | "$shaper" --limit 10 --size 60k --progress always >/dev/null 2>"$tmp/lines"
[[ $(grep -c '^mgc-shaper: .* of .* in .*, limit 10 KB/s, .*%' "$tmp/lines") -ge 2 ]] ||
  fail "not a line in the middle and one at the end: $(<"$tmp/lines")"
grep -q 'ETA .*, held back by the limit$' "$tmp/lines" || fail "nothing of what is to come: $(<"$tmp/lines")"
tail -n 1 "$tmp/lines" | grep -q '^mgc-shaper: 60.00 KiB of 60.00 KiB in .*, 100.0%' || fail "$(tail -n 1 "$tmp/lines")"
if LC_ALL=C grep -q '[^ -~]' "$tmp/lines"; then fail "control characters: $(cat -v "$tmp/lines")"; fi

for when in auto never; do
  head -c 61440 /dev/zero | "$shaper" --limit 100 --progress $when >/dev/null 2>"$tmp/lines"
  [[ ! -s $tmp/lines ]] || fail "--progress $when is not silent: $(<"$tmp/lines")"
done
