#!/usr/bin/env python3
"""The joiner's disk is too small for what comes: it says so, the donor goes on with its work, and with room the next start
succeeds."""

from faults import *

for method in METHODS:
    lab = Lab(method)
    size = 70 + random.Random(options.seed).randrange(20)
    with small_disk(lab.joiner.data, f"{size}M"):
        print(f"{method}: {size} MB of disk", flush=True)
        lab.start_transfer()
        lab.has_failed("No space left on device", "no space", "room")
        lab.donor_is_well()
        lab.cluster.no_leftovers()
    lab.next_start()
    lab.cluster.stop()
