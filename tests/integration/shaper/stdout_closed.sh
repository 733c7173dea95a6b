#!/bin/bash
# An output that goes away or is full fails the transfer; nothing hangs and nothing is reported as done.
. "$(dirname "$0")/harness.sh"

moves() { timeout -k 5 60 "$shaper" --limit "$1" 2>"$tmp/errors" || echo $? >"$tmp/code"; }
failed() {
  [[ -e $tmp/code && $(<"$tmp/code") == 1 ]] || fail "$1: exit code $(cat "$tmp/code" || echo 0) instead of 1"
  grep -q "^mgc-shaper: standard output: $2, after [0-9]* bytes; the transfer is not complete$" "$tmp/errors" ||
    fail "$1: $(<"$tmp/errors")"
  rm "$tmp/code"
}

moves 6000 </dev/zero | head -c 10 >/dev/null
failed "the reader left early" "Broken pipe"
moves unlimited </dev/zero | head -c 10 >/dev/null
failed "the reader left early, unlimited" "Broken pipe"
{ yes 2>/dev/null || true; } | moves 6000 | head -c 10 >/dev/null
failed "the reader left early, from a pipe" "Broken pipe"
(ulimit -f 1000 && moves unlimited </dev/zero >"$tmp/output")
failed "the file has the size that is allowed" "File too large"
moves unlimited </dev/zero >/dev/full
failed "the disk is full" "No space left on device"
{ yes 2>/dev/null || true; } | moves 6000 >/dev/full
failed "the disk is full, from a pipe" "No space left on device"
