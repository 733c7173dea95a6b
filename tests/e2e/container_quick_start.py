#!/usr/bin/env python3
"""The quick start of the reference image, to the letter but for the image's name: three hosts, 192.168.1.100 to .102, on each
the same `docker run`, in any order; then what its page says to look at."""

import shlex

from container_world import *

ADDRESSES = "192.168.1.100", "192.168.1.101", "192.168.1.102"
COMMAND = f"""
docker run -d \\
    --net=host \\
    --name=demo-3310 \\
    -e cluster_name=demo \\
    -e my_port=3310 \\
    -e node1=192.168.1.100 \\
    -e node2=192.168.1.101 \\
    -e node3=192.168.1.102 \\
    -e mysql_user=demo \\
    -e mysql_user_password=123456 \\
    -v /data/mariadb-galera:/data/mariadb-galera \\
   {IMAGE}
"""
QUESTION = """mysql -h192.168.1.100 -P3310 -udemo -p123456 -e "show status like '%wsrep%'" """
NAME = "demo-3310"


def sql(address, statement):
    """Rows, as the user of the quick start."""
    answer = run("mariadb", "--no-defaults", "--batch", "--skip-column-names", f"--host={address}", "--port=3310", "--user=demo",
                 "--password=123456", f"--execute={statement}")
    return [line.split("\t") for line in answer.splitlines()]


def status_of(text):
    return dict(line.split("\t", 1) for line in text.splitlines() if "\t" in line)


def quick_start(order):
    for host in order:
        host.docker(*shlex.split(COMMAND.replace("\\\n", " "))[1:])
    for host in order:
        host.wait_log(NAME, "running: 3 of 3 nodes are members; this one is Synced")


def what_the_page_says(host):
    answer = status_of(run(*shlex.split(QUESTION)))
    assert answer["wsrep_cluster_size"] == "3", answer
    assert answer["wsrep_cluster_status"] == "Primary" and answer["wsrep_ready"] == "ON", answer
    errors = (host.data / "mariadb-galera" / "logs" / "error.log").read_text(errors="replace")
    assert "ready for connections" in errors, "logs/error.log is not the server's log"


def phases_are_told(everyone):
    logs = {host: host.logs(NAME) for host in everyone}
    assert "asks 2 of 3 nodes for leave to found the cluster" in logs[everyone[0]], logs[everyone[0]]
    assert "agreed that node1 founds the cluster" in logs[everyone[1]], logs[everyone[1]]
    for host in everyone:
        for phase in ("deciding:", "starting:", "running:"):
            assert phase in logs[host], f"{host} does not say '{phase}': {logs[host]}"
        assert "123456" not in logs[host], "a password is in the log"
    assert "initialising:" in logs[everyone[0]], logs[everyone[0]]


def operators_commands(host):
    def inside(*command):
        return host.docker("exec", NAME, *command)

    def peers():
        return [peer["server_state"] for peer in json.loads(inside("mgc", "status", "--json"))["peers"]]

    wait_until("its last look at its peers has seen them as members", lambda: peers() == ["primary", "primary"])
    assert "Synced" in inside("mgc", "status")
    for what in ("live", "ready", "donor-ok"):
        inside("mgc", "health", what)
    inside("mgc", "limit", "6000")
    assert "6000" in inside("mgc", "limit")
    for client in ("mariadb", "mysql"):
        assert inside(client, "-Ne", "SELECT CURRENT_USER()").splitlines()[-1] == "root@localhost"
    done = host.docker.run_client("exec", NAME, "mgc", "bootstrap")
    assert done.returncode == 1 and "member of a Primary component" in done.stdout + done.stderr, done
    assert "wsrep_cluster_address" in inside("mgc", "config")


def who_runs_what(host):
    """Process 1 is mgc; the server is not root's."""
    found = [line.split(None, 2)[1:] for line in host.docker("top", NAME, "-eo", "pid,uid,args").splitlines()[1:]]
    assert found[0] == ["0", "/usr/bin/mgc run"], found
    assert [uid for uid, command in found if "mariadbd" in command] == ["999"], found
    assert (host.data / "mariadb-galera" / "data").stat().st_uid == 999


def rows_are_everywhere(everyone):
    sql(everyone[1].address, "CREATE DATABASE shop; CREATE TABLE shop.orders (id INT PRIMARY KEY); INSERT INTO shop.orders VALUES (7)")
    for host in everyone:
        assert sql(host.address, "SET wsrep_sync_wait=1; SELECT id FROM shop.orders") == [["7"]], host


def backup_leaves_a_container(host):
    """README's way of a backup, with an end that shows what came out."""
    host.docker("exec", NAME, "mgc", "limit", "unlimited")
    there = host.docker("exec", NAME, "sh", "-c", """
        cd /data/mariadb-galera; mkdir tmp/copy
        mariadb-backup --defaults-file=conf/server.cnf --socket=$PWD/run/mysqld.sock --user=root --backup --stream=mbstream 2>tmp/said |
            mgc-shaper --budget run/budget | mbstream -x -C tmp/copy
        tail -3 tmp/said; ls tmp/copy/shop 2>&1; rm -r tmp/copy tmp/said""")
    assert "completed OK!" in there and "orders.frm" in there, there


def stopped_and_started(everyone):
    """`docker stop` with its 10 seconds is enough for a clean end, one after the other; the same containers come back."""
    for host in everyone:
        code = host.stop(NAME)
        assert code == 0, f"exit code {code} of {host} after docker stop: {host.logs(NAME)[-2000:]}"
        errors = (host.data / "mariadb-galera" / "logs" / "error.log").read_text(errors="replace")
        assert "Shutdown complete" in errors.splitlines()[-1], errors[-500:]
    for host in everyone:
        host.docker("start", NAME)
    for host in everyone:
        wait_until(f"{host} has all again", lambda host=host: host.docker.run_client(
            "exec", NAME, "mariadb", "-Ne", "SELECT id FROM shop.orders WHERE @@wsrep_on").stdout.strip() == "7",
                   alive=lambda host=host: host.alive(NAME))
        wait_until("3 members", lambda host=host: '3' in host.docker.run_client(
            "exec", NAME, "mariadb", "-Ne", "SHOW STATUS LIKE 'wsrep_cluster_size'").stdout.split())


@scenario
def to_the_letter():
    with hosts(*ADDRESSES) as everyone:
        third, first, second = everyone[2], everyone[0], everyone[1]
        quick_start([third, first, second])
        what_the_page_says(first)
        phases_are_told(everyone)
        rows_are_everywhere(everyone)
        for host in everyone:
            host.wait_healthy(NAME)
        operators_commands(second)
        who_runs_what(third)
        backup_leaves_a_container(second)
        stopped_and_started(everyone)


play()
