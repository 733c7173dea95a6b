#!/usr/bin/env python3
"""What `mgc run` is told: wrong settings end it with exit code 2 before a datadir is touched; init scripts; passwords and
settings that are changed later; five-digit ports; IPv6; two clusters on one machine."""

from orchestra import *


def refuses(node, *told, **environment):
    """It ends with exit code 2 and says this; nothing that was there is touched."""
    marker = node.data / "mysql" / "somebody's.ibd"
    if not node.data.exists():
        marker.parent.mkdir(parents=True)
        marker.write_text("data")
        sandbox.give_to_servers(node.base)
    before = sorted(str(file) for file in node.data.rglob("*"))
    began = time.monotonic()
    node.start(**environment)
    code = node.wait_ended(20)
    assert code == 2, f"exit code {code} with {environment}: {node.log()}"
    for text in told:
        assert re.search(text, node.log()), f"'{text}' is not in: {node.log()}"
    assert sorted(str(file) for file in node.data.rglob("*")) == before, f"the datadir was touched with {environment}"
    for secret in (SECRET, ROOT_PASSWORD, APP_PASSWORD):
        assert secret not in node.log(), "a secret is in the log"
    return time.monotonic() - began


@scenario
def bad_settings():
    cluster = Orchestra("bad")
    node = cluster.node(1)
    missing = tmp / "no such file"
    refuses(node, "my_port", "65535|port", my_port=70000)
    refuses(node, "my_port", my_port="many")
    refuses(node, "gmcast_list_port", "ist_recv_port", "sst_receive_port", "peer_port", my_port=33100)
    refuses(node, "peer_port", "gmcast_list_port", peer_port=13310)
    refuses(node, "192\\.0\\.2\\.1", "127\\.0\\.0\\.1", local_addr="192.0.2.1")
    refuses(node, "127\\.0\\.0\\.77", local_addr="127.0.0.77")
    refuses(node, "local_addr", local_addr=None)
    refuses(node, "node2", "node3", "same address", node3="127.0.0.12")
    refuses(node, "node1|nodes", node1=None, node2=None, node3=None)
    refuses(node, "cluster_mode", "single", cluster_mode=7)
    refuses(node, "cluster_name", cluster_name="n" * 33)
    refuses(node, "mysql_root_password_FILE", str(missing), mysql_root_password=None, mysql_root_password_FILE=missing)
    refuses(node, "mysql_root_password", mysql_root_password_FILE=missing)
    refuses(node, "mysql_root_password", "mysql_random_root_password", mysql_random_root_password=1)
    refuses(node, "mysql_user_password", mysql_user_password=None)
    refuses(node, "transfer_limit", "fast", transfer_limit="fast")
    refuses(node, "gcache_size", gcache_size="big")
    refuses(node, "my_innodb_bufer_pool_size", "innodb_buffer_pool_size", my_innodb_bufer_pool_size="64M")
    refuses(node, "wsrep_no_such_thing", wsrep_no_such_thing=1)
    refuses(node, "wsrep_cluster_address|gcomm", wsrep_cluster_address="gcomm://")
    refuses(node, "base_dir", base_dir="relative/dir")
    with socket.create_server((node.address, 3310)):
        refuses(node, "3310", "in use|my_port")
    node.mgc("run", "--no-such-option", code=2)
    if os.geteuid() == 0 and sandbox.user():
        for entry in (node.data, *node.data.rglob("*")):
            os.chown(entry, 0, 0)
        os.chmod(node.data, 0o700)
        node.start()
        assert node.wait_ended(20) == 2 and str(node.data) in node.log(), node.log()
    cluster.end()


