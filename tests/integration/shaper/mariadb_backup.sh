#!/bin/bash
# A real backup through the program: taken from a running server, unpacked, prepared, served again, and the same rows.
. "$(dirname "$0")/harness.sh"

PATH=$PATH:/usr/sbin
for program in mariadbd mariadb-install-db mariadb mariadb-backup mbstream; do
  command -v $program >/dev/null || fail "$program is missing; see tests/packages.txt"
done
as_root=()
[[ $EUID != 0 ]] || as_root=(--user=root)

serve() { # DATADIR NAME: a server of its own on a socket of this directory, nothing on the network
  mariadbd --no-defaults "${as_root[@]}" --datadir="$1" --socket="$tmp/$2.sock" --skip-networking \
    --pid-file="$tmp/$2.pid" --innodb-buffer-pool-size=32M --skip-log-bin >"$tmp/$2.log" 2>&1 &
  server=$!
  until_true "the server answers" answers "$2"
}
answers() {
  kill -0 "$server" || fail "the server stopped: $(<"$tmp/$1.log")"
  query "$1" "SELECT 1" 2>/dev/null
}
query() { mariadb --no-defaults --socket="$tmp/$1.sock" --user="$(id -un)" --batch --skip-column-names -e "$2" >"$tmp/answer"; }
stop() { kill "$server" && wait "$server"; }

mariadb-install-db --no-defaults "${as_root[@]}" --datadir="$tmp/data" --skip-test-db --auth-root-authentication-method=socket \
  --auth-root-socket-user="$(id -un)" >"$tmp/install.log" 2>&1 || fail "$(<"$tmp/install.log")"
serve "$tmp/data" original
query original "CREATE DATABASE shop; USE shop; CREATE TABLE shop.item (id INT PRIMARY KEY, name TEXT) ENGINE=InnoDB;
  INSERT INTO shop.item SELECT seq, REPEAT(SHA2(seq, 512), 4) FROM seq_1_to_20000"
query original "CHECKSUM TABLE shop.item, mysql.global_priv"
[[ $(grep -c '[1-9]' "$tmp/answer") == 2 ]] || fail "no checksums: $(<"$tmp/answer")"
mv "$tmp/answer" "$tmp/expected"

mariadb-backup --no-defaults --backup --stream=mbstream --socket="$tmp/original.sock" --user="$(id -un)" \
  --datadir="$tmp/data" --target-dir="$tmp" 2>"$tmp/backup.log" |
  "$shaper" --limit 20000 --progress always >"$tmp/backup.mbs" 2>"$tmp/progress" || fail "$(<"$tmp/backup.log")"
grep -q 'limit 20000 KB/s' "$tmp/progress" || fail "no progress: $(<"$tmp/progress")"
stop

mkdir "$tmp/copy"
mbstream -x -C "$tmp/copy" <"$tmp/backup.mbs"
mariadb-backup --prepare --target-dir="$tmp/copy" >"$tmp/prepare.log" 2>&1 || fail "$(<"$tmp/prepare.log")"
serve "$tmp/copy" copy
query copy "CHECKSUM TABLE shop.item, mysql.global_priv"
cmp "$tmp/expected" "$tmp/answer" || fail "the copy has other rows: $(<"$tmp/answer")"
stop
