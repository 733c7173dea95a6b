#!/usr/bin/env python3
"""The SST program itself is killed, on the donor, then on the joiner: what it had started dies with it, both servers learn
of it at once, and the next start succeeds. What only the killed one could have removed goes then."""

from faults import *

for method in METHODS:
    lab = Lab(method)
    for side in ("donor", "joiner"):
        before = lab.old_data()
        lab.start_transfer()
        script = lab.donor_script if side == "donor" else lab.joiner_script
        os.kill(script.pid, signal.SIGKILL)
        lab.has_failed("connection", "gave up", "Failed to read", "SST")
        lab.donor_is_well()
        lab.cluster.no_leftovers(files=False)
        if side == "donor":
            lab.kept(before)
        lab.next_start()
    lab.cluster.stop()
