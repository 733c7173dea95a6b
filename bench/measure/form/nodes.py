"""Three nodes on loopback addresses, as `mgc run` runs them and as one starts them by hand, with the same settings of the
server."""

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

from measure import programs
from measure.lab import Failure
from measure.sst.joining import copy_programs
from measure.sst.node import AS_USER, GALERA, USER

ADDRESSES = ("127.0.0.11", "127.0.0.12", "127.0.0.13")
PORT = 3310
POLL = 0.05  # seconds between two looks at whether it is there
PATIENCE = 180
SYNCED = "Synchronized with group, ready for connections"
PROVIDER = {"gcache.size": "64M"}
SERVER = {"innodb_buffer_pool_size": "128M", "innodb_log_file_size": "48M", "max_connections": 50, "skip_name_resolve": "ON",
          "character_set_server": "utf8mb4", "innodb_flush_log_at_trx_commit": 1, "sync_binlog": 1, "binlog_format": "ROW",
          "innodb_autoinc_lock_mode": 2, "wsrep_slave_threads": 2}
ACCOUNTS = ("CREATE DATABASE shop; CREATE USER app@'%' IDENTIFIED BY 'word'; GRANT ALL ON shop.* TO app@'%'; "
            "ALTER USER root@localhost IDENTIFIED VIA mysql_native_password USING PASSWORD('word') OR unix_socket; "
            f"CREATE USER {USER}@localhost IDENTIFIED VIA unix_socket; GRANT ALL ON *.* TO {USER}@localhost")


class Node:
    """What both kinds have: a directory, a log, a process. `kind` adds how it is started."""

    def __init__(self, lab, number):
        self.lab, self.number, self.address = lab, number, ADDRESSES[number - 1]
        self.directory = lab.path(f"node{number}")
        self.directory.mkdir()
        shutil.chown(self.directory, USER)
        self.process, self.log_begin = None, 0

    def said(self, text):
        """In the server's log, since the start."""
        if not self.log.exists():
            return False
        with open(self.log, "rb") as file:
            file.seek(self.log_begin)
            return text.encode() in file.read()

    def _start(self, argv, environment):
        self.log_begin = self.log.stat().st_size if self.log.exists() else 0
        before = dict(os.environ)
        os.environ.clear()
        os.environ.update(environment)
        try:
            self.process = self.lab.start([*AS_USER, *argv])
        finally:
            os.environ.clear()
            os.environ.update(before)

    def ask(self, statement):
        socket = next(self.run.glob("*.sock*"), None) if self.run else None
        answer = subprocess.run([programs.find("mariadb"), "--no-defaults", f"--socket={self.socket or socket}", "--user=root",
                                 "--batch", "--skip-column-names", "-e", statement], capture_output=True, text=True, check=False)
        if answer.returncode != 0:
            raise Failure(f"node {self.number}: {answer.stderr.strip()}")
        return answer.stdout.strip()

    def size(self):
        return self.ask("SHOW STATUS LIKE 'wsrep_cluster_size'").partition("\t")[2]

    def last_words(self):
        said = [*(self.log.read_text(errors="replace").splitlines()[-15:] if self.log.exists() else []),
                *(self.process.errors.read_text(errors="replace").splitlines()[-15:] if self.process else [])]
        return "\n".join(f"  node {self.number}: {line[:200]}" for line in said)


class ByHand(Node):
    """As the manual has it."""

    run = None

    def __init__(self, lab, number, method):
        super().__init__(lab, number)
        self.data, self.socket, self.log = (self.directory / name for name in ("data", "socket", "error.log"))
        provider = PROVIDER | {"gmcast.listen_addr": f"tcp://{self.address}:1{PORT}", "ist.recv_addr": f"{self.address}:2{PORT}"}
        settings = SERVER | {
            "datadir": self.data, "socket": self.socket, "log_error": self.log, "pid_file": self.directory / "pid",
            "tmpdir": self.directory, "port": PORT, "bind_address": self.address, "wsrep_on": "ON", "wsrep_provider": GALERA,
            "wsrep_cluster_name": "bench", "wsrep_cluster_address": "gcomm://" + ",".join(f"{one}:1{PORT}" for one in ADDRESSES),
            "wsrep_node_name": f"node{number}", "wsrep_node_address": f"{self.address}:1{PORT}", "wsrep_sst_method": method,
            "wsrep_sst_receive_address": f"{self.address}:3{PORT}", "server_id": number,
            "wsrep_provider_options": ";".join(f"{key}={value}" for key, value in provider.items())}
        if method == "mariabackup":
            settings["wsrep_sst_auth"] = f"{USER}:"
        self.option_file = self.directory / "my.cnf"
        self.option_file.write_text("[mysqld]\n" + "".join(f"{key}={value}\n" for key, value in settings.items())
                                    + f"[mgc]\ntransfer_budget={self.directory}/budget\n")
        self.data.mkdir()
        shutil.chown(self.data, USER)

    def install(self):
        subprocess.run([*AS_USER, programs.find("mariadb-install-db"), f"--defaults-file={self.option_file}", "--skip-test-db",
                        "--auth-root-authentication-method=socket"], stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL, check=True)

    def start(self, *words):
        self._start([programs.find("mariadbd"), f"--defaults-file={self.option_file}", *words], os.environ)
        return self


class UnderMgc(Node):
    socket = None

    def __init__(self, lab, number, method, program):
        super().__init__(lab, number)
        self.program = program
        self.data, self.run, self.log = self.directory / "data", self.directory / "run", self.directory / "logs" / "error.log"
        self.environment = {
            "PATH": os.environ["PATH"], "base_dir": str(self.directory), "my_port": str(PORT), "local_addr": self.address,
            **{f"node{index}": address for index, address in enumerate(ADDRESSES, 1)}, "cluster_name": "bench",
            "cluster_secret": "of the benchmark", "wsrep_sst_method": method, "gcache_size": PROVIDER["gcache.size"],
            "mysql_database": "shop", "mysql_user": "app", "mysql_user_password": "word", "mysql_root_password": "word",
            **{f"my_{name}": str(value) for name, value in SERVER.items() if not name.startswith("wsrep_")},
            **{name: str(value) for name, value in SERVER.items() if name.startswith("wsrep_")}}

    def start(self):
        self._start([self.program, "run"], self.environment)
        return self


def wait_synced(nodes, since):
    """Seconds from `since` until all of these servers have said that they are synced."""
    deadline = time.monotonic() + PATIENCE
    while not all(node.said(SYNCED) for node in nodes):
        if time.monotonic() > deadline or any(node.process.status is not None for node in nodes):
            raise Failure("not synced\n" + "\n".join(node.last_words() for node in nodes))
        time.sleep(POLL)
    return time.monotonic() - since


def kill(nodes):
    """All that they and their children are: nothing else of that user runs in this namespace of processes."""
    for number in (signal.SIGSTOP, signal.SIGKILL):
        for entry in os.listdir("/proc"):
            try:
                if entry.isdigit() and Path(f"/proc/{entry}").stat().st_uid == Path(nodes[0].directory).stat().st_uid:
                    os.kill(int(entry), number)
            except (FileNotFoundError, ProcessLookupError):
                pass
    for node in nodes:
        node.process.wait(10)


def make_program(lab, build):
    program = copy_programs(lab, build)
    os.environ["PATH"] = f"{program.parent}:{os.environ['PATH']}"
    return program
