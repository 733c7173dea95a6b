"""Real MariaDB Galera clusters for tests: `NAME.py [BUILD_DIR] [--keep]`, with the `mgc` of that build.

    from cluster import *
    cluster = Cluster("mgc_mariabackup", mgc={"transfer_limit": 6000})
    donor, joiner = cluster.nodes(2)
    donor.bootstrap()
    joiner.start().wait_synced()
    assert joiner.checksums() == donor.checksums()

The whole test runs in the world of sandbox.py, so every node has the usual ports on a loopback address of its own. A
datadir begins as a copy of one that holds the tables of dataset.py; it is made once and kept in BUILD_DIR/e2e. The first
node has the weight to stay Primary alone, so killing others costs no quorum. --keep leaves the files where they are;
the servers always go.
"""

import hashlib
import json
import os
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import dataset
import sandbox
from sandbox import Failure, broken_network, hang, small_disk, wait_until
from world import build, client, explanations, in_background, options, programs, run, started, tmp

MYSQL, GROUP, IST, SST = 3306, 4567, 4568, 4444
_GALERA = "/usr/lib/galera/libgalera_smm.so"

# In a datadir beside tables, and none of our business.
_OF_THE_SERVER = re.compile(r"galera\.cache|gcache\.page\.\d+|grastate\.dat|gvwstate\.dat|ib_buffer_pool|multi-master\.info|"
                            r"ddl(_recovery(-backup)?)?\.log|tc\.log|ib_logfile0|ibtmp1|aria_log.*|mariadb_upgrade_info|"
                            r"mysql_upgrade_info|lost\+found|mariabackup\..*\.log|"
                            r"(xtrabackup|mariadb_backup|donor)_(galera_info|binlog_.*)")


@explanations.append
def _tell_of_nodes():
    for node in Node.all:
        if node.log_file.exists():
            lines = node.log_file.read_text(errors="replace").splitlines()
            told = [line for line in lines[:-40] if re.search(r"mgc_|\[ERROR\]", line)]
            print(f"---- from {node.log_file}", *told[-60:], "...", *lines[-40:], sep="\n", file=sys.stderr)


class Server:
    """One mariadbd process with this option file."""

    def __init__(self, option_file, log_file, *words):
        self.log = open(log_file, "ab")
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("MYSQL", "WSREP"))}
        self.popen = subprocess.Popen(
            ["mariadbd", f"--defaults-file={option_file}", *words], stdin=subprocess.DEVNULL, stdout=self.log,
            stderr=self.log, env=environment | {"TMPDIR": str(option_file.parent / "tmp")},
            **sandbox.user())
        started.append(self.popen)
        self.pid = self.popen.pid

    def stop(self, number=signal.SIGTERM):
        """Its exit code, once it has ended."""
        if self.popen.poll() is None:
            self.popen.send_signal(number)
        try:
            return self.popen.wait(hang)
        finally:
            self.log.close()


def template():
    """A datadir with all the tables of the tests, made once for this build directory and this version of the server."""
    version = run("mariadbd", "--no-defaults", "--version")
    key = hashlib.sha256((version + dataset.statements() + Path(__file__).read_text().split("def template")[1]
                          .split("\nclass ")[0] + str(sandbox.user())).encode()).hexdigest()[:12]
    place = build / "e2e" / f"datadir-{key}"
    if place.exists():
        return place
    place.parent.mkdir(exist_ok=True)
    root, data = tmp / "template", tmp / "template" / "data"
    (root / "tmp").mkdir(parents=True)
    sandbox.give_to_servers(root)
    option_file = root / "my.cnf"
    option_file.write_text(
        f"[mysqld]\ndatadir={data}\nsocket={root}/s\npid-file={root}/pid\nlog-error={root}/error.log\nskip-networking\n"
        "innodb_log_file_size=24M\ninnodb_undo_tablespaces=2\ninnodb_flush_log_at_trx_commit=0\n"
        "innodb_file_per_table\nskip-log-bin\n" + ("user=nobody\n" if sandbox.user() else "user=root\n"))
    run("mariadb-install-db", f"--defaults-file={option_file}", "--skip-test-db", "--skip-name-resolve",
        "--auth-root-authentication-method=socket", f"--user={'nobody' if sandbox.user() else 'root'}")
    server = Server(option_file, root / "error.log")
    wait_until("the server answers", lambda: (root / "s").exists(), alive=lambda: _alive(server, root / "error.log"))
    wait_until("the server accepts", lambda: not subprocess.run(
        ["mariadb", "--no-defaults", f"--socket={root}/s", "-e", ""], capture_output=True, check=False).returncode)
    client(root / "s", dataset.statements())
    server.stop()
    shutil.copytree(data, partial := place.with_name(f"partial-{os.getpid()}-{random.random()}"))
    try:
        partial.rename(place)
    except OSError:  # somebody else was sooner
        shutil.rmtree(partial)
    shutil.rmtree(data)
    return place


