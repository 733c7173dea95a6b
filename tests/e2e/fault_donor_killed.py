#!/usr/bin/env python3
"""The donor's server is killed in the middle of a transfer: the joiner gives up and keeps what it had."""

from faults import *

for method in METHODS:
    lab = Lab(method)
    before = lab.old_data()
    lab.start_transfer()
    lab.donor.kill()
    lab.has_failed("connection", "gave up", "reset", "ended")
    lab.cluster.no_leftovers()
    lab.kept(before)
    lab.next_start()  # from node 1
    lab.cluster.stop()
