#!/usr/bin/env python3
"""Whole transfers, of either version, with and without a limit: every byte arrives, and the log tells exactly what."""

from ist_peers import *


def events(version):
    yield message(version, TRX, 101, os.urandom(70), PRELOAD)
    yield message(version, CCHANGE, 102, os.urandom(300), PRELOAD)
    for seqno in range(103, 1103):
        yield message(version, TRX, seqno, os.urandom(seqno % 7 * 100))
    yield message(version, SKIP, 1103)
    yield message(version, TRX, 1104, os.urandom(3_000_000))
    yield message(version, CCHANGE, 1105, os.urandom(1))
    yield message(version, CTRL, ctrl=END)


for version, limit in ((10, "unlimited"), (11, "unlimited"), (10, "20M"), (11, "100M")):
    server = joiner()
    process, address = ist_relay(server, "--limit", limit)
    donor, joins = connected(server, address, version)
    content = b"".join(events(version))
    at_joiner = in_background(read_exactly, joins, len(content))
    donor.sendall(content)
    assert at_joiner() == content
    joins.close()  # the joiner closes first, then the donor
    assert read_all(donor) == b""
    donor.close()
    wait_until("it tells the end", lambda: "complete" in said(process))
    line = said(process).splitlines()[-1]
    assert "IST from 127.0.0.1: complete, seqno 101 to 1105, 1005 events (2 preloaded), " in line, line
    stop(process)