def _alive(server, log_file):
    if server.popen.poll() is not None:
        raise Failure(f"the server of {log_file} ended with {server.popen.returncode}")


class Node:
    """One server of the cluster: its directory, its option file, and its process while it runs."""

    all = []

    def __init__(self, cluster, number, odd_names=False, separate=False):
        self.cluster, self.number, self.address = cluster, number, f"127.0.1.{number}"
        self.root = cluster.root / (f"node {number}. größe" if odd_names else f"node{number}")
        self.data = self.root / ("my data.dir ü" if odd_names else "data")
        self.tmp, self.log_file, self.option_file, self.socket = (
            self.root / name for name in ("tmp", "error.log", "my.cnf", "sock"))
        self.budget = self.root / "budget"
        self.separate = {option: self.root / folder for option, folder in (
            ("innodb_data_home_dir", "ibdata"), ("innodb_log_group_home_dir", "redo log"),
            ("innodb_undo_directory", "undo"), ("aria_log_dir_path", "aria"))} if separate else {}
        self.server, self.relay, self.log_begin = None, None, 0
        self.mysqld, self.mgc, self.sst, self.provider = {}, {}, {}, {}
        self.tmp.mkdir(parents=True)
        self.make_data()
        Node.all.append(self)

    def __repr__(self):
        return f"node {self.number}"

    # ---- files

    def make_data(self):
        """A datadir that has never been in a cluster."""
        for place in self.separate.values():
            place.mkdir()
        run("cp", "-a", "--reflink=auto", self.cluster.template, self.data)
        for option, pattern in (("innodb_data_home_dir", "ibdata*"), ("innodb_log_group_home_dir", "ib_logfile*"),
                                ("innodb_undo_directory", "undo*"), ("aria_log_dir_path", "aria_log*")):
            for file in self.data.glob(pattern) if self.separate else ():
                file.rename(self.separate[option] / file.name)
        sandbox.give_to_servers(self.root)

    def wipe(self):
        """Nothing is left of its data; the directories are."""
        assert not self.server, f"{self} runs"
        for place in (self.data, *self.separate.values()):
            for entry in place.iterdir():
                if entry.is_dir() and not entry.is_symlink():
                    shutil.rmtree(entry)
                else:
                    entry.unlink()

    def forget_position(self):
        """Its data stays, and a full SST will be due."""
        (self.data / "grastate.dat").unlink(missing_ok=True)

    def left_at(self):
        """The seqno with which it was stopped."""
        return int(re.search(r"^seqno: +(\d+)", (self.data / "grastate.dat").read_text(), re.MULTILINE)[1])

    def write_options(self):
        """The option file anew; a running server's transfers read it when they begin."""
        provider = {"gmcast.listen_addr": f"tcp://{self.address}:{GROUP}", "ist.recv_addr": f"{self.address}:{IST}",
                    "gcache.size": "16M", "evs.suspect_timeout": "PT3S", "evs.inactive_timeout": "PT6S",
                    "pc.weight": 9 if self.number == 1 else 1} | self.cluster.provider | self.provider
        groups = {
            "mysqld": {
                "datadir": self.data, "socket": self.socket, "pid-file": self.root / "pid", "log-error": self.log_file,
                "tmpdir": self.tmp, "bind-address": self.address, "port": MYSQL, "server-id": self.number,
                "innodb_buffer_pool_size": "64M", "innodb_log_file_size": "24M", "innodb_undo_tablespaces": 2,
                "innodb_flush_log_at_trx_commit": 2, "innodb_autoinc_lock_mode": 2, "binlog_format": "ROW",
                "character-set-server": "utf8mb4", "key_buffer_size": "1M", "aria_pagecache_buffer_size": "8M",
                "innodb_buffer_pool_load_at_startup": 0, "innodb_buffer_pool_dump_at_shutdown": 0,
                "wsrep_on": "ON", "wsrep_provider": _GALERA, "wsrep_cluster_name": "lab",
                "wsrep_cluster_address": f"gcomm://{','.join(node.address for node in self.cluster.members)}",
                "wsrep_node_name": f"node{self.number}", "wsrep_node_address": self.address,
                "wsrep_sst_method": self.cluster.method, "wsrep_sst_receive_address": f"{self.address}:{SST}",
                "wsrep_slave_threads": 2, "wsrep_provider_options": ";".join(f"{k}={v}" for k, v in provider.items()),
                **({} if sandbox.user() else {"user": "root"}), **self.separate, **self.cluster.mysqld, **self.mysqld},
            "sst": {"sst-log-archive": 0} | self.cluster.sst | self.sst,
            "mgc": {"transfer_budget": self.budget} | self.cluster.mgc | self.mgc,
        }
        if self.cluster.method == "mariabackup":
            groups["mysqld"].setdefault("wsrep_sst_auth", "nobody:" if sandbox.user() else "root:")
        self.option_file.write_text("".join(
            f"[{group}]\n" + "".join(f"{key}={value}\n" for key, value in values.items())
            for group, values in groups.items()))

    def fingerprint(self):
        """Of the databases' files, whatever Galera and the logs do."""
        found = {}
        for place in (self.data, *self.separate.values()):
            for file in sorted(place.rglob("*")):
                name = str(file.relative_to(place))
                if file.is_file() and not re.fullmatch(r"galera\.cache|grastate\.dat|gvwstate\.dat|.*\.log", name):
                    found[name] = hashlib.sha256(file.read_bytes()).hexdigest()
        return found

    # ---- life

    def start(self, *words):
        assert not self.server, f"{self} runs already"
        self.write_options()
        self.log_begin = self.log_file.stat().st_size if self.log_file.exists() else 0
        self.server = Server(self.option_file, self.log_file, *words)
        return self

    def bootstrap(self):
        state = self.data / "grastate.dat"
        if state.exists():
            state.write_text(re.sub("safe_to_bootstrap: 0", "safe_to_bootstrap: 1", state.read_text()))
        return self.start("--wsrep-new-cluster").wait_synced()

    def alive(self):
        if self.server.popen.poll() is not None:
            raise Failure(f"{self} ended with {self.server.popen.returncode}")

    def state(self):
        """What Galera calls it: Synced, Donor/Desynced, ...; nothing while it does not answer."""
        try:
            return self.socket.exists() and self.status("wsrep_local_state_comment")
        except (Failure, IndexError):
            return None

    def wait_synced(self, limit=hang):
        def wait():
            wait_until(f"{self} is synced", lambda: self.state() == "Synced", limit, self.alive)

        try:
            wait()
        except Failure:
            if self.server.popen.poll() is None or "nothing of it was overwritten" not in self.log():
                raise
            # A fault of mariadb-backup 10.11.19 on the donor, rare and none of ours; its user would start the joiner again.
            print(f"{self}: mariadb-backup stopped short of the redo's end; started again", flush=True)
            _program, _defaults, *words = self.server.popen.args
            self._gone()
            self.start(*words)
            wait()
        return self

    def wait_log(self, text, limit=hang):
        """Until its server has said this since it was started."""
        wait_until(f"{self} logs '{text}'", lambda: text in self.log(), limit, self.alive)
        return self

    def wait_ended(self, limit=hang):
        """Until its server has ended by itself: the exit code."""
        def no_hope():
            if self.state() == "Synced":
                raise Failure(f"{self} is synced and will not end by itself")

        wait_until(f"{self} ends", lambda: self.server.popen.poll() is not None, limit, no_hope)
        return self._gone()

    def stop(self):
        if self.server:
            code = self.server.stop()
            self._gone()
            assert code == 0, f"{self} ended with {code}"

    def kill(self):
        self.server.stop(signal.SIGKILL)
        self._gone()

    def _gone(self):
        code, self.server = self.server.popen.returncode, None
        self.socket.unlink(missing_ok=True)
        return code

    def restart(self):
        self.stop()
        return self.start().wait_synced()

    def start_ist_relay(self, *words):
        """`mgc ist-relay` on its IST address, before it is started: Galera then listens behind it."""
        inner = f"127.0.2.{self.number}:{IST}"
        self.provider["ist.recv_bind"] = inner
        log = open(self.root / "ist-relay.log", "ab")
        self.relay = subprocess.Popen(
            [programs / "mgc", "ist-relay", "--listen", f"{self.address}:{IST}", "--connect", inner, "--budget", self.budget, *words],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log, **sandbox.user())
        started.append(self.relay)
        def alive():
            if self.relay.poll() is not None:
                raise Failure(f"the relay ended: {self.relay_log()}")

        wait_until("the relay listens", lambda: (self.address, IST) in sandbox.listening(), alive=alive)
        return self

    def relay_log(self):
        return (self.root / "ist-relay.log").read_text()

    # ---- what can be asked

    def sql(self, statement, schema=None):
        return client(self.socket, statement, schema)

    def status(self, name):
        return self.sql(f"SHOW GLOBAL STATUS LIKE '{name}'")[0][1]

    def seqno(self):
        return int(self.status("wsrep_last_committed"))

    def log(self):
        """What was logged since the last start."""
        if not self.log_file.exists():
            return ""
        with open(self.log_file, "rb") as file:
            file.seek(self.log_begin)
            return file.read().decode(errors="replace")

    def checksums(self):
        """CHECKSUM TABLE of every table, by name."""
        def quoted(name):
            return "`" + name.replace("`", "``") + "`"

        tables = self.sql("SELECT table_schema, table_name FROM information_schema.tables WHERE table_type IN "
                          "('BASE TABLE', 'SEQUENCE') AND table_schema NOT IN ('information_schema', 'performance_schema')")
        names = [f"{quoted(schema)}.{quoted(table)}" for schema, table in tables
                 if f"{schema}.{table}" not in dataset.NOT_COMPARED]
        sums = self.sql("".join(f"CHECKSUM TABLE {name} EXTENDED;\n" for name in names))
        assert len(sums) > 30 and len(sums) == len(names), f"only {len(sums)} checksums"
        return dict(sums)

    def transfer_processes(self):
        """What its server runs for a state transfer."""
        return sandbox.descendants(self.server.pid) if self.server else []

    def script(self):
        """The process of its wsrep_sst_*, waited for."""
        def found():
            return [one for one in self.transfer_processes() if one.name.startswith("wsrep_sst_")]

        return wait_until(f"{self} runs its wsrep_sst_", found, alive=self.alive)[0]


