"""One MariaDB server with Galera, on one host of the segment, with everything it has in one directory."""

import os
import re
import shutil
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path

from measure import programs
from measure.lab import Failure

USER = "mysql"
GALERA = next((path for path in ("/usr/lib/galera/libgalera_smm.so", "/usr/lib/libgalera_smm.so")
               if os.path.exists(path)), None)
AS_USER = ["setpriv", f"--reuid={USER}", f"--regid={USER}", "--clear-groups"]

SERVER = """
    [mysqld]
    datadir = {directory}/data
    tmpdir = {directory}/tmp
    socket = {directory}/socket
    pid-file = {directory}/pid
    bind-address = 0.0.0.0
    port = 3306
    skip-name-resolve
    max_connections = 50
    default_storage_engine = InnoDB
    binlog_format = ROW
    innodb_autoinc_lock_mode = 2
    innodb_buffer_pool_size = {pool}M
    innodb_flush_method = fsync
    innodb_flush_log_at_trx_commit = 0
    wsrep_on = ON
    wsrep_provider = {galera}
    wsrep_provider_options = gcache.size=64M;pc.weight={weight}
    wsrep_cluster_name = bench
    wsrep_cluster_address = gcomm://{members}
    wsrep_node_name = {name}
    wsrep_node_address = {address}
    wsrep_sst_receive_address = {transfer_address}
    wsrep_sst_method = {method}

    [sst]
    tmpdir = {directory}/tmp
    sst-log-archive = 0
    {sst}

    [mgc]
    transfer_budget = {directory}/budget
    {mgc}
    """


class Node:
    def __init__(self, lab, namespace, name, **settings):
        self.lab, self.namespace, self.name = lab, namespace, name
        self.directory = lab.path(name)
        self.settings = {"directory": self.directory, "galera": GALERA, "name": name, **settings}
        self.process = None
        self.directory.mkdir()
        for part in ("data", "tmp"):
            (self.directory / part).mkdir()
        self.own()

    def own(self):
        subprocess.run(["chown", "-R", f"{USER}:", self.directory], check=True)

    @property
    def data(self):
        return self.directory / "data"

    @property
    def log(self):
        return self.process.errors

    def configure(self, method, sst, mgc):
        """Takes effect with the next start of the server; the scripts of a running donor read it too."""
        def lines(settings):
            return "\n    ".join(f"{key} = {value}" for key, value in settings.items())

        path = self.directory / "my.cnf"
        written = self.lab.write(f"{self.name}.cnf",
                                 SERVER.format(method=method, sst=lines(sst), mgc=lines(mgc), **self.settings))
        written.chmod(0o644)
        written.rename(path)

    def install(self):
        """System tables, and users that need no password: root by the socket, and sysbench."""
        with open(self.lab.path("install.log"), "wb") as log:
            subprocess.run([*AS_USER, programs.find("mariadb-install-db"), "--no-defaults",
                            f"--datadir={self.data}", "--skip-test-db"], stdout=log, stderr=log, check=True)

    def empty(self):
        shutil.rmtree(self.data)
        self.data.mkdir()
        self.own()

    def start(self, *options):
        with self.namespace.inside():
            self.process = self.lab.start([*AS_USER, programs.find("mariadbd"),
                                           f"--defaults-file={self.directory}/my.cnf", *options])
        return self.process

    def stop(self):
        if self.process:
            self.process.stop(grace=60)
            self.process = None

    def kill(self, but=None):
        """The server, its scripts and all that they started: everything on this host, except perhaps one process."""
        for pid in self.namespace.processes():
            if pid != but:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)

    def client(self, *options):
        return [programs.find("mariadb"), "--no-defaults", f"--socket={self.directory}/socket", "--user=root",
                "--batch", "--skip-column-names", *options]

    def ask(self, query):
        answer = subprocess.run(self.client("-e", query), capture_output=True, text=True, check=False)
        if answer.returncode != 0:
            raise Failure(f"{self.name}: {answer.stderr.strip()}")
        return answer.stdout.strip()

    def status(self, name):
        return self.ask(f"SHOW STATUS LIKE '{name}'").partition("\t")[2]

    def wait_for(self, condition, what, timeout=60):
        deadline = time.monotonic() + timeout
        while True:
            try:
                if condition():
                    return
            except Failure:
                pass  # it does not answer yet
            if self.process.status is not None or time.monotonic() > deadline:
                raise Failure(f"{self.name}: {what} did not happen\n{self.last_words()}")
            time.sleep(0.1)

    def last_words(self, lines=8):
        """What its log says last about its transfer and its end."""
        files = [*([self.log] if self.process else []), *self.data.glob("mariabackup.*.log")]
        said = [line for file in files for line in Path(file).read_text(errors="replace").splitlines()]
        telling = [line for line in said if re.search(r"error|fatal|fail|abort|mgc", line, re.IGNORECASE)
                   and "Running: " not in line and "gvwstate" not in line] or said
        return "\n".join(f"  {self.name}: {line[:240]}" for line in telling[-lines:])
