#!/bin/bash
# Every other wrong option is refused by name and value, before anything happens.
. "$(dirname "$0")/harness.sh"

refuses 2 "--turbo" --limit 6000 --turbo
refuses 2 "dump.sql" --limit 6000 dump.sql
refuses 2 "--limit" --limit 6000 --limit 7000
refuses 2 "--size 'big': not a size; give bytes" --limit 6000 --size big
refuses 2 "--size '-1': not a size; give bytes" --limit 6000 --size -1
refuses 2 "--size '9223372036854775809': above the largest size" --limit 6000 --size 9223372036854775809
refuses 2 "--size '': is empty; give BYTES" --limit 6000 --size ''
refuses 2 "--progress 'often': allowed are auto, always, never" --limit 6000 --progress often
refuses 2 "--idle-timeout '1m': give whole seconds, 0 to " --limit 6000 --idle-timeout 1m
refuses 2 "--idle-timeout '-1': give whole seconds, 0 to " --limit 6000 --idle-timeout -1
refuses 2 "--idle-timeout '': is empty; give SECONDS" --limit 6000 --idle-timeout ''
refuses 2 "--status-json '$tmp/none/status': No such file" --limit 6000 --status-json "$tmp/none/status"
refuses 2 "--status-json '$tmp': something else than a status file is there" --limit 6000 --status-json "$tmp"
echo notes >"$tmp/notes"
refuses 2 "--status-json '$tmp/notes': something else than a status file is there" --limit 6000 --status-json "$tmp/notes"
[[ $(<"$tmp/notes") == notes ]] || fail "it was replaced by a status"
rm "$tmp/notes"
refuses 2 "--status-json '': is empty; give FILE" --limit 6000 --status-json ''
refuses 2 "--direction: is for a relay; it needs --listen" --limit 6000 --direction up
refuses 2 "--once: is for a relay; it needs --listen" --limit 6000 --once
refuses 2 "--drain: is for a relay; it needs --listen" --limit 6000 --drain 3

files=("$tmp"/*)
[[ ${#files[@]} == 3 ]] || fail "a refused option left files behind: ${files[*]}"
