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

import http.client
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

from world import client, explain, explanations, in_background, options, programs, run, started, tmp  # noqa: E402

SECRET = "e2e-cluster-secret-0f6a"
ROOT_PASSWORD = "e2e root's \"password\" \\ äß"
APP_PASSWORD = "e2e-app's-passwörd %@&="
PROVIDER = {"evs.keepalive_period": "PT0.5S", "evs.inactive_check_period": "PT0.5S", "evs.suspect_timeout": "PT3S",
            "evs.inactive_timeout": "PT6S", "evs.install_timeout": "PT5S"}


class Node:
    """One `mgc run`. `environment` is this node's own, over that of the cluster."""

    def __init__(self, cluster, number, address):
        self.cluster, self.number, self.address = cluster, number, address
        self.root = cluster.root / f"node{number}"
        self.base = self.root / "base"
        self.log_file = self.root / "mgc.log"
        self.environment, self.popen, self.log_begin, self.error_begin = {}, None, 0, 0
        self.root.mkdir(parents=True)
        self.base.mkdir()
        sandbox.give_to_servers(self.root)

    def __repr__(self):
        return f"{self.cluster.name}'s node{self.number}"

    @property
    def data(self):
        return self.base / "data"

    @property
    def run_directory(self):
        return self.base / "run"

    @property
    def error_file(self):
        return self.base / "logs" / "error.log"

    # ---- life

    def start(self, **environment):
        """With these variables for this start alone; one that is None is not set."""
        assert not self.runs(), f"{self} runs already"
        if not self.base.exists():
            self.base.mkdir()
            sandbox.give_to_servers(self.root)
        self.log_begin = self.log_file.stat().st_size if self.log_file.exists() else 0
        self.error_begin = self.error_file.stat().st_size if self.error_file.exists() else 0
        with open(self.log_file, "ab") as log:
            self.popen = subprocess.Popen(
                [programs / "mgc", "run"], stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
                cwd="/", env=self.given(**environment),
                **(sandbox.user() if self.cluster.unprivileged else {}))
        started.append(self.popen)
        return self

    def given(self, **environment):
        """Its variables."""
        given = self.cluster.environment | {"base_dir": self.base, "local_addr": self.address} | self.environment | environment
        return {name: str(value) for name, value in given.items() if value is not None}

    def runs(self):
        return self.popen is not None and self.popen.poll() is None

    def alive(self):
        if not self.runs():
            raise Failure(f"mgc run of {self} ended with {self.popen.returncode}: {self.log()[-600:]}")

    def terminate(self):
        self.popen.send_signal(signal.SIGTERM)
        return self

    def wait_ended(self, limit=hang):
        """The exit code of `mgc run`."""
        wait_until(f"mgc run of {self} ends", lambda: not self.runs(), limit)
        return self.popen.returncode

    def stop(self):
        if self.runs():
            code = self.terminate().wait_ended()
            assert code == 0, f"mgc run of {self} ended with {code} after SIGTERM"
            assert not self.family(), f"{self} left {self.family()}"

    def family(self):
        """All of its processes, orphans too: mgc, the server, and what they started."""
        everyone = [one for one in sandbox.processes() if one.pid != os.getpid()]
        numbers = {one.pid for one in everyone if one.parent != os.getpid() and f"{self.base}/" in one.command}
        if self.runs():
            numbers.add(self.popen.pid)
        while grown := {one.pid for one in everyone if one.parent in numbers} - numbers:
            numbers |= grown
        return [one for one in everyone if one.pid in numbers]

    def server(self):
        """Its mariadbd that serves, None when there is none; a Failure when there are several."""
        found = [one for one in self.family() if one.name in ("mariadbd", "mysqld")
                 and not re.search(r"--(wsrep-recover|bootstrap|skip-networking|help|version)", one.command)]
        if len({one.pid for one in found}) > 1:
            raise Failure(f"{self} has several servers: {found}")
        return found[0] if found else None

    def signal_all(self, number):
        for one in self.family():
            try:
                os.kill(one.pid, number)
            except ProcessLookupError:
                pass

    def kill_everything(self):
        kill_all([self])

    def kill_mgc(self):
        self.popen.kill()
        self.popen.wait()

    def kill_server(self):
        pid = self.server().pid
        os.kill(pid, signal.SIGKILL)
        wait_until("the server is gone", lambda: not Path(f"/proc/{pid}").exists() or sandbox.process(pid).state == "Z")

    # ---- its disk

    def lose_disk(self):
        """All that it had, its memory of elections too."""
        self._keep_log()
        shutil.rmtree(self.base)

    def lose_data(self):
        """The datadir alone."""
        self._keep_log()
        shutil.rmtree(self.data)

    def _keep_log(self):
        assert not self.runs(), f"{self} runs"
        if self.error_file.exists():
            with open(self.root / "error.log.before", "ab") as kept:
                kept.write(self.error_file.read_bytes())

    # ---- what it says

    def log(self):
        """Of `mgc run`, since its last start."""
        return _since(self.log_file, self.log_begin)

    def errors(self):
        """The server's log since then."""
        return _since(self.error_file, self.error_begin)

    def wait_log(self, pattern, limit=60):
        wait_until(f"{self} says '{pattern}'", lambda: re.search(pattern, self.log()), limit, self.alive)
        return self

    def mgc(self, *command, code=0):
        """What a command of this node's operator prints."""
        user = sandbox.user() if self.cluster.unprivileged else {}
        done = subprocess.run([programs / "mgc", *map(str, command)], capture_output=True, text=True, timeout=hang, check=False,
                              env={"PATH": os.environ["PATH"], "base_dir": str(self.base)}, cwd="/", stdin=subprocess.DEVNULL, **user)
        if code is not None and done.returncode != code:
            raise Failure(f"{self}: mgc {' '.join(map(str, command))}: exit code {done.returncode}, not {code}: {done.stderr}{done.stdout}")
        return done.stdout + done.stderr

    def wait_health(self, what, code, limit=5):
        """mgc looks at its server once a second."""
        def has_it():
            try:
                return self.mgc("health", what, code=code)
            except Failure:
                return None

        wait_until(f"mgc health {what} of {self} is {code}", has_it, limit)

    def status(self):
        return json.loads(self.mgc("status", "--json"))

    def report(self):
        """The part of the status about this node itself; nothing while mgc does not answer."""
        try:
            status = self.status()
        except (Failure, ValueError):
            return None
        return status.get("node") or status.get("self")

    def reason(self):
        report = self.report()
        return (report["reason"] or "") if report else ""

    def wait_reason(self, pattern, limit=60):
        """Until the status gives this reason; returns it."""
        said = []

        def matches():
            said[:] = [self.reason()]
            return re.search(pattern, said[0])

        try:
            wait_until("", matches, limit, self.alive)
        except Failure as failure:
            raise Failure(f"{self} gives the reason '{said[0] if said else ''}', not '{pattern}' ({failure})") from None
        return said[0]

    def http(self, path):
        """Code and text of what the peer port answers to anybody."""
        connection = http.client.HTTPConnection(self.address, self.cluster.peer_port, timeout=10)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()

    # ---- its server

    @property
    def socket(self):
        found = list(self.run_directory.glob("*sql*.sock")) + list(self.run_directory.glob("mariadb*.sock"))
        return found[0] if found else None

    def sql(self, statement, schema=None):
        if not self.socket:
            raise Failure(f"{self} has no socket")
        return client(self.socket, statement, schema)

    def variable(self, name):
        return self.sql(f"SHOW GLOBAL STATUS LIKE '{name}'")[0][1]

    def galera(self):
        """(state, Primary or not, size), by the server itself; nothing while it does not answer."""
        try:
            values = dict(self.sql("SHOW GLOBAL STATUS WHERE variable_name IN ('wsrep_local_state_comment', "
                                   "'wsrep_cluster_status', 'wsrep_cluster_size', 'wsrep_ready')"))
        except Failure:
            return None
        if values.get("wsrep_ready") != "ON":
            return values.get("wsrep_local_state_comment"), values.get("wsrep_cluster_status"), 0
        return values["wsrep_local_state_comment"], values["wsrep_cluster_status"], int(values["wsrep_cluster_size"])

    def is_synced(self, size=None):
        found = self.galera()
        return found is not None and found[:2] == ("Synced", "Primary") and size in (None, found[2])

    def wait_synced(self, size=None, limit=hang):
        wait_until(f"{self} is synced", lambda: self.is_synced(size), limit, self.alive)
        return self

    def history(self):
        return self.variable("wsrep_cluster_state_uuid")

    def how_joined(self):
        """By which transfer since its last start: SST, IST, or none."""
        log = self.errors()
        if re.search(r"mgc_\w+ joiner: .* moved in", log):
            return "SST"
        return "IST" if "IST is enough" in log else "none"