class Cluster:
    """Nodes that find each other. `mysqld`, `sst`, `mgc` and `provider` are settings of all, as those of a node are its own."""

    count = 0

    def __init__(self, method, mysqld=(), sst=(), mgc=(), provider=()):
        self.method = method
        self.mysqld, self.sst, self.mgc, self.provider = dict(mysqld), dict(sst), dict(mgc), dict(provider)
        self.members = []
        Cluster.count += 1
        self.root = tmp / f"cluster{Cluster.count}"
        self.template = template()

    def nodes(self, count, **kinds):
        begin = len(self.members) + 1
        self.members += [Node(self, number, **kinds) for number in range(begin, begin + count)]
        return self.members[begin - 1:]

    def set_mgc(self, **settings):
        """Other settings of group [mgc], for the transfers that begin from now on; what `mgc limit` said is forgotten."""
        self.mgc = settings
        for node in self.members:
            node.write_options()
            node.budget.unlink(missing_ok=True)

    def stop(self):
        """For good: its directories are gone, unless they are to be kept."""
        for node in reversed(self.members):
            node.stop()
            if node.relay:
                node.relay.terminate()
                assert node.relay.wait(hang) == 0, node.relay_log()
            Node.all.remove(node)
        if not options.keep:
            shutil.rmtree(self.root)

    def no_leftovers(self, files=True):
        """No process, no port, no file of a state transfer is left, once what is about to end had time to."""
        known = {server.pid for server in started} | {os.getpid(), 1}

        def strangers():
            return [one for one in sandbox.processes() if one.pid not in known and one.parent != os.getpid()]

        try:
            wait_until("processes end", lambda: not strangers(), 10)
        except Failure:
            raise Failure(f"left running: {strangers()}") from None
        ports = {port for address, port in sandbox.listening() if address != "127.0.0.1"}
        relays = {IST} if any(node.relay for node in self.members) else set()
        assert ports <= {MYSQL, GROUP} | relays, f"still listening: {sandbox.listening()}"
        for node in self.members:
            assert "Segmentation fault" not in node.log(), f"a program of {node} crashed; see its log"
        of_the_template = {entry.name for entry in self.template.iterdir()}
        for node in self.members if files else ():
            left = [entry.name for entry in node.data.iterdir()
                    if entry.name not in of_the_template and not _OF_THE_SERVER.fullmatch(entry.name)]
            left += [entry.name for entry in node.tmp.iterdir() if not re.match("ib|#sql|ML", entry.name)]
            assert not left, f"{node} is left with {left}"


# ---- for several tests -----------------------------------------------------------------------------------------------


def make_certificates(directory):
    """An authority and one certificate of it, by openssl: (ca, cert, key)."""
    directory.mkdir(exist_ok=True)
    ca, ca_key, cert, key, request = (directory / name for name in ("ca.pem", "ca.key", "cert.pem", "cert.key", "request"))
    new = ["openssl", "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    run(*new, "-x509", "-days", 2, "-subj", "/CN=lab authority", "-keyout", ca_key, "-out", ca)
    run(*new, "-subj", "/CN=node", "-keyout", key, "-out", request)
    extension = directory / "extension"
    extension.write_text("subjectAltName=" + ",".join(f"IP:127.0.1.{number}" for number in range(1, 10)))
    run("openssl", "x509", "-req", "-days", 2, "-in", request, "-CA", ca, "-CAkey", ca_key, "-CAcreateserial",
        "-extfile", extension, "-out", cert)
    sandbox.give_to_servers(directory)
    return ca, cert, key
