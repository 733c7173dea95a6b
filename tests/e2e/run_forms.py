#!/usr/bin/env python3
"""`mgc run` forms a cluster on empty disks, in whatever order its nodes are started, with the users and databases asked for;
and a cluster that was stopped, in whatever order, is there again when it is started, in whatever order."""

from orchestra import *


def tcp(node, user, password, statement):
    """As a client somewhere else: rows as lists of strings."""
    command = ["mariadb", "--no-defaults", "--default-character-set=utf8mb4", "--batch", "--skip-column-names",
               f"--host={node.address}", f"--port={node.cluster.port}", f"--user={user}"]
    answer = run(*command, stdin=None, input=statement, env=os.environ | {"MYSQL_PWD": password})
    return [line.split("\t") for line in answer.splitlines()]


def secrets_are_not_seen(cluster):
    """In no words of a process, in no environment of what mgc started, in no log."""
    secrets = [text.encode() for text in (SECRET, ROOT_PASSWORD, APP_PASSWORD)]
    for node in cluster.nodes:
        for one in node.family():
            # What still is mgc by its words is mgc itself, or is about to become what it starts.
            places = ["cmdline"] if one.command.endswith("mgc run") else ["cmdline", "environ"]
            for place in places:
                text = Path(f"/proc/{one.pid}/{place}").read_bytes()
                assert not any(secret in text for secret in secrets), f"a secret is in {place} of {one}"
        for file in (node.log_file, *(node.base / "logs").iterdir()):
            text = file.read_bytes()
            assert not any(secret in text for secret in secrets), f"a secret is in {file}"


@scenario
def all_at_once():
    """Three terminals, three commands: users, databases, health and status; nothing that gives a secret away."""
    cluster = on_stage().start()
    watched = in_background(watch_for_secrets, cluster)
    first = cluster.node(1)
    wait_until("somebody answers", lambda: first.report())
    assert first.http("/readyz")[0] == 503, "ready before there is a server"
    cluster.wait_synced()
    watched()
    secrets_are_not_seen(cluster)
    cluster.write(first)
    cluster.check()
    for node in cluster.nodes:
        assert tcp(node, "app", APP_PASSWORD, "SELECT DATABASE(), COUNT(*) FROM shop.written") == [["NULL", "20"]]
        tcp(node, "app", APP_PASSWORD, f"CREATE TABLE shop.of_node{node.number} (id INT PRIMARY KEY)")
        for command in ("live", "ready", "donor-ok"):
            node.wait_health(command, 0)
        for path in ("/healthz", "/readyz"):
            code, text = node.http(path)
            assert code == 200 and json.loads(text)["ready"] is True, text
        code, text = node.http("/metrics")
        assert code == 200 and re.search(r"^mgc_\w+", text, re.MULTILINE) and re.search(r"\b3\b", text), text
        status = node.status()
        assert {peer["node"] for peer in status["peers"]} == {1, 2, 3} - {node.number}, status
        wait_until("both peers are known to serve", lambda node=node: all(
            peer["server_state"] == "primary" and peer["wsrep_state"] == "Synced" for peer in node.status()["peers"]), 10)
    try:
        tcp(first, "app", "wrong", "SELECT 1")
        raise Failure("any password is right")
    except Failure as failure:
        assert "Access denied" in str(failure), failure
    assert first.sql("SELECT COUNT(*) FROM mysql.global_priv WHERE user = ''") == [["0"]], "nameless users"
    shown = run(programs / "mgc", "config", env=first.given(), cwd="/")
    assert "innodb_buffer_pool_size" in shown, shown
    assert not any(secret in shown for secret in (SECRET, ROOT_PASSWORD, APP_PASSWORD)), shown


def watch_for_secrets(cluster):
    """While the cluster comes to be, also of programs that live for a moment."""
    while not all(node.is_synced() for node in cluster.nodes):
        try:
            secrets_are_not_seen(cluster)
        except (FileNotFoundError, ProcessLookupError):
            pass
        time.sleep(0.05)
    return True


@scenario
def stopped_in_any_order():
    """Cleanly, one after the other with rows in between, so that one is ahead; then started with it last, first, and between."""
    cluster = shared()
    history = cluster.node(1).history()
    for stopping, starting in (((1, 2, 3), (1, 2, 3)), ((3, 2, 1), (1, 2, 3)), ((2, 3, 1), (3, 1, 2)), ((1, 3, 2), (2, 3, 1))):
        for position, number in enumerate(stopping):
            cluster.node(number).stop()
            if position < 2:
                cluster.write(cluster.node(stopping[2]), 5)
        cluster.start(*starting, pause=0.7)
        cluster.wait_synced()
        assert cluster.node(2).history() == history, "another history was begun"
        sent = [node for node in cluster.nodes if node.how_joined() == "SST"]
        assert not sent, f"{sent} had to take a full state transfer"
        cluster.check()


@scenario
def stopped_at_once():
    """SIGTERM to all in the same moment: nobody is Galera's last one, or several are."""
    cluster = shared()
    for _ in range(2):
        cluster.write(cluster.node(3), 5)
        cluster.stop()
        cluster.start()
        cluster.wait_synced()
        cluster.check()
    cluster.stop()
    cluster.end()


@scenario
def node1_last():
    """The others wait for it, and say so; nobody founds a cluster with a node unheard."""
    cluster = Orchestra("last").start(3, 2, pause=2)
    for number in (2, 3):
        cluster.node(number).wait_reason("node1")
        cluster.node(number).mgc("health", "live")
        cluster.node(number).mgc("health", "ready", code=1)
    time.sleep(5)
    for number in (2, 3):
        assert cluster.node(number).server() is None and not cluster.node(number).data.joinpath("mysql").exists()
    cluster.start(1)
    cluster.wait_synced()
    cluster.write(cluster.node(2))
    cluster.check()
    cluster.stop()
    cluster.end()


@scenario
def without_a_secret_by_a_service_manager():
    """As root with server_user=nobody, stock mariabackup's name for the method, no cluster_secret; node 2 is started first,
    then interrupted and started again."""
    cluster = Orchestra("root", unprivileged=False, cluster_secret=None, wsrep_sst_method="mariabackup")
    cluster.start(2, pause=0)
    cluster.node(2).wait_reason("node1")
    cluster.node(2).stop()
    cluster.start(2, 3, 1, pause=0.5)
    cluster.wait_synced()
    for node in cluster.nodes:
        owner = Path(f"/proc/{node.server().pid}").stat().st_uid
        assert owner != 0, f"the server of {node} runs as root"
        node.wait_log("cluster_secret")
    cluster.write(cluster.node(2))
    cluster.check()
    cluster.stop()
    cluster.end()


if __name__ == "__main__":
    play()
