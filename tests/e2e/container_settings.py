#!/usr/bin/env python3
"""How a container is configured: what is wrong is said in `docker logs` and by exit code 2, memory limits are seen, and
secrets in files stay there."""

from containers import *

MEMORY = 512 << 20
SECRETS = {"mysql_root_password": "root's secret-3f91c7", "mysql_user_password": "app's secret-82b0e4",
           "cluster_secret": "cluster secret-5d16aa"}


def refused(expected, **environment):
    """A new container with these variables ends at once; `docker logs` has all of `expected`, and the volume stays empty."""
    cluster = container_cluster("refused")
    node = cluster.node(1)
    node.start(**environment)
    code = node.wait_ended(20)
    assert code == BAD_CONFIGURATION, f"{environment}: ended with {code}: {node.log()}"
    for part in expected:
        assert part in node.log(), f"{environment}: '{part}' is not in: {node.log()}"
    assert not node.data.exists() or not any(node.data.iterdir()), f"{environment}: the datadir was touched"
    cluster.end()


@scenario
def bad_values():
    """Named with their variable."""
    refused(["transfer_limit", "6000 parsecs"], transfer_limit="6000 parsecs")
    refused(["cluster_mode", "2"], cluster_mode=2)


@scenario
def unknown_options():
    """That the server of this image does not know."""
    refused(["my_no_such_option", "no_such_option"], my_no_such_option=17)


@scenario
def port_in_use():
    with socket.create_server(("127.0.0.11", 3310)):
        refused(["my_port", "3310", "127.0.0.11"])


@scenario
def missing_secret_file():
    refused(["mysql_root_password_FILE", "/run/secrets/none"], mysql_root_password=None,
            mysql_root_password_FILE="/run/secrets/none")


def lone_node():
    """One whose sizes are computed, in little memory, with its secrets in files."""
    if "lone" not in orchestra._stage:
        cluster = on_stage("lone", kind=container_cluster, count=1, cluster_mode="single", my_innodb_buffer_pool_size=None,
                           my_innodb_log_file_size=None, my_key_buffer_size=None, my_aria_pagecache_buffer_size=None,
                           my_max_connections=None, **{name: None for name in SECRETS},
                           **{f"{name}_FILE": f"/run/secrets/{name}" for name in SECRETS})
        node = cluster.node(1)
        node.options = [f"--memory={MEMORY}", f"--memory-swap={MEMORY}"]
        for name, value in SECRETS.items():
            file = node.root / name
            file.write_text(value)
            file.chmod(0o400)
            node.options += ["-v", f"{file}:/run/secrets/{name}:ro"]
        node.start().wait_synced(1)
    return on_stage("lone").node(1)


@scenario
def memory_limit():
    """Sizes are computed from what the container may have, not from what the machine has; and several times as much data
    as the buffer pool holds goes in."""
    node = lone_node()
    assert node.inspect(".HostConfig.Memory") == MEMORY
    sizes = {name: int(value) for name, value in node.variables("innodb_buffer_pool_size", "max_connections").items()}
    assert 64 << 20 <= sizes["innodb_buffer_pool_size"] <= MEMORY / 2, f"{sizes} in {MEMORY} bytes"
    server = node.server().pid
    node.cluster.fill(node, 2 * sizes["innodb_buffer_pool_size"] >> 20)
    node.sql("UPDATE filler SET filler = REVERSE(filler)", "shop")
    assert not node.inspect(".State.OOMKilled") and node.server().pid == server, f"{node} had too little memory: {node.log()}"
    assert node.is_synced(1)


@scenario
def secrets_in_files():
    """They hold, and are nowhere where somebody else might read them."""
    node = lone_node()
    for user, name in (("root", "mysql_root_password"), ("app", "mysql_user_password")):
        words = ["--user=mysql", f"--env=MYSQL_PWD={SECRETS[name]}", node.name, "mariadb", f"--user={user}", "-NBe", "SELECT USER()"]
        assert node.docker("exec", *words) == f"{user}@localhost"
        words[1] = "--env=MYSQL_PWD=guessed"
        assert node.docker.run_client("exec", *words).returncode, f"{user} gets in with another password"
    places = {"docker inspect": node.docker("inspect", node.name), "docker logs": node.log(), "error.log": node.errors()}
    for one in node.family():
        for what in ("environ", "cmdline"):
            places[f"{what} of {one}"] = Path(f"/proc/{one.pid}/{what}").read_bytes().decode(errors="replace")
    assert len(places) >= 7, f"{node} has too few processes: {node.family()}"
    for place, text in places.items():
        shown = [name for name, value in SECRETS.items() if value.split()[-1] in text]
        assert not shown, f"{shown} can be read in {place}"


if __name__ == "__main__":
    play()
