#!/usr/bin/env python3
"""Nodes under `mgc run` crash: no row that was acknowledged is lost, nobody founds a second cluster, and what can heal heals
by itself."""

from orchestra import *


def nothing_was_copied(cluster):
    """All came back by what they had, or by an incremental transfer."""
    copied = [node for node in cluster.nodes if node.how_joined() == "SST"]
    assert not copied, f"{copied} took a full state transfer"


@scenario
def all_killed_at_different_positions():
    """Node 3 dies first, then node 1, node 2 last; it is the one that founds, though it is started last."""
    cluster = shared()
    history = cluster.node(1).history()
    cluster.node(3).kill_everything()
    wait_until("the group has noticed", lambda: cluster.node(1).is_synced(2))
    cluster.write(cluster.node(1))
    cluster.node(1).stop()
    cluster.write(cluster.node(2))
    cluster.node(2).kill_everything()
    cluster.start(1, 3)
    for number in (1, 3):
        cluster.node(number).wait_reason("node2")
    time.sleep(2)
    assert not cluster.primaries(), f"{cluster.primaries()} founded without node 2"
    cluster.start(2)
    cluster.wait_synced()
    assert cluster.node(1).history() == history
    nothing_was_copied(cluster)
    cluster.check()


@scenario
def power_loss_while_writing():
    """Everything ends at one moment with rows under way; and once more, with an empty gvwstate.dat on one node and none on
    another."""
    cluster = shared()
    for damage in (False, True):
        writing = in_background(write_until_the_end, cluster)
        time.sleep(2)
        kill_all(cluster.nodes)
        writing()
        if damage:
            cluster.node(1).data.joinpath("gvwstate.dat").write_text("")
            cluster.node(2).data.joinpath("gvwstate.dat").unlink()
        cluster.start()
        cluster.wait_synced()
        nothing_was_copied(cluster)
        cluster.check()


def write_until_the_end(cluster):
    while True:
        try:
            cluster.write(cluster.node(1 + cluster.next_row % 3), 1)
        except Failure:
            return True


@scenario
def a_majority_of_the_last_view_is_not_enough():
    """After a power loss one node is missing, and it may have acknowledged more than the others: they wait, and say for whom."""
    cluster = shared()
    cluster.write(cluster.node(3))
    kill_all(cluster.nodes)
    cluster.start(1, 2)
    for number in (1, 2):
        cluster.node(number).wait_reason("node3")
    time.sleep(3)
    assert not cluster.primaries()
    cluster.start(3)
    cluster.wait_synced()
    cluster.check()


@scenario
def sole_survivor_killed():
    """The others had left cleanly. It comes back when a majority is heard, and not before."""
    cluster = shared()
    cluster.node(1).stop()
    cluster.node(2).stop()
    survivor = cluster.node(3)
    wait_until("it is alone", lambda: survivor.is_synced(1))
    cluster.write(survivor)
    survivor.kill_everything()
    survivor.start().wait_reason("node1")
    time.sleep(2)
    assert not cluster.primaries(), "it founded a cluster with nobody else heard"
    cluster.start(1)
    survivor.wait_synced(2)
    cluster.start(2)
    cluster.wait_synced()
    nothing_was_copied(cluster)
    cluster.check()


@scenario
def two_of_three_killed():
    """The third is cut off and does not help itself; when the others are back, they are one cluster again."""
    cluster = shared()
    cluster.write(cluster.node(1))
    kill_all([cluster.node(1), cluster.node(2)])
    third = cluster.node(3)
    wait_until("the third has no quorum", lambda: (third.galera() or ("", ""))[1] == "non-Primary", 30)
    third.wait_health("ready", 1)
    third.wait_reason("node1.*node2|node2.*node1")
    cluster.start(2)
    time.sleep(4)
    cluster.start(1)
    cluster.wait_synced()
    cluster.check()


@scenario
def mgc_killed_alone():
    """kill -9 of `mgc run`, then it is started again: one server serves at any time, and the node is back."""
    cluster = shared()
    for number in (1, 2):
        node = cluster.node(number)
        node.kill_mgc()
        cluster.write(cluster.node(3))
        counted = in_background(count_servers, node)
        node.start()
        assert counted() >= 1
        node.wait_synced(3)
        cluster.write(node)
    cluster.wait_synced()
    cluster.check()


def count_servers(node):
    """The highest number of its servers at one moment, watched for 6 s; server() fails if there are two."""
    most, until = 0, time.monotonic() + 6
    while time.monotonic() < until:
        most = max(most, int(node.server() is not None))
        time.sleep(0.02)
    return most


@scenario
def server_killed_alone():
    """mgc starts it again, by itself, and again, but not before its group has put it out; the others never lose quorum."""
    cluster = shared()
    for _ in range(2):
        before = cluster.node(2).server().pid
        cluster.node(2).kill_server()
        cluster.node(2).wait_reason("has not yet noticed")
        cluster.write(cluster.node(1))
        wait_until("it is back", lambda: cluster.node(2).is_synced(3) and cluster.node(2).server().pid != before)
    cluster.wait_synced()
    cluster.check()


@scenario
def stopped_for_a_while():
    """SIGSTOP of a whole node until the others have put it out, then SIGCONT."""
    cluster = shared()
    node = cluster.node(1)
    node.signal_all(signal.SIGSTOP)
    wait_until("it is out", lambda: cluster.node(2).is_synced(2), 40)
    cluster.write(cluster.node(2))
    node.signal_all(signal.SIGCONT)
    cluster.wait_synced()
    cluster.check()


if __name__ == "__main__":
    play()
