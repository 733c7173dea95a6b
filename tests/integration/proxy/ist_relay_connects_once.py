#!/usr/bin/env python3
"""The joiner is connected to when a donor is there, once: no probe, no retry. When it does not listen, the client is
reset at once, as Galera itself needs at the end of a transfer; and the next transfer is served."""

from ist_peers import *


def refused(address):
    began = time.monotonic()
    try:
        reset = is_reset(connect(address))
    except ConnectionResetError:
        reset = True
    assert time.monotonic() - began < 5, "it waited for the joiner"
    return reset


def nobody_comes(server):
    server.settimeout(0.5)
    try:
        server.accept()
    except TimeoutError:
        server.settimeout(hang)
        return True
    return False


server = joiner()
process, address = ist_relay(server)
port = address[1]
assert nobody_comes(server), "it probes"
donor = connect(address)
joins = accept(server)
assert nobody_comes(server), "it connects twice"
server.close()
shake_hands(donor, joins, 10)

for _ in range(2):
    assert refused(address), "not reset"
wait_until("it says so", lambda: said(process).count("closed at once, because no transfer is expected") == 2)

donor.sendall(message(10, CTRL, ctrl=END))
read_exactly(joins, 24)
joins.close()
assert read_all(donor) == b""
donor.close()

closed = joiner(port, listens=False)
assert refused(address), "not reset"
closed.listen(1)
assert nobody_comes(closed), "it tries again"
again = connect(address)
shake_hands(again, accept(closed), 11)
again.close()
stop(process)
