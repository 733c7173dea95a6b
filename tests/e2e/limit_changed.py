#!/usr/bin/env python3
"""`mgc limit` on the donor reaches a running SST: slow, paused, on again; and mgc status tells of it on both ends."""

from cluster import *


def mgc(*words):
    return run(programs / "mgc", *words)


def transfer(node):
    """What mgc status says of its one running transfer; None without one."""
    answer = json.loads(mgc("status", "--json", "--budget", node.budget))
    return answer["transfers"][0] if answer["transfers"] else None


def moved():
    return transfer(donor)["bytes"]


def at_rest():
    before = moved()
    time.sleep(0.5)
    return moved() == before


for method in ("mgc_mariabackup", "mgc_rsync"):
    cluster = Cluster(method, mgc={"transfer_limit": 2000, "transfer_compress": "off"})
    donor, joiner = cluster.nodes(2)
    donor.bootstrap()
    joiner.wipe()
    joiner.start()
    wait_until("the donor sends", lambda: donor.budget.exists() and transfer(donor) and moved() > 0, alive=joiner.alive)
    first = transfer(donor)
    wait_until("it has sent for some seconds", lambda: transfer(donor)["seconds"] > first["seconds"] + 4)
    last = transfer(donor)
    rate = (last["bytes"] - first["bytes"]) / (last["seconds"] - first["seconds"]) / 1024
    assert 1900 < rate < 2100, f"{method}: {rate:.0f} KB/s instead of 2000"
    mgc("limit", "pause", "--budget", donor.budget)
    wait_until("it stands still", at_rest)
    assert at_rest() and at_rest(), "bytes moved during the pause"
    assert transfer(joiner), "mgc status on the joiner knows of no transfer"
    mgc("limit", "unlimited", "--budget", donor.budget)
    joiner.wait_synced()
    assert joiner.checksums() == donor.checksums()
    wait_until("the transfer is off the list", lambda: not transfer(donor) and not transfer(joiner))
    cluster.no_leftovers()
    cluster.stop()
    print(f"{method}: {rate:.0f} KB/s at 2000", flush=True)
