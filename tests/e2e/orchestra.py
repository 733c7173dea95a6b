"""Clusters that form themselves: nodes that run under `mgc run`, and what may happen to them.

    from orchestra import *
    cluster = Orchestra("forming")
    cluster.start()
    cluster.wait_synced()
    cluster.node(1).kill_everything()

Every node has a loopback address, a base_dir and an environment of its own, and nothing else: what it needs to know is in
its environment variables, as on a real host. All of it lives in the world of sandbox.py. Rows that a client was told to be
committed are remembered, and `check()` looks for each of them on every node.

A script's scenarios are functions, `@scenario`; `play()` runs them, or those named by --only, one after the other, and
goes on after one that failed.
"""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import sandbox
from sandbox import Failure, hang, wait_until
from words import words

words.add_argument("--only", action="append", default=[], metavar="SCENARIO")

from managed_node import Node, kill_all  # noqa: E402
from world import explain, explanations, in_background, options, programs, run, started, tmp  # noqa: E402

SECRET = "e2e-cluster-secret-0f6a"
ROOT_PASSWORD = "e2e root's \"password\" \\ äß"
APP_PASSWORD = "e2e-app's-passwörd %@&="
PROVIDER = {"evs.keepalive_period": "PT0.5S", "evs.inactive_check_period": "PT0.5S", "evs.suspect_timeout": "PT3S",
            "evs.inactive_timeout": "PT6S", "evs.install_timeout": "PT5S"}


class Orchestra:
    """The nodes of one cluster."""

    all = []
    node_type = Node

    def __init__(self, name, count=3, port=3310, addresses=None, unprivileged=True, **environment):
        self.name, self.port, self.unprivileged = name, port, unprivileged
        self.peer_port = environment.get("peer_port", f"4{port}")
        self.root = tmp / name
        addresses = addresses or [f"127.0.0.1{number}" for number in range(1, count + 1)]
        provider = ";".join(f"{key}={value}" for key, value in PROVIDER.items())
        self.environment = {
            "PATH": os.environ["PATH"], "LANG": "C.UTF-8", "cluster_name": name, "my_port": port, "cluster_secret": SECRET,
            **{f"node{number}": address for number, address in enumerate(addresses, 1)},
            "mysql_root_password": ROOT_PASSWORD, "mysql_user": "app", "mysql_user_password": APP_PASSWORD,
            "mysql_database": "shop",
            "gcache_size": "16M", "wsrep_provider_options": provider, "wsrep_sst_method": "mgc_rsync",
            "my_innodb_buffer_pool_size": "64M", "my_innodb_log_file_size": "16M", "my_max_connections": 50,
            "my_key_buffer_size": "1M", "my_aria_pagecache_buffer_size": "8M", "my_innodb_buffer_pool_load_at_startup": 0,
            "my_innodb_buffer_pool_dump_at_shutdown": 0, "server_user": None if unprivileged else "nobody",
        } | environment
        self.nodes = [self.node_type(self, number, address) for number, address in enumerate(addresses, 1)]
        self.acknowledged = set()
        self.has_table = False
        self.next_row = 1
        Orchestra.all.append(self)

    def node(self, number):
        return self.nodes[number - 1]

    def others(self, node):
        return [other for other in self.nodes if other is not node]

    def start(self, *order, pause=0):
        """These (numbers), else all that do not run, one after the other."""
        for position, number in enumerate(order or [node.number for node in self.nodes if not node.runs()]):
            if position:
                time.sleep(pause)
            self.node(number).start()
        return self

    def wait_synced(self, limit=hang):
        for node in self.nodes:
            node.wait_synced(len(self.nodes), limit)
        histories = {node.history() for node in self.nodes}
        assert len(histories) == 1, f"several histories: {histories}"
        return self

    def stop(self):
        """All at once."""
        running = [node for node in self.nodes if node.runs()]
        for node in running:
            node.terminate()
        for node in running:
            code = node.wait_ended()
            assert code == 0, f"mgc run of {node} ended with {code} after SIGTERM"
            assert not node.family(), f"{node} left {node.family()}"

    def end(self):
        """For good, in whatever state; its files go, unless they are to be kept."""
        for node in self.nodes:
            node.signal_all(signal.SIGCONT)
        kill_all(self.nodes)
        Orchestra.all.remove(self)
        if not options.keep:
            shutil.rmtree(self.root)

    # ---- rows

    def make_table(self, node):
        if not self.has_table:  # one statement of its kind: a crash within it makes the data unsafe
            node.sql("CREATE TABLE IF NOT EXISTS written (id INT PRIMARY KEY, filler VARCHAR(200))", "shop")
            self.has_table = True

    def write(self, node, count=20):
        """Rows, each committed on its own; what was acknowledged is remembered."""
        self.make_table(node)
        numbers = range(self.next_row, self.next_row + count)
        self.next_row += count
        node.sql("".join(f"INSERT INTO written VALUES ({number}, REPEAT('x', 100));\n" for number in numbers), "shop")
        self.acknowledged.update(numbers)

    def fill(self, node, megabytes):
        """A table of that size, which a state transfer has to carry."""
        node.sql("CREATE TABLE filler (id INT PRIMARY KEY, filler LONGBLOB)", "shop")
        for number in range(megabytes):
            node.sql(f"INSERT INTO filler SELECT {number}, GROUP_CONCAT(SHA2(CONCAT({number}, '-', seq, RAND()), 512) "
                     "SEPARATOR '') FROM seq_1_to_8000", "shop")

    def check(self):
        """Every acknowledged row is on every node, and their tables are equal."""
        for node in self.nodes:
            node.sql("SET SESSION wsrep_sync_wait=15; SELECT 1")
        found = {}
        for node in self.nodes:
            rows = {int(row[0]) for row in node.sql("SET SESSION wsrep_sync_wait=15; SELECT id FROM written", "shop")}
            lost = sorted(self.acknowledged - rows)
            assert not lost, f"{node} lost {len(lost)} acknowledged rows: {lost[:20]}"
            found[node] = node.sql("CHECKSUM TABLE shop.written EXTENDED")
        assert len({str(sums) for sums in found.values()}) == 1, f"tables differ: {found}"

    def primaries(self):
        """Who is in a Primary component now, by the servers themselves."""
        return [node for node in self.nodes if (node.galera() or ("", "", 0))[1] == "Primary"]

    def split(self, *groups):
        """Between these groups of numbers no packet passes any more; a node that is in none is with nobody. One split
        at a time; `heal()` ends it."""
        alone = {node.number for node in self.nodes} - {number for group in groups for number in group}
        groups = [set(group) for group in groups] + [{number} for number in alone]
        cut([(self.node(a).address, self.node(b).address) for one in groups for other in groups if one is not other
             for a in one for b in other])

    def heal(self):
        mend()


