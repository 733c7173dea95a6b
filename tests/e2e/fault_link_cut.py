#!/usr/bin/env python3
"""The connection of a transfer is cut, then another one just hangs, then all that the joiner is connected to does: both
ends give up, by themselves where nobody tells them (transfer_timeout), the joiner keeps what it had, and the donor goes
on with its work."""

from faults import *

for method in METHODS:
    lab = Lab(method)
    for ports, how in (([SST], "reset"), ([SST], "drop"), ([SST, GROUP, IST], "drop")):
        before = lab.old_data()
        lab.start_transfer()
        began = time.monotonic()
        with broken_network(ports, how, lab.joiner.address):
            lab.has_failed("connection", "reset", "gave up", "timed out", "transfer_timeout")
            lab.donor_is_well()
            took = time.monotonic() - began
            assert took < 30, f"{took:.0f} s with a transfer_timeout of 5 s"
            lab.cluster.no_leftovers()
            lab.kept(before)
        lab.next_start()
    # A clean stop may last for ever: Galera's IST sender, which has no keepalive, still waits for the joiner of the last round
    # to close its connection.
    for node in lab.cluster.members:
        if node.server:
            node.kill()
