#!/bin/bash
# Byte-exact at the sizes around a page, a pipe and nothing at all, from a file and from a pipe, limited and unlimited.
. "$(dirname "$0")/harness.sh"

head -c 10485760 /dev/urandom >"$tmp/random"
for size in 0 1 4095 4096 4097 65535 65536 65537 1048575 1048576 1048577 10485760; do
  head -c "$size" "$tmp/random" >"$tmp/input"
  for limit in unlimited 50M; do
    "$shaper" --limit "$limit" <"$tmp/input" >"$tmp/output"
    cmp "$tmp/input" "$tmp/output" || fail "$size bytes, $limit, file to file"
    head -c "$size" "$tmp/random" | "$shaper" --limit "$limit" | cat >"$tmp/output"
    cmp "$tmp/input" "$tmp/output" || fail "$size bytes, $limit, pipe to pipe"
  done
done

# Two transfers into one file go one after the other, as `cat` would.
{ "$shaper" --limit unlimited; "$shaper" --limit 50M </dev/null; echo end; } <"$tmp/random" >"$tmp/output"
{ cat "$tmp/random"; echo end; } | cmp - "$tmp/output" || fail "the file's position was not kept"
