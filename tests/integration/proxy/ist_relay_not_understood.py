#!/usr/bin/env python3
"""Whatever passes that is not IST, or not any more: it arrives byte for byte, and the log says that it was not followed."""

from ist_peers import *

start_of_ist = message(10, HANDSHAKE_RESPONSE) + message(10, TRX, 5, b"w" * 100)
broken = bytearray(message(10, TRX, 6, b"w" * 100))
broken[9] ^= 1
for content, text in (
    (b"\x16\x03\x03" + os.urandom(300_000), "closed by both sides after encrypted by Galera, so seqnos are not known, "),
    (b"\x04\x02\0\0" + bytes(8) + os.urandom(300_000), "closed by both sides after of an older protocol"),
    (b"GET / HTTP/1.1\r\n\r\n" + bytes(100), "closed by both sides after not understood, 118 B"),
    (b"GET", "ended by the donor before its end, after 0 events, 3 B"),
    (b"", "ended by the donor before its end, after 0 events, 0 B"),
    (start_of_ist + broken + os.urandom(300_000), "after not understood any more, seqno 5 to 5, 1 events, "),
):
    server = joiner()
    process, address = ist_relay(server, "--limit", "100M")
    donor = connect(address)
    joins = accept(server)
    server.close()
    at_joiner = in_background(read_all, joins)
    donor.sendall(content)
    donor.shutdown(socket.SHUT_WR)
    assert at_joiner() == content
    answer = os.urandom(1000)
    joins.sendall(answer)
    joins.close()
    assert read_all(donor) == answer
    wait_until(text, lambda: text in said(process))
    stop(process)
