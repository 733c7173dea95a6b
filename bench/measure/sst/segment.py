"""Three hosts on one Ethernet segment: donor, joiner and client, each a network namespace behind a bridge.

The namespaces have no names: open files hold them, so they are gone with the last process that knows them. The
joiner has a second card with an address that only the state transfer uses: what that card receives is the
transfer, and nothing else. The donor's sending is shaped like a slow link; everything it says, to clients and to
the joiner, goes through that.
"""

import ctypes
import os
import subprocess
from contextlib import contextmanager, suppress
from pathlib import Path

from measure.sst.confinement import CLONE_NEWNET, LIBC, check

DONOR, JOINER, CLIENT = "10.0.0.1", "10.0.0.2", "10.0.0.3"
DONOR_TRANSFER, JOINER_TRANSFER = "10.0.1.1", "10.0.1.2"
TRANSFER_CARD = "sst0"
OVERHEAD = 14 + 20 + 32  # bytes of each packet that are Ethernet, IPv4 and TCP with timestamps
SETTINGS = {
    "ipv6/conf/all/disable_ipv6": "1",
    "ipv6/conf/default/disable_ipv6": "1",
    "ipv4/conf/all/arp_ignore": "1",  # a card answers for its own address only
    "ipv4/conf/all/arp_announce": "2",
}


def command(line):
    subprocess.run(line.split(), check=True)


class Namespace:
    def __init__(self, congestion_control):
        home = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        check(LIBC.unshare(CLONE_NEWNET))
        self.file = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        configure(congestion_control)
        check(LIBC.setns(ctypes.c_int(home), CLONE_NEWNET))
        os.close(home)

    @property
    def path(self):
        return f"/proc/{os.getpid()}/fd/{self.file}"

    @contextmanager
    def inside(self):
        """This thread, and what it starts meanwhile, lives in the namespace."""
        home = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        check(LIBC.setns(ctypes.c_int(self.file), CLONE_NEWNET))
        try:
            yield
        finally:
            check(LIBC.setns(ctypes.c_int(home), CLONE_NEWNET))
            os.close(home)

    def plug(self, card, addresses):
        """A new card on the bridge of the calling thread's namespace."""
        port = f"p{self.file}-{card}"
        command(f"ip link add {port} type veth peer name {card} netns {self.path}")
        command(f"ip link set {port} master bridge up")
        with self.inside():
            for address in addresses:
                command(f"ip address add {address}/24 dev {card}")
            command(f"ip link set {card} up")

    def identity(self):
        return os.fstat(self.file).st_ino

    def processes(self):
        """Who lives in it."""
        for pid in filter(str.isdigit, os.listdir("/proc")):
            with suppress(OSError):  # it has just ended
                if os.stat(f"/proc/{pid}/ns/net").st_ino == self.identity():
                    yield int(pid)


def configure(congestion_control):
    command("ip link set lo up")
    for name, value in {**SETTINGS, "ipv4/tcp_congestion_control": congestion_control}.items():
        path = Path("/proc/sys/net") / name
        if path.exists():
            path.write_text(value)


class Segment:
    def __init__(self, congestion_control):
        """In the namespace of the calling thread, which becomes the switch."""
        configure(congestion_control)
        command("ip link add bridge type bridge")
        command("ip link set bridge up")
        self.donor, self.joiner, self.client = (Namespace(congestion_control) for _ in range(3))
        self.donor.plug("eth0", [DONOR, DONOR_TRANSFER])
        self.joiner.plug("eth0", [JOINER])
        self.joiner.plug(TRANSFER_CARD, [JOINER_TRANSFER])
        self.client.plug("eth0", [CLIENT])

    def shape(self, rate):
        """What the donor sends, to anybody; None: as fast as it can."""
        with self.donor.inside():
            subprocess.run("tc qdisc del dev eth0 root".split(), check=False, stderr=subprocess.DEVNULL)
            if rate:
                command(f"tc qdisc add dev eth0 root tbf rate {rate} burst 128kb latency 100ms")
