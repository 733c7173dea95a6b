"""Whether the addresses and ports of the demo are free, and if not, who has them."""

import os
import re
import socket
from pathlib import Path

from place import Unusable

PORT = 3310
ADDRESSES = [f"127.0.0.1{number}" for number in (1, 2, 3)]


def check_free():
    """Clients, group, IST and its inner end, SST, mgc of the other nodes."""
    taken = []
    for address in ADDRESSES:
        inner = address.replace("127.0.", "127.128.", 1)
        for where, port in [(address, int(f"{digit}{PORT}")) for digit in ("", 1, 2, 3, 4)] + [(inner, int(f"2{PORT}"))]:
            try:
                with socket.socket() as probe:
                    probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                    probe.bind((where, port))
                    probe.listen()
            except OSError as error:
                taken.append(f"{where}:{port} ({_owner(port) or error.strerror})")
    if taken:
        raise Unusable("taken: " + ", ".join(taken) + ". The demo needs these for itself; `image/demo --stop` ends a demo that"
                       " was kept")


def _owner(port):
    """As far as this user may see."""
    inodes = set()
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and int(fields[1].rsplit(":", 1)[1], 16) == port:
                inodes.add(fields[9])
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                for descriptor in (entry / "fd").iterdir():
                    found = re.fullmatch(r"socket:\[(\d+)\]", os.readlink(descriptor))
                    if found and found[1] in inodes:
                        return f"by {(entry / 'comm').read_text().strip()}, process {entry.name}"
            except OSError:
                continue
    return "by a process of another user" if inodes else None
