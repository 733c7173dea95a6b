#!/usr/bin/env python3
"""The joiner's server is killed in the middle of a transfer: its SST program notices and cleans up, the donor gives up
and goes on with its work, and the joiner's next start succeeds."""

from faults import *

for method in METHODS:
    lab = Lab(method)
    before = lab.old_data()
    lab.start_transfer()
    lab.joiner.kill()
    lab.donor_is_well()
    lab.cluster.no_leftovers()
    lab.kept(before)
    lab.next_start()
    lab.cluster.stop()