def cut(pairs, port=None):
    """No packet passes from the one address to the other any more, or none of this TCP port; in place of what was cut
    before."""
    family = "ip6" if any(":" in pair[0] for pair in pairs) else "ip"
    ports = [f"tcp sport {port}", f"tcp dport {port}"] if port else [""]
    rules = "".join(f"add rule inet split cut {family} saddr {a} {family} daddr {b} {which} drop\n"
                    for a, b in pairs for which in ports)
    _nft("add table inet split\ndelete table inet split\nadd table inet split\n"
         "add chain inet split cut { type filter hook input priority 0; }\n" + rules)


def mend():
    _nft("add table inet split\ndelete table inet split\n")


def _nft(rules):
    run("nft", "-f", "-", stdin=None, input=rules)


# ---- scenarios


@explanations.append
def _tell_of_nodes():
    for cluster in Orchestra.all:
        for node in cluster.nodes:
            for title, text in (("mgc", node.log()), ("server", node.errors())):
                lines = text.splitlines()
                if title == "server":
                    lines = [line for line in lines if "[Note] InnoDB" not in line]
                print(f"---- {node}: {title}: the last of {len(lines)} lines", *lines[-25 if title == "mgc" else -12:],
                      sep="\n", file=sys.stderr)
            print(f"---- {node}: {node.galera()}; {node.report()}; {node.family()}", file=sys.stderr)


_scenarios = []
_stage = {}


def scenario(function):
    _scenarios.append(function)
    return function


def on_stage(name="shared", kind=Orchestra, **how):
    """A cluster that scenarios have together, as it is."""
    if name not in _stage:
        _stage[name] = kind(name, **how)
    return _stage[name]


def shared(name="shared", **how):
    """One that those scenarios use which leave it whole: all Synced, and with some rows."""
    cluster = on_stage(name, **how)
    cluster.start()
    cluster.wait_synced()
    cluster.write(cluster.node(1), 5)
    return cluster


def play(finish=lambda: None):
    """The script's exit code: 1 if a scenario failed. `finish` ends what the script had beside its clusters."""
    began = time.monotonic()
    failed = []
    unknown = set(options.only) - {function.__name__ for function in _scenarios}
    if unknown:
        sys.exit(f"no such scenario: {', '.join(unknown)}; there are {', '.join(function.__name__ for function in _scenarios)}")
    for function in _scenarios:
        if options.only and function.__name__ not in options.only:
            continue
        moment = time.monotonic()
        try:
            function()
            verdict = "ok"
        except Exception:  # pylint: disable=broad-except
            explain(*sys.exc_info())
            failed.append(function.__name__)
            verdict = "FAILED"
            mend()
            for cluster in list(Orchestra.all):
                cluster.end()
            _stage.clear()
        print(f"{function.__name__}: {verdict}, {time.monotonic() - moment:.1f} s", flush=True)
        sys.stderr.flush()
    for cluster in list(Orchestra.all):
        cluster.stop()
        cluster.end()
    finish()
    strays = sandbox.strangers([one.pid for one in started])
    if strays and not failed:
        failed.append(f"left running: {strays}")
    print(f"{'FAILED: ' + ', '.join(failed) if failed else 'all ok'}, {time.monotonic() - began:.0f} s", flush=True)
    sys.exit(1 if failed else 0)
