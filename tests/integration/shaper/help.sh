#!/bin/bash
# --help tells every option, the units, the exit codes and examples, on standard output and in 100 columns at most.
. "$(dirname "$0")/harness.sh"

"$shaper" --help </dev/null >"$tmp/help" 2>"$tmp/errors"
[[ ! -s $tmp/errors ]] || fail "$(<"$tmp/errors")"
for word in --limit --budget --set-limit --size --progress --status-json --idle-timeout --listen --connect --direction \
  --once --drain --version 'KB/s' '1024 bytes' 'Exit codes: 0 ' 'Examples:'; do
  grep -qF -e "$word" "$tmp/help" || fail "--help says nothing of $word"
done
[[ $(wc -L <"$tmp/help") -le 100 ]] || fail "--help is wider than 100 columns"
"$shaper" --version | grep -qx 'mgc-shaper [0-9]*\.[0-9]*\.[0-9]*' || fail "--version: $("$shaper" --version)"
exits 2 "Try 'mgc-shaper --help'." "$shaper" --turbo