def _since(file, begin):
    if not file.exists():
        return ""
    with open(file, "rb") as stream:
        stream.seek(begin if begin <= file.stat().st_size else 0)
        return stream.read().decode(errors="replace")


def kill_all(nodes):
    """Everything of these nodes, at one moment as far as that can be done: power is gone."""
    victims = [one.pid for node in nodes for one in node.family()]
    for number in (signal.SIGSTOP, signal.SIGKILL):
        for pid in victims:
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                pass
    for node in nodes:
        if node.popen:
            node.popen.wait()
    wait_until("all are gone", lambda: not any(node.family() for node in nodes))
    for node in nodes:
        if node.socket:
            node.socket.unlink()


class Orchestra:
    """The nodes of one cluster."""

    all = []

    def __init__(self, name, count=3, port=3310, addresses=None, unprivileged=True, **environment):
        self.name, self.port, self.unprivileged = name, port, unprivileged
        self.peer_port = environment.get("peer_port", f"4{port}")
        self.root = tmp / name
        addresses = addresses or [f"127.0.0.1{number}" for number in range(1, count + 1)]
        provider = ";".join(f"{key}={value}" for key, value in PROVIDER.items())
        self.environment = {
            "PATH": os.environ["PATH"], "LANG": "C.UTF-8", "cluster_name": name, "my_port": port, "cluster_secret": SECRET,
            **{f"node{number}": address for number, address in enumerate(addresses, 1)},
            "mysql_root_password": ROOT_PASSWORD, "mysql_user": "app", "mysql_user_password": APP_PASSWORD, "mysql_database": "shop",
            "gcache_size": "16M", "wsrep_provider_options": provider, "wsrep_sst_method": "mgc_rsync",
            "my_innodb_buffer_pool_size": "64M", "my_innodb_log_file_size": "16M", "my_max_connections": 50,
            "my_key_buffer_size": "1M", "my_aria_pagecache_buffer_size": "8M", "my_innodb_buffer_pool_load_at_startup": 0,
            "my_innodb_buffer_pool_dump_at_shutdown": 0, "server_user": None if unprivileged else "nobody",
        } | environment
        self.nodes = [Node(self, number, address) for number, address in enumerate(addresses, 1)]
        self.acknowledged = set()
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

    def write(self, node, count=20):
        """Rows, each committed on its own; what was acknowledged is remembered."""
        node.sql("CREATE TABLE IF NOT EXISTS written (id INT PRIMARY KEY, filler VARCHAR(200))", "shop")
        numbers = range(self.next_row, self.next_row + count)
        self.next_row += count
        node.sql("".join(f"INSERT INTO written VALUES ({number}, REPEAT('x', 100));\n" for number in numbers), "shop")
        self.acknowledged.update(numbers)

    def fill(self, node, megabytes):
        """A table of that size, which a state transfer has to carry."""
        node.sql("CREATE TABLE filler (id INT PRIMARY KEY, filler LONGBLOB)", "shop")
        for number in range(megabytes):
            node.sql(f"INSERT INTO filler SELECT {number}, GROUP_CONCAT(SHA2(CONCAT({number}, '-', seq, RAND()), 512) SEPARATOR '') "
                     "FROM seq_1_to_8000", "shop")

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
        pairs = [(self.node(a), self.node(b)) for one in groups for other in groups if one is not other for a in one for b in other]
        cut([(a.address, b.address) for a, b in pairs])

    def heal(self):
        mend()


