#!/usr/bin/env python3
"""TERM: no new transfers, the running one may go on to its end; a second TERM, or the end of --drain, resets it."""

from ist_peers import *

server = joiner()
process, address = ist_relay(server, "--drain", 1000)
donor, joins = connected(server, address)
process.terminate()
wait_until("it says so", lambda: "no more transfers; 1 running" in said(process))
try:
    connect(address)
    raise AssertionError("it still accepts")
except ConnectionRefusedError:
    pass
donor.sendall(message(10, CTRL, ctrl=END))
read_exactly(joins, 24)
joins.close()
assert read_all(donor) == b""
donor.close()
ended(process, 0, "complete, 0 events")

for drain, signals in ((0, 1), (1000, 2)):
    server = joiner()
    process, address = ist_relay(server, "--drain", drain)
    donor, joins = connected(server, address)
    for sent in range(signals):
        process.terminate()
        wait_until("it is heard", lambda: said(process).count("signal 15") > sent)
    assert is_reset(donor) and is_reset(joins), "a part was taken for the whole"
    ended(process, 143, "reset after 0 events, 24 B")

process, _ = ist_relay(joiner())
end_by(process, signal.SIGTERM)
ended(process, 0)
