"""A small world of its own for one test: namespaces of network, mounts and processes, and a temporary directory.

In it the usual ports are free, whatever else runs on the machine; packets can be dropped without harm to anyone; what
the test mounts nobody else sees; and when the test ends, however it ends, every process it left is ended by the kernel.
Because nothing else runs in there, `processes()` is exact: one that the test did not start itself is a leftover.

Root enters by itself, others through a user namespace in which they are root. Servers run as `nobody` where there is a
choice. Exit code 77 (skipped) where the kernel allows neither.
"""

import fcntl
import os
import pwd
import resource
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
from pathlib import Path

hang = 120  # seconds: nothing waits for a time to pass, this only ends what would never end
_inside = "MGC_E2E_DIRECTORY"


class Failure(AssertionError):
    """The test has failed; the message says why."""


def enter(keep):
    """Returns inside of the new world, with the path of the temporary directory. Outside, it never returns."""
    if _inside not in os.environ:
        sys.exit(_outside(keep))
    tmp = Path(os.environ.pop(_inside))
    _loopback_up()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # servers are killed here by the dozen
    main = os.fork()
    if main:
        sys.exit(_reap_until_end_of(main))
    return tmp


def _outside(keep):
    unshare = ["unshare", "--net", "--mount", "--pid", "--fork", "--mount-proc", "--kill-child"]
    if os.geteuid():
        unshare.append("--map-root-user")
    if subprocess.run([*unshare, "true"], stderr=subprocess.DEVNULL).returncode:
        print("skipped: needs root, or a kernel on which others may make user namespaces")
        return 77
    tmp = tempfile.mkdtemp(prefix="mgc-e2e-")
    os.chmod(tmp, 0o755)  # nobody's servers have their directories below
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit(1))
    world = subprocess.Popen([*unshare, sys.executable, *sys.argv], env=os.environ | {_inside: tmp})
    try:
        return world.wait()
    finally:
        world.kill()  # and with it all that is in there
        world.wait()
        if keep:
            print(f"kept: {tmp}")
        else:
            shutil.rmtree(tmp, ignore_errors=True)


def _reap_until_end_of(main):
    """What the first process of the world is for: an orphan that nobody waits for would look alive to who asks by its
    number."""
    while True:
        pid, status = os.wait()
        if pid == main:
            return os.waitstatus_to_exitcode(status) & 0xFF


def _loopback_up():
    siocsifflags, iff_up = 0x8914, 1
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        fcntl.ioctl(control, siocsifflags, struct.pack("16sH14x", b"lo", iff_up))


# ---- who runs, who listens -------------------------------------------------------------------------------------------


def user():
    """Whom servers run as: arguments for subprocess."""
    with open("/proc/self/uid_map", encoding="ascii") as file:
        everybody = int(file.read().split()[2]) > 1
    return {"user": "nobody", "group": pwd.getpwnam("nobody").pw_gid, "extra_groups": []} if everybody else {}


def give_to_servers(path):
    """The tree belongs to whom servers run as."""
    if user():
        owner = pwd.getpwnam("nobody")
        for entry in (path, *Path(path).rglob("*")):
            os.chown(entry, owner.pw_uid, owner.pw_gid, follow_symlinks=False)


class process:
    """One entry of /proc: its number, its parent's, its words."""

    def __init__(self, pid):
        stat = Path(f"/proc/{pid}/stat").read_text(errors="replace").rsplit(")", 1)[1].split()
        self.pid, self.state, self.parent = pid, stat[0], int(stat[1])
        words = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").split("\0")
        self.command = " ".join(words).strip()
        self.name = os.path.basename(words[0])

    def __repr__(self):
        return f"{self.pid} {self.command[:200]}"


def processes():
    """All that live in this world."""
    found = []
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                found.append(process(int(entry)))
            except (FileNotFoundError, ProcessLookupError):
                pass
    return [one for one in found if one.state != "Z"]


def descendants(pid):
    """Children of the process, their children, and so on."""
    everyone, family = processes(), {pid}
    while grown := {one.pid for one in everyone if one.parent in family} - family:
        family |= grown
    return [one for one in everyone if one.pid in family - {pid}]


def strangers(known):
    """Who runs here and is neither the test itself nor one of `known` nor started by the test's own threads."""
    mine = {1, os.getpid(), *known}
    return [one for one in processes() if one.pid not in mine]


def listening():
    """Where TCP is listened on: (address, port) pairs."""
    found = set()
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        local, state = line.split()[1], line.split()[3]
        if state == "0A":
            address, port = local.split(":")
            found.add((socket.inet_ntoa(struct.pack("=I", int(address, 16))), int(port, 16)))
    for line in Path("/proc/net/tcp6").read_text().splitlines()[1:]:
        local, state = line.split()[1], line.split()[3]
        if state == "0A":
            found.add(("::", int(local.rsplit(":", 1)[1], 16)))
    return found


def wait_until(what, condition, limit=hang, alive=None):
    """`alive` may raise a Failure that tells why it will never be."""
    deadline = time.monotonic() + limit
    while not (answer := condition()):
        if alive:
            alive()
        if time.monotonic() > deadline:
            raise Failure(f"waited {limit} s for: {what}")
        time.sleep(0.05)
    return answer


# ---- a broken network, a small disk ----------------------------------------------------------------------------------


def _nft(rules):
    done = subprocess.run(["nft", "-f", "-"], input=rules, text=True, capture_output=True, check=False)
    if done.returncode:
        raise Failure(f"nft: {done.stderr}")


class broken_network:
    """While it lasts: packets of these TCP ports vanish (`drop`) or are answered by a reset (`reset`); with an address,
    only those from or to it."""

    def __init__(self, ports, how="drop", address=None):
        verdict = {"drop": "drop", "reset": "reject with tcp reset"}[how]
        numbers = ", ".join(map(str, ports))
        hosts = [f"ip saddr {address}", f"ip daddr {address}"] if address else [""]
        self.rules = "".join(f"add rule inet mgc broken {host} tcp {end} {{ {numbers} }} {verdict}\n"
                             for host in hosts for end in ("sport", "dport"))

    def __enter__(self):
        _nft("add table inet mgc\nadd chain inet mgc broken { type filter hook input priority 0; }\n" + self.rules)

    def __exit__(self, *_):
        _nft("delete table inet mgc\n")


class small_disk:
    """While it lasts, this directory is a file system of its own with room for so many bytes."""

    def __init__(self, path, size):
        self.path, self.size = path, size

    def __enter__(self):
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={self.size}", "none", self.path], check=True)
        give_to_servers(self.path)

    def __exit__(self, *_):
        subprocess.run(["umount", "--lazy", self.path], check=True)


class only_one:
    """While it lasts, nobody else on this machine is in it with the same file."""

    def __init__(self, path):
        self.path, self.file = Path(path), None

    def __enter__(self):
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.file = open(self.path, "ab")  # pylint: disable=consider-using-with
        try:
            fcntl.flock(self.file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print(f"waiting for another one that works in {self.path.parent}", flush=True)
            began = time.monotonic()
            fcntl.flock(self.file, fcntl.LOCK_EX)
            print(f"waited {time.monotonic() - began:.0f} s", flush=True)

    def __exit__(self, *_):
        self.file.close()
