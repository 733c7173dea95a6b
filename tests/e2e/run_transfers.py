#!/usr/bin/env python3
"""State transfers of nodes under `mgc run`: the limit holds and can be changed, and a crash in the middle of one heals."""

from orchestra import *

PORTS = {"mgc_rsync": 3310, "mgc_mariabackup": 3320}
FILLER = 48  # MB
LIMIT = 3000  # KB/s, with which it takes some 25 s


def transfer_of(node):
    try:
        found = json.loads(node.mgc("status", "--json", "--budget", node.run_directory / "budget"))["transfers"]
    except Failure:  # it is about to start
        return None
    return found[0] if found else None


def begin_transfer(cluster, joiner):
    """`joiner` is started with an empty datadir, and this returns when its transfer is under way: the donor."""
    joiner.start()

    def donors():
        return [node for node in cluster.others(joiner) if (transfer_of(node) or {"bytes": 0})["bytes"] > 1 << 20]

    found = wait_until("a transfer is under way", donors, alive=joiner.alive)
    assert len(found) == 1, f"donors: {found}"
    return found[0]


def limit(cluster, rate):
    """Of those that run, from now on."""
    for node in cluster.nodes:
        if node.runs():
            node.mgc("limit", rate, "--budget", node.run_directory / "budget")


def prepare(method):
    """A cluster with something to transfer, at a limited rate, and its third node, which has lost it."""
    cluster = shared(method, port=PORTS[method], transfer_compress="off", wsrep_sst_method=method)
    if "transfer_limit" not in cluster.environment:
        cluster.fill(cluster.node(1), FILLER)
        cluster.stop()
        cluster.environment["transfer_limit"] = LIMIT
        cluster.start()
        cluster.wait_synced()
    limit(cluster, LIMIT)
    joiner = cluster.node(3)
    joiner.kill_everything()
    joiner.lose_data()
    cluster.write(cluster.node(1))
    return cluster, joiner


@scenario
def limit_holds_and_changes():
    """As `mgc status` sees it; then another limit by `mgc limit` on the donor, at once."""
    cluster, joiner = prepare("mgc_rsync")
    donor = begin_transfer(cluster, joiner)
    joiner.mgc("health", "live")
    joiner.mgc("health", "ready", code=1)
    donor.mgc("health", "donor-ok")
    time.sleep(3)
    rate = transfer_of(donor)["bytes_per_second"] / 1024
    assert 0.8 * LIMIT < rate < 1.1 * LIMIT, f"{rate:.0f} KB/s with a limit of {LIMIT}"
    began, first = time.monotonic(), transfer_of(donor)["bytes"]
    assert donor.status()["transfers"], "mgc status does not find the node's budget file by itself"
    donor.mgc("limit", "unlimited")
    joiner.wait_synced(3)
    assert time.monotonic() - began < 15, "the new limit did not hold"
    assert first < 40 << 20, "there was too little left to be transferred faster"
    cluster.wait_synced()
    cluster.check()


@scenario
def donor_killed():
    """The joiner takes it from the other one, or waits until there is a cluster again; nobody does anything."""
    crash("mgc_rsync", lambda donor, joiner: [donor])


@scenario
def joiner_killed():
    crash("mgc_mariabackup", lambda donor, joiner: [joiner])


@scenario
def all_killed_in_a_transfer():
    crash("mgc_mariabackup", lambda donor, joiner: donor.cluster.nodes)


def crash(method, victims):
    cluster, joiner = prepare(method)
    donor = begin_transfer(cluster, joiner)
    time.sleep(1)
    killed = victims(donor, joiner)
    kill_all(killed)
    limit(cluster, "unlimited")
    for node in killed:
        node.start(transfer_limit=None)
    cluster.wait_synced()
    cluster.check()


@scenario
def all_killed_while_a_server_is_killed_in_a_transfer():
    """The joiner's server dies, mgc starts it again, then power is gone."""
    cluster, joiner = prepare("mgc_rsync")
    begin_transfer(cluster, joiner)
    joiner.kill_server()
    time.sleep(1)
    kill_all(cluster.nodes)
    del cluster.environment["transfer_limit"]
    cluster.start(3, 2, 1, pause=0.5)
    cluster.wait_synced()
    cluster.check()


@scenario
def two_join_by_increments_at_once():
    """Both come back by IST at the same time, on one machine."""
    cluster = shared("mgc_rsync")
    for number in (2, 3):
        cluster.node(number).kill_everything()
    first = cluster.node(1)
    first.stop()
    cluster.start()
    cluster.wait_synced()
    cluster.node(2).stop()
    cluster.node(3).stop()
    cluster.write(first, 300)
    cluster.start(2, 3)
    cluster.wait_synced()
    assert [cluster.node(number).how_joined() for number in (2, 3)] == ["IST", "IST"]
    cluster.check()


if __name__ == "__main__":
    play()
