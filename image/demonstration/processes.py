"""Three nodes as three `mgc run` on this machine, each in a session of its own, in a directory of its own below that of the
demo. Run by root, they start their servers as mysql, or as nobody where that user is missing."""

import os
import pwd
import shutil
import signal
import subprocess
import time
from pathlib import Path

import place
from place import Problem, Unusable
from settings import NUMBERS

PATIENCE = 8  # seconds to stop; a server that waits for others does not listen, and its data goes anyway
NAMES = ("mgc-shaper", "wsrep_sst_mgc_rsync", "wsrep_sst_mgc_mariabackup")
OF_A_NODE = (*NAMES, "mgc", "mariadbd", "mysqld", "mariadb-backup", "mariabackup", "mbstream", "rsync")


class Processes:
    """The nodes; `known` is what runs, as pid and start."""

    def __init__(self, root, settings, programs):
        self.root, self.settings, self.known = root, settings, {}
        self._children = {}
        self.programs = root / "bin"  # a copy: who runs the servers may not be let into the source tree
        self.programs.mkdir()
        shutil.copy(Path(programs) / "mgc", self.programs)
        for name in NAMES:
            (self.programs / name).symlink_to("mgc")
        try:
            subprocess.run([self.programs / "mgc", "--version"], check=True, stdout=subprocess.DEVNULL)
        except (OSError, subprocess.CalledProcessError) as error:
            raise Unusable(f"{self.programs}/mgc does not run ({error}); TMPDIR=... names a place where programs may be") from None
        self._remember()

    def directory(self, number):
        return self.root / f"node{number}"

    def begin(self, number):
        environment = {"PATH": f"{self.programs}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8",
                       "base_dir": str(self.directory(number))} | self.settings.of(number)
        if os.geteuid() == 0:
            environment["my_user"] = _server_user()
        with open(self.root / f"node{number}.log", "ab") as log:
            child = subprocess.Popen([self.programs / "mgc", "run"], stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd="/",
                                     env=environment, start_new_session=True)
        self._children[number] = child
        self.known[number] = place.identity(child.pid)
        self._remember()

    def ended(self, number):
        """Why there is nothing to wait for any more, or nothing."""
        code = self._children[number].poll()
        if code is None or number not in self.known:
            return None
        said = (self.root / f"node{number}.log").read_text(errors="replace").splitlines() or ["nothing"]
        return f"mgc run of node{number} ended with exit code {code}; the last that it said: {said[-1]}"

    def kill(self, number):
        """All of it at one moment: the power is gone. Returns how many processes that were."""
        victims = self._family(number)
        for one in (signal.SIGSTOP, signal.SIGKILL):
            _signal(victims, one)
        self._children[number].wait()
        while any(_stat(pid)[0] != "Z" for pid in victims):  # until then they hold their ports
            time.sleep(0.01)
        del self.known[number]
        self._remember()
        return len(victims)

    def wipe(self, number):
        shutil.rmtree(self.directory(number))

    def status_command(self, number):
        return [self.programs / "mgc", "status", "--json", "--run-dir", self.directory(number) / "run"]

    def server_log(self, number):
        return (self.directory(number) / "logs" / "error.log").read_text(errors="replace")

    def hints(self):
        mgc, run = self.programs / "mgc", self.directory(1) / "run"
        return [("watch", f"{mgc} status --watch --run-dir {run}"), ("limit", f"{mgc} limit 20000 --run-dir {run}"),
                ("logs", f"tail -f {self.root}/node1.log {self.directory(1)}/logs/error.log")]

    def end(self):
        """Asks all at once, waits, and kills what does not listen."""
        end_processes(self.root, self.known)
        for child in self._children.values():
            child.wait()
        self.known = {}

    def keep_logs(self, where):
        for number in NUMBERS:
            for source in (self.root / f"node{number}.log", self.directory(number) / "logs" / "error.log"):
                if source.exists():
                    shutil.copy(source, where / f"node{number}-{'mgc' if source.parent == self.root else 'server'}.log")

    def _family(self, number):
        return _family(self.directory(number), self.known[number][0])

    def _remember(self):
        place.remember(self.root, processes=self.known)


def end_processes(root, known):
    """Those of a demo, this one or an earlier: `known` as in its state."""
    for one in known.values():
        if place.alive(one):
            _signal([one[0]], signal.SIGTERM)
    deadline = time.monotonic() + PATIENCE
    while any(_runs(one) for one in known.values()) and time.monotonic() < deadline:
        time.sleep(0.05)
    while left := _family(root, 0):  # with the slash that follows, nobody else names this directory
        if time.monotonic() > deadline + 60:
            raise Problem(f"processes {', '.join(map(str, left))} do not end")
        _signal(left, signal.SIGKILL)
        time.sleep(0.05)


def _runs(known):
    return place.alive(known) and _stat(known[0])[0] != "Z"


def _stat(pid):
    """State and parent; an ended one is like a zombie."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(errors="replace").rsplit(")", 1)[1].split()
    except OSError:
        return "Z", 0
    return fields[0], int(fields[1])


def _family(directory, root):
    """Process `root`, the programs that work below this directory, and all their children; none that the demo itself asks with."""
    parents, members = {}, set()
    for entry in os.listdir("/proc"):
        if entry.isdigit() and int(entry) != os.getpid():
            try:
                command = Path(f"/proc/{entry}/cmdline").read_bytes()
                state, parent = _stat(int(entry))
            except OSError:
                continue
            if state == "Z":
                continue
            parents[int(entry)] = parent
            if parent != os.getpid() and _belongs(command, directory) and Path(f"/proc/{entry}").stat().st_uid in _ours():
                members.add(int(entry))
    if root in parents:
        members.add(root)
    while grown := {pid for pid, parent in parents.items() if parent in members} - members:
        members |= grown
    return sorted(members)


def _belongs(command, directory):
    """Who looks at a log of it does not."""
    return f"{directory}/".encode() in command and os.path.basename(command.split(b"\0")[0]).decode(errors="replace") in OF_A_NODE


def _ours():
    """Whom the demo's processes may belong to."""
    if os.geteuid():
        return {os.geteuid()}
    return {0} | {pwd.getpwnam(name).pw_uid for name in ("mysql", "nobody") if _exists(name)}


def _server_user():
    """Of root's servers. A root that is alone in its user namespace cannot become anybody else."""
    if int(Path("/proc/self/uid_map").read_text().split()[2]) == 1:
        return "root"
    return "mysql" if _exists("mysql") else "nobody"


def _exists(name):
    try:
        return bool(pwd.getpwnam(name))
    except KeyError:
        return False


def _signal(pids, number):
    for pid in pids:
        try:
            os.kill(pid, number)
        except (ProcessLookupError, PermissionError):
            pass
