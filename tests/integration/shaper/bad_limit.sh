#!/bin/bash
# A limit that cannot be applied is an error that says what is allowed, never a transfer at full speed.
. "$(dirname "$0")/harness.sh"

allowed="give KB/s (6000), a unit (6000k, 50M, 1G, 400mbit) or 'unlimited'"
refuses 2 "--limit 'abc': not a rate; $allowed" --limit abc
refuses 2 "--limit '': is empty; give RATE" --limit ''
refuses 2 "--limit '6000x': not a rate; $allowed" --limit 6000x
refuses 2 "--limit '6000 kk': not a rate; $allowed" --limit '6000 kk'
refuses 2 "--limit 'pause': not a rate; $allowed" --limit pause
refuses 2 "--limit '0k': a rate of 0 would never finish; the least is 1 KB/s" --limit 0k
refuses 2 "--limit '0.0001': below the least rate, 1 KB/s" --limit 0.0001
refuses 2 "--limit '-5': a rate cannot be negative; the least is 1 KB/s" --limit -5
refuses 2 "--limit '-5': a rate cannot be negative; the least is 1 KB/s" --limit=-5
refuses 2 "--limit '2000000M': above the highest rate, 1048576M" --limit 2000000M
refuses 2 "--limit '99999999999999999999': above the highest rate" --limit 99999999999999999999
refuses 2 "--limit '18446744073709551616G': above the highest rate" --limit 18446744073709551616G
refuses 2 "--limit: is required; give KB/s, or 'unlimited'"
refuses 2 "--limit: " --limit
refuses 2 "--set-limit '0': a rate of 0 would never finish" --budget "$tmp/budget" --set-limit 0
refuses 2 "--set-limit 'abc': not a rate; $allowed" --budget "$tmp/budget" --set-limit abc
[[ ! -e $tmp/budget ]] || fail "a refused limit made a budget"
