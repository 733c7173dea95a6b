#!/bin/bash
# A budget of somebody else: status and limit say whose it is and what to do. Root becomes nobody for this; and what root
# makes belongs to the owner of its directory.
mgc=$(realpath "${1:-"$(dirname "$0")/../../../build/release/mgc"}")
. "$(dirname "$0")/../shaper/harness.sh" "$(dirname "$mgc")/mgc-shaper"

as=()
cp -L "$mgc" "$tmp/mgc"
chmod 755 "$tmp" "$tmp/mgc"
mkdir "$tmp/run"
"$mgc" limit 6000 --budget "$tmp/run/budget" >"$tmp/output"
grep -qF "$tmp/run/budget: new -> 6000 KB/s" "$tmp/output" || fail "$(<"$tmp/output")"
if [[ $EUID == 0 ]]; then
  as=(setpriv --reuid 65534 --regid 65534 --clear-groups)
  mkdir "$tmp/of_nobody"
  chown 65534:65534 "$tmp/of_nobody"
  "$mgc" limit 7 --budget "$tmp/of_nobody/budget" >/dev/null
  [[ $(stat -c '%u:%g %a' "$tmp/of_nobody/budget") == '65534:65534 660' ]] || fail "$(stat "$tmp/of_nobody/budget")"
  "${as[@]}" "$tmp/mgc" status --budget "$tmp/of_nobody/budget" | grep -q 'Limit 7 KB/s' || fail "its owner cannot read it"
else
  chmod 000 "$tmp/run/budget"
fi
for command in status limit 'limit 5' 'status --watch'; do
  # shellcheck disable=SC2086
  exits 2 "$tmp/run/budget: Permission denied; it belongs to $(id -un):" \
    "${as[@]}" "$tmp/mgc" $command --budget "$tmp/run/budget" >"$tmp/output"
  [[ ! -s $tmp/output ]] || fail "standard output was written by $command"
done
if [[ $EUID == 0 ]]; then
  chmod 755 "$tmp/run"
  exits 2 "$tmp/run/other: Permission denied; its directory belongs to root:" \
    "${as[@]}" "$tmp/mgc" limit 5 --budget "$tmp/run/other"
fi
