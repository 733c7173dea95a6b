"""One node under `mgc run`: its life and its ends, its disk, what it says, and its server, asked directly."""

import http.client
import json
import os
import re
import shutil
import signal
import subprocess

import sandbox
from sandbox import Failure, hang, wait_until
from world import client, programs, started


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
        wait_until("the server is gone", lambda: pid not in {one.pid for one in sandbox.processes()})

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
                              env={"PATH": os.environ["PATH"], "base_dir": str(self.base)}, cwd="/",
                              stdin=subprocess.DEVNULL, **user)
        if code is not None and done.returncode != code:
            raise Failure(f"{self}: mgc {' '.join(map(str, command))}: exit code {done.returncode}, not {code}: "
                          f"{done.stderr}{done.stdout}")
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
