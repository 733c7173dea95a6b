#!/usr/bin/env python3
"""What people add to `docker run`: a read-only root, a memory limit, the host's time zone, scripts and settings on the volume;
and a volume that another image has written."""

import os
from pathlib import Path

from container_world import *

NAME = "one"
ALONE = ["--net=host", f"--name={NAME}", "-e", "cluster_mode=single", "-e", "my_port=3310", "-v",
         "/data/mariadb-galera:/data/mariadb-galera"]


def start(host, *more):
    host.docker("run", "-d", *more, *ALONE, IMAGE)


def ask(host, statement):
    return host.docker("exec", NAME, "mariadb", "-Ne", statement).strip()


@scenario
def all_at_once():
    with hosts("192.168.1.100") as (host,):
        base = host.data / "mariadb-galera"
        (base / "conf").mkdir(parents=True)
        (base / "initdb.d").mkdir()
        (base / "conf" / "custom.cfg").write_text("my_max_connections=77\n")
        (base / "initdb.d" / "1.sql").write_text("CREATE DATABASE one; CREATE TABLE one.t (id INT PRIMARY KEY);\n")
        (base / "initdb.d" / "2.sh").write_text('echo "INSERT INTO one.t VALUES (5)" | mariadb --socket="$MGC_SOCKET"\n')
        zone = tmp / "localtime"
        zone.write_bytes(Path("/usr/share/zoneinfo/Asia/Shanghai").read_bytes())
        start(host, "--read-only", "--memory=600m", "-v", f"{zone}:/etc/localtime:ro")
        host.wait_log(NAME, "running:")
        host.wait_healthy(NAME)
        assert ask(host, "SELECT id FROM one.t") == "5"
        assert ask(host, "SELECT @@max_connections") == "77"
        assert int(ask(host, "SELECT @@innodb_buffer_pool_size")) < 600 << 20, "the memory limit was not seen"
        assert ask(host, "SELECT TIMESTAMPDIFF(HOUR, UTC_TIMESTAMP(), NOW())") == "8", "not the host's time zone"
        assert "+0800" in host.docker("exec", NAME, "date", "+%z") and host.docker("exec", "-e", "TZ=UTC", NAME, "date", "+%z") == "+0000"
        labels = host.inspect(NAME, "Config.Labels")
        assert labels["org.opencontainers.image.licenses"] == "Apache-2.0", labels
        assert host.stop(NAME) == 0, host.logs(NAME)


@scenario
def volume_of_another_image():
    """Its server's user has another number: said, with what to do, and nothing is touched; done, it starts with its data."""
    with hosts("192.168.1.100") as (host,):
        start(host)
        host.wait_log(NAME, "running:")
        ask(host, "CREATE DATABASE kept")
        assert host.stop(NAME) == 0
        base = host.data / "mariadb-galera"
        for entry in (base, *base.rglob("*")):
            os.chown(entry, 1027, 1027)
        host.docker("start", NAME)
        wait_until("it ends", lambda: not host.inspect(NAME, "State.Running"))
        assert host.inspect(NAME, "State.ExitCode") == 2
        assert "chown -R 999 /data/mariadb-galera/data" in host.logs(NAME), host.logs(NAME)
        assert (base / "data" / "ibdata1").stat().st_uid == 1027
        for entry in (base, *base.rglob("*")):
            os.chown(entry, 999, 999)
        host.docker("start", NAME)
        wait_until("it serves", lambda: host.docker.run_client("exec", NAME, "mgc", "health", "ready").returncode == 0,
                   alive=lambda: host.alive(NAME))
        assert ask(host, "SHOW DATABASES LIKE 'kept'") == "kept"
        assert host.stop(NAME) == 0


play()
