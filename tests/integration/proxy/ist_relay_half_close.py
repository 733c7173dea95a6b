#!/usr/bin/env python3
"""Each side may end first, and the other still sends; a reset on one side is a reset on the other; and what ended before
its end is told."""

from ist_peers import *

for donor_first in (True, False):
    server = joiner()
    process, address = ist_relay(server)
    donor, joins = connected(server, address)
    first, second = (donor, joins) if donor_first else (joins, donor)
    first.shutdown(socket.SHUT_WR)
    assert read_all(second) == b""
    second.sendall(message(10, CTRL, ctrl=END))
    assert read_exactly(first, 24) == message(10, CTRL, ctrl=END)
    second.close()
    assert read_all(first) == b""
    first.close()
    text = "ended by the donor before its end" if donor_first else "complete, 0 events"
    wait_until("it tells the end", lambda: text in said(process))
    stop(process)

for donor_resets in (True, False):
    server = joiner()
    process, address = ist_relay(server)
    donor, joins = connected(server, address)
    donor.sendall(message(10, TRX, 7, b"w" * 100)[:-1])
    read_exactly(joins, 123)
    first, second = (donor, joins) if donor_resets else (joins, donor)
    first.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    first.close()
    assert is_reset(second)
    wait_until("it tells", lambda: "IST from 127.0.0.1: reset after seqno 7 to 7, 1 events" in said(process))
    stop(process)

server = joiner()
process, address = ist_relay(server)
donor = connect(address)
joins = accept(server)
server.close()
joins.sendall(message(10, HANDSHAKE))
donor.sendall(message(10, HANDSHAKE_RESPONSE))
read_exactly(joins, 24)
joins.sendall(message(10, CTRL, ctrl=-71))
joins.close()
assert read_all(donor) == message(10, HANDSHAKE) + message(10, CTRL, ctrl=-71)
donor.close()
wait_until("it tells why", lambda: "the joiner gave up after 0 events, 24 B in" in said(process))
assert "Protocol error" in said(process)
stop(process)
