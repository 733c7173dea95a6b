"""What the tests of `mgc ist-relay` start from: `NAME.py [path to mgc]`. A donor and a joiner without a server behind them.

The joiner is on 127.0.0.1, the relay on 127.0.0.2, with the same port.
"""

import struct
import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1] / "shaper"))
import harness
from harness import *

harness.shaper = os.path.abspath(sys.argv[1] if len(sys.argv) > 1 else build / "mgc")

HANDSHAKE, HANDSHAKE_RESPONSE, CTRL, TRX, CCHANGE, SKIP = range(1, 7)
PRELOAD, END = 1, 1
_full = (1 << 64) - 1


def _rotated(number, by):
    return (number << by | number >> 64 - by) & _full


def _mixed(k):
    for factor in (0xFF51AFD7ED558CCD, 0xC4CEB9FE1A85EC53):
        k = (k ^ k >> 33) * factor & _full
    return k ^ k >> 33


def _checksum(fields):
    c1, c2 = 0x87C37B91114253D5, 0x4CF5AD432745937F
    k1, k2 = struct.unpack("<QQ", fields)
    h1, h2 = 0x6C62272E07BB0142, 0x62B821756295C58D
    h1 ^= _rotated(k1 * c1 & _full, 31) * c2 & _full
    h1 = ((_rotated(h1, 27) + h2) * 5 + 0x52DCE729) & _full
    h2 ^= _rotated(k2 * c2 & _full, 33) * c1 & _full
    h2 = ((_rotated(h2, 31) + h1) * 5 + 0x38495AB5) & _full
    h1, h2 = h1 ^ 16, h2 ^ 16
    h1 = (h1 + h2) & _full
    h2 = (h2 + h1) & _full
    return (_mixed(h1) + _mixed(h2)) & _full


def message(version, kind, seqno=-1, payload=b"", flags=0, ctrl=0):
    fields = struct.pack("<BBBbIq", version, kind, flags, ctrl, len(payload), seqno)
    return fields + struct.pack("<Q", _checksum(fields)) + payload


# As Galera writes them.
assert message(10, HANDSHAKE).hex() == "0a01000000000000ffffffffffffffff89fd0e27a303a26c"
assert message(11, CTRL, ctrl=END).hex() == "0b03000100000000ffffffffffffffffecd1f7e09f869fb3"


def joiner(port=0, listens=True):
    """Listens as Galera does: for one connection."""
    server = socket.socket()
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    server.bind(("127.0.0.1", port))
    server.settimeout(hang)
    if listens:
        server.listen(1)
    return server


def ist_relay(to, *options, wait=True):
    """A relay to the joiner, and the address where donors connect."""
    port = to.getsockname()[1]
    options = options if "--budget" in options else (*options, "--budget", tmp / "budget")  # not this machine's own
    process = start("ist-relay", "--listen", f"127.0.0.2:{port}", "--connect", f"127.0.0.1:{port}", *options)
    if wait:
        wait_until("the relay listens", lambda: "listening on" in said(process) or process.poll() is not None)
        assert process.poll() is None, said(process)
    return process, ("127.0.0.2", port)


def read_exactly(peer, count):
    content = b""
    while len(content) < count:
        piece = peer.recv(count - len(content))
        assert piece, f"ended after {len(content)} of {count} bytes"
        content += piece
    return content


def shake_hands(donor, joins, version):
    """The joiner speaks first; nobody sends two messages without an answer between."""
    for sender, receiver, text in (
        (joins, donor, message(version, HANDSHAKE)),
        (donor, joins, message(version, HANDSHAKE_RESPONSE)),
        (joins, donor, message(version, CTRL)),
    ):
        sender.sendall(text)
        assert read_exactly(receiver, 24) == text


def connected(server, address, version=10):
    """A donor and the joiner that the relay connected to it, after their handshake."""
    donor = connect(address)
    joins = accept(server)
    server.close()
    shake_hands(donor, joins, version)
    return donor, joins


def stop(process, code=0):
    process.terminate()
    ended(process, code)
