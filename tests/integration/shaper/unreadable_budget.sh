#!/bin/bash
# A budget that belongs to somebody else: refused, whoever we are (root becomes nobody for this).
. "$(dirname "$0")/harness.sh"

"$shaper" --limit 6000 --budget "$tmp/budget" </dev/null
cp -L "$shaper" "$tmp/mgc-shaper"
chmod 755 "$tmp" "$tmp/mgc-shaper"
as=()
if [[ $EUID == 0 ]]; then
  as=(setpriv --reuid 65534 --regid 65534 --clear-groups)
  chmod 600 "$tmp/budget"
else
  chmod 000 "$tmp/budget"
fi
echo untouched >"$tmp/input"
exits 2 "--budget '$tmp/budget': Permission denied" \
  "${as[@]}" "$tmp/mgc-shaper" --limit 6000 --budget "$tmp/budget" <"$tmp/input" >"$tmp/output"
exits 2 "--budget '$tmp/budget': Permission denied" \
  "${as[@]}" "$tmp/mgc-shaper" --budget "$tmp/budget" --set-limit 7000 >"$tmp/output"
[[ ! -s $tmp/output ]] || fail "standard output was written"