@scenario
def failing_init_script():
    """Its file is named, no datadir is left, and with a correct one the cluster forms, with what the scripts made."""
    cluster = Orchestra("initdb", mysql_database="shop")
    scripts = cluster.node(1).base / "initdb.d"
    scripts.mkdir()
    (scripts / "10-good.sql").write_text("CREATE TABLE shop.of_sql (id INT PRIMARY KEY); INSERT INTO shop.of_sql VALUES (1);\n")
    bad = scripts / "20-wrong.sql"
    bad.write_text("INSERT INTO shop.no_such_table VALUES (1);\n")
    (scripts / "30-good.sh").write_text("#!/bin/sh\nset -e\ntouch \"$(dirname \"$0\")/../was-here\"\n")
    (scripts / "30-good.sh").chmod(0o755)
    run("gzip", scripts / "10-good.sql")
    sandbox.give_to_servers(cluster.node(1).base)
    cluster.start()
    code = cluster.node(1).wait_ended(60)
    assert code not in (0, None) and "20-wrong.sql" in cluster.node(1).log(), f"exit code {code}: {cluster.node(1).log()}"
    left = [entry for entry in cluster.node(1).base.iterdir() if entry.name.startswith("data") and any(entry.iterdir())]
    assert not left, f"left: {left}"
    assert all(node.runs() and node.server() is None for node in cluster.nodes[1:])
    bad.write_text("INSERT INTO shop.of_sql VALUES (2);\n")
    cluster.start(1)
    cluster.wait_synced()
    for node in cluster.nodes:
        assert node.sql("SELECT COUNT(*) FROM shop.of_sql") == [["2"]]
    assert (cluster.node(1).base / "was-here").exists() and not (cluster.node(2).base / "was-here").exists()
    cluster.stop()
    cluster.end()


@scenario
def passwords_changed_and_tls_required():
    """root's password is another one than in the environment, and clients without TLS are refused: it restarts and heals."""
    cluster = shared()
    make_certificate(cluster)
    first = cluster.node(1)
    first.sql("ALTER USER root@localhost IDENTIFIED VIA mysql_native_password USING PASSWORD('changed') OR unix_socket; "
              "ALTER USER app@'%' IDENTIFIED BY 'changed too'; SET GLOBAL general_log = 0")
    cluster.environment |= {"my_require_secure_transport": "ON", "my_ssl_cert": tmp / "cert.pem", "my_ssl_key": tmp / "key.pem"}
    cluster.stop()
    cluster.start()
    cluster.wait_synced()
    cluster.write(first)
    for node in cluster.nodes:
        node.wait_health("ready", 0)
    kill_all(cluster.nodes)
    cluster.start()
    cluster.wait_synced()
    cluster.node(2).kill_everything()
    cluster.node(2).lose_data()
    cluster.start(2)
    cluster.wait_synced()
    cluster.check()
    cluster.stop()
    cluster.end()


def make_certificate(cluster):
    run("openssl", "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-x509", "-days", 2,
        "-subj", "/CN=node", "-keyout", tmp / "key.pem", "-out", tmp / "cert.pem")
    for file in ("key.pem", "cert.pem"):
        sandbox.give_to_servers(tmp / file)


@scenario
def two_clusters_on_one_machine():
    """On the same addresses, at once; one with five-digit ports, each of them given. The other is killed, and comes back."""
    one = Orchestra("one", port=3350)
    other = Orchestra("other", port=33600, gmcast_list_port=33601, ist_recv_port=33602, sst_receive_port=33603, peer_port=33604)
    for left, right in zip(one.nodes, other.nodes):
        left.start()
        right.start()
    one.wait_synced()
    other.wait_synced()
    assert one.node(1).history() != other.node(1).history()
    one.write(one.node(1), 5)
    other.write(other.node(1), 7)
    kill_all(one.nodes)
    other.write(other.node(2), 7)
    one.start()
    one.wait_synced()
    one.check()
    other.check()
    for cluster in (one, other):
        cluster.stop()
        cluster.end()


@scenario
def ipv6():
    addresses = [f"fd00::1{number}" for number in (1, 2, 3)]
    for address in addresses:
        run("ip", "addr", "add", f"{address}/128", "dev", "lo")
    cluster = Orchestra("six", addresses=addresses, port=3370)
    for node in cluster.nodes:
        node.environment["my_bind_address"] = node.address
    cluster.start()
    cluster.wait_synced()
    cluster.write(cluster.node(1))
    kill_all(cluster.nodes)
    cluster.start()
    cluster.wait_synced()
    cluster.node(2).stop()
    cluster.write(cluster.node(1))
    cluster.start(2)
    cluster.wait_synced()
    cluster.check()
    cluster.stop()
    cluster.end()


@scenario
def one_alone():
    """cluster_mode=single is a cluster of one; it survives its own crash."""
    cluster = Orchestra("alone", count=1, port=3380, cluster_mode="single")
    node = cluster.node(1)
    cluster.start()
    cluster.wait_synced()
    cluster.write(node)
    history = node.history()
    kill_all([node])
    cluster.start()
    cluster.wait_synced()
    assert node.history() == history
    cluster.check()
    cluster.stop()
    cluster.end()


if __name__ == "__main__":
    play()
