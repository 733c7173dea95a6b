#!/usr/bin/env python3
"""A node whose volume was emptied comes back at transfer_limit, from another host: judged by what passes the donor's network
interface, and changed while it runs."""

import json
import shutil
import threading
import time

from container_world import *

ADDRESSES = ("192.168.1.101", "192.168.1.102", "192.168.1.103")
NAME = "node"
FILLER = 80  # MB
LIMIT, HIGHER = 6000, 20000  # KB/s
SETTINGS = {"cluster_name": "rate", "my_port": 3310, "cluster_secret": "of-the-rate-test-77c1", "gcache_size": "16M",
            "mysql_database": "shop", "transfer_limit": LIMIT, "transfer_compress": "off", "my_innodb_buffer_pool_size": "64M",
            "my_innodb_log_file_size": "16M", **{f"node{number}": address for number, address in enumerate(ADDRESSES, 1)}}


class wire:
    """What a host has sent, byte by byte of its network interface: looked at ten times a second."""

    def __init__(self, host):
        self.host = host
        self.seen = []  # (time, bytes)
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._ending.set()
        self._thread.join()

    def _look(self):
        while not self._ending.wait(0.1):
            found, = json.loads(run("ip", "-s", "-j", "link", "show", "dev", f"to-{self.host.name}"))
            self.seen.append((time.monotonic(), found["stats64"]["rx"]["bytes"]))  # the other end of its veth pair

    def rate(self, begin, end):
        """KB/s between these moments."""
        part = [one for one in self.seen if begin <= one[0] <= end]
        assert len(part) > 3, f"{len(part)} looks at the interface in {end - begin:.1f} s"
        return (part[-1][1] - part[0][1]) / (part[-1][0] - part[0][0]) / 1024


def start(host):
    given = [word for name, value in SETTINGS.items() for word in ("-e", f"{name}={value}")]
    host.docker("run", "-d", "--net=host", f"--name={NAME}", *given, "-v", "/data/mariadb-galera:/data/mariadb-galera", IMAGE)


def ask(host, statement):
    return host.docker("exec", NAME, "mariadb", "-Ne", statement, "shop")


def wait_synced(hosts_):
    for host in hosts_:
        wait_until(f"{host} is synced", lambda host=host: is_synced(host, len(hosts_)), alive=lambda host=host: host.alive(NAME))


def is_synced(host, size):
    found = host.docker.run_client("exec", NAME, "mariadb", "-Ne", "SHOW GLOBAL STATUS WHERE variable_name IN "
                                   "('wsrep_local_state_comment', 'wsrep_cluster_status', 'wsrep_cluster_size')").stdout
    return dict(line.split("\t") for line in found.splitlines()) == {
        "wsrep_local_state_comment": "Synced", "wsrep_cluster_status": "Primary", "wsrep_cluster_size": str(size)}


def sending(host):
    """The full copy that this node is sending, as `mgc status` shows it."""
    found = host.docker.run_client("exec", NAME, "mgc", "status", "--json")
    transfers = json.loads(found.stdout)["transfers"] if found.returncode == 0 else []
    return next((one for one in transfers if one["bytes"] > 4 << 20), None)


@scenario
def limited_on_the_wire():
    with hosts(*ADDRESSES) as machines:
        for host in machines:
            start(host)
        wait_synced(machines)
        ask(machines[0], "CREATE TABLE filler (id INT PRIMARY KEY, filler LONGBLOB);" + "".join(
            f"INSERT INTO filler SELECT {number}, GROUP_CONCAT(RANDOM_BYTES(1000) SEPARATOR '') FROM seq_1_to_1048;"
            for number in range(FILLER)))
        joiner = machines[2]
        joiner.docker("rm", "--force", NAME)
        shutil.rmtree(joiner.data / "mariadb-galera")
        start(joiner)

        def donors():
            return [host for host in machines[:2] if sending(host)]

        donor, = wait_until("a copy is under way", donors, alive=lambda: joiner.alive(NAME))
        with wire(donor) as line:
            began = time.monotonic()
            time.sleep(5)
            shown = sending(donor)
            changed = time.monotonic()
            said = donor.docker("exec", NAME, "mgc", "limit", HIGHER)
            begun_again = time.monotonic()
            time.sleep(1.5)
            still = sending(donor)
            ended = time.monotonic()
            wait_synced(machines)
        for transfer, limit in ((shown, LIMIT), (still, HIGHER)):
            assert transfer and transfer["limit_bytes_per_second"] == limit * 1024, f"mgc status shows {transfer}"
        slow, fast = line.rate(began, changed), line.rate(begun_again + 0.3, ended)
        print(f"with a limit of {LIMIT} KB/s {slow:.0f} on the wire; of {HIGHER}, {fast:.0f}; "
              f"{shown['bytes'] >> 20} of {shown['total_bytes'] >> 20} MB were sent when it was changed", flush=True)
        assert 0.7 * LIMIT < slow < 1.1 * 1.05 * LIMIT, f"{slow:.0f} KB/s on the wire with a limit of {LIMIT}"
        assert str(HIGHER) in said, said
        assert 1.3 * LIMIT < fast < 1.1 * 1.05 * HIGHER, f"{fast:.0f} KB/s on the wire with a limit of {HIGHER}"
        sums = {ask(host, "CHECKSUM TABLE filler") for host in machines}
        assert len(sums) == 1, f"tables differ: {sums}"


if __name__ == "__main__":
    play()