def cut(pairs, port=None):
    """No packet passes from the one address to the other any more, or none of this TCP port; in place of what was cut
    before."""
    family = "ip6" if any(":" in pair[0] for pair in pairs) else "ip"
    ports = [f"tcp sport {port}", f"tcp dport {port}"] if port else [""]
    rules = "".join(f"add rule inet split cut {family} saddr {a} {family} daddr {b} {which} drop\n" for a, b in pairs for which in ports)
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
                print(f"---- {node}: {title}: the last of {len(lines)} lines", *lines[-25 if title == "mgc" else -12:], sep="\n", file=sys.stderr)
            print(f"---- {node}: {node.galera()}; {node.report()}; {node.family()}", file=sys.stderr)


_scenarios = []
_stage = {}


def scenario(function):
    _scenarios.append(function)
    return function


def shared(name="shared", **how):
    """A cluster that scenarios which leave it whole have together: all Synced, and with some rows."""
    if name not in _stage:
        _stage[name] = Orchestra(name, **how)
    cluster = _stage[name]
    cluster.start()
    cluster.wait_synced()
    cluster.write(cluster.node(1), 5)
    return cluster


def play():
    """The script's exit code: 1 if a scenario failed."""
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
    strays = sandbox.strangers([one.pid for one in started])
    if strays and not failed:
        failed.append(f"left running: {strays}")
    print(f"{'FAILED: ' + ', '.join(failed) if failed else 'all ok'}, {time.monotonic() - began:.0f} s", flush=True)
    sys.exit(1 if failed else 0)
