#!/usr/bin/env python3
"""image/compose.yaml as it is: three nodes on one host, secrets in files, every service restarted when it dies."""

import os
import shutil

from container_world import *

PROJECT = images.SOURCE / "image" / "compose.yaml"
SECRETS = {"root_password": "compose-root-5d1f", "cluster_secret": "compose-cluster-secret-77ab"}
NODES = "node1", "node2", "node3"


class Compose:
    """A copy of the file beside its secrets, and one engine."""

    def __init__(self, host):
        self.host, self.folder = host, tmp / "compose"
        (self.folder / "secrets").mkdir(parents=True)
        shutil.copy(PROJECT, self.folder)
        for name, text in SECRETS.items():
            (self.folder / "secrets" / name).write_text(text + "\n")

    def __call__(self, *words_of_it):
        environment = os.environ | {"DOCKER_HOST": self.host.docker.address, "MGC_IMAGE": IMAGE, "HOME": str(self.folder)}
        return run("docker-compose", "--file", self.folder / "compose.yaml", *words_of_it, env=environment, cwd=self.folder)

    def container(self, node):
        return self("ps", "--quiet", node).strip()

    def wait_all(self):
        for node in NODES:
            self.host.wait_log(self.container(node), "running: 3 of 3 nodes are members; this one is Synced")


def secrets_are_nowhere(compose):
    for node in NODES:
        container = compose.container(node)
        seen = compose.host.logs(container) + json.dumps(compose.host.inspect(container, "Config"))
        assert not any(secret in seen for secret in SECRETS.values()), f"a secret of {node} is seen from outside"


def server_dies(compose):
    """With `restart: unless-stopped` nobody has to do anything when a whole container is gone."""
    victim = compose.container("node2")
    before = compose.host.inspect(victim, "RestartCount")
    os.kill(compose.host.inspect(victim, "State.Pid"), 9)
    wait_until("node2 is started again", lambda: compose.host.inspect(victim, "RestartCount") > before)
    wait_until("node2 is Synced again", lambda: compose.host.docker.run_client("exec", victim, "mgc", "health", "ready").returncode == 0)


@scenario
def three_on_one_host():
    with hosts("192.168.1.100") as (host,):
        compose = Compose(host)
        compose("up", "-d")
        compose.wait_all()
        secrets_are_nowhere(compose)
        compose("exec", "-T", "node1", "mariadb", "-e", "CREATE TABLE app.t (id INT PRIMARY KEY); INSERT INTO app.t VALUES (1)")
        assert compose("exec", "-T", "node3", "mariadb", "-Ne", "SET wsrep_sync_wait=1; SELECT id FROM app.t").strip() == "1"
        password = compose("exec", "-T", "node1", "mariadb", "-Ne",
                           "SELECT COUNT(*) FROM mysql.global_priv WHERE user='root' AND priv LIKE '%mysql_native_password%'")
        assert password.strip() != "0", "root has no password"
        server_dies(compose)
        compose("stop")
        for node in NODES:
            assert host.inspect(compose.container(node), "State.ExitCode") == 0, node
        compose("down", "--volumes")
        assert not host.docker("volume", "ls", "--quiet"), "volumes are left"


play()
