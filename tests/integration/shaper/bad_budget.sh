#!/bin/bash
# What is not a budget is neither used nor changed.
. "$(dirname "$0")/harness.sh"

refuses_file() {
  local before
  before=$(sha256sum <"$1")
  refuses 2 "--budget '$1': $2" --limit 6000 --budget "$1"
  refuses 2 "--budget '$1': $2" --budget "$1" --set-limit 6000
  [[ $(sha256sum <"$1") == "$before" ]] || fail "it was changed: $1"
}

"$shaper" --limit 6000 --budget "$tmp/good" </dev/null
echo notes >"$tmp/notes"
refuses_file "$tmp/notes" "not a budget file; it was left as it is: name another file"
head -c 65536 /dev/urandom >"$tmp/foreign"
refuses_file "$tmp/foreign" "not a budget file; it was left as it is: name another file"
head -c 100 "$tmp/good" >"$tmp/short"
refuses_file "$tmp/short" "too short for a budget file; remove it when no transfer uses it"
: >"$tmp/empty"
refuses_file "$tmp/empty" "too short for a budget file; remove it when no transfer uses it"
cp "$tmp/good" "$tmp/newer"
printf '\x63' | dd of="$tmp/newer" bs=1 seek=8 conv=notrunc status=none
refuses_file "$tmp/newer" "a budget file of another version of mgc"
cp "$tmp/good" "$tmp/corrupt"
head -c 128 /dev/zero | dd of="$tmp/corrupt" bs=64 seek=1 conv=notrunc status=none
refuses_file "$tmp/corrupt" "a budget file with impossible contents; remove it when no transfer uses it"

mkfifo "$tmp/fifo"
refuses 2 "--budget '$tmp/fifo': not a regular file" --limit 6000 --budget "$tmp/fifo"
refuses 2 "--budget '$tmp': not a regular file" --limit 6000 --budget "$tmp"
refuses 2 "--budget '$tmp/none/budget': No such file" --limit 6000 --budget "$tmp/none/budget"
refuses 2 "--budget '$tmp/none': No such file" --budget "$tmp/none" --set-limit 6000
refuses 2 "--budget '$tmp/none': No such file" --budget "$tmp/none"
refuses 2 "--budget '': is empty; give FILE" --limit 6000 --budget ''
refuses 2 "--set-limit: needs --budget FILE" --set-limit 6000
refuses 2 "--size: does not go with --set-limit" --budget "$tmp/good" --set-limit 6000 --size 5M
[[ ! -e $tmp/none ]] || fail "a refused budget was made"
