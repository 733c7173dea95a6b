"""A network of our own: a fresh namespace with nothing in it but loopback, so ports never clash, nothing is reachable
from outside, and TCP runs with a congestion control that does not pace.

Why that matters: where BBR is the system's default, its own pacing caps every connection on loopback at about
1.5 GB/s, and all relays look alike. Reno and cubic are the same thing on a loopback that loses nothing; reno is the
one that any namespace may use. The rest of TCP's settings are the system's.
"""

import ctypes
import fcntl
import socket
import struct

CLONE_NEWNET = 0x40000000
SIOCSIFFLAGS = 0x8914
SIOCGIFMTU = 0x8921
SIOCSIFMTU = 0x8922
IFF_UP = 1


LOOPBACK_MTU = 65536
ETHERNET_MTU = 1500


def isolate(congestion_control):
    """Moves this process, and what it starts from now on, into such a network. Needs root."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "a network namespace of its own needs root")
    control_loopback(SIOCSIFFLAGS, struct.pack("16sH14x", b"lo", IFF_UP))
    with open("/proc/sys/net/ipv4/tcp_congestion_control", "w", encoding="ascii") as file:
        file.write(congestion_control)


def control_loopback(request, argument):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        return fcntl.ioctl(control, request, argument)


def set_mtu(mtu):
    control_loopback(SIOCSIFMTU, struct.pack("16si12x", b"lo", mtu))


def describe():
    """What of the network the results depend on."""
    def setting(name):
        with open(f"/proc/sys/net/ipv4/{name}", encoding="ascii") as file:
            return " ".join(file.read().split())

    mtu = struct.unpack("16si12x", control_loopback(SIOCGIFMTU, struct.pack("16si12x", b"lo", 0)))[1]
    return {"congestion control": setting("tcp_congestion_control"), "loopback MTU": mtu,
            "tcp_rmem": setting("tcp_rmem"), "tcp_wmem": setting("tcp_wmem")}


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def is_listening(port):
    """Looks without connecting: a relay would pass the attempt on."""
    wanted = f":{port:04X}"
    with open("/proc/self/net/tcp", encoding="ascii") as table:
        next(table)
        return any(line.split()[1].endswith(wanted) and line.split()[3] == "0A" for line in table)
