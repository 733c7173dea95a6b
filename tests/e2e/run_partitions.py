#!/usr/bin/env python3
"""The network between nodes under `mgc run` fails: at most one part serves, and all is one cluster again when it is mended."""

from orchestra import *


def non_primary(node):
    return (node.galera() or ("", ""))[1] == "non-Primary"


@scenario
def one_against_two():
    """The part of one does not serve, the part of two does; a restart in the minority waits there."""
    cluster = shared()
    cluster.split({1}, {2, 3})
    cluster.node(2).wait_synced(2, 40)
    cluster.write(cluster.node(2))
    wait_until("the minority has no quorum", lambda: non_primary(cluster.node(1)), 40)
    cluster.node(1).wait_health("ready", 1)
    cluster.heal()
    cluster.wait_synced()
    cluster.split({1}, {2, 3})
    wait_until("the minority has no quorum", lambda: non_primary(cluster.node(1)), 40)
    cluster.node(1).kill_everything()
    cluster.start(1)
    cluster.node(1).wait_reason("node2.*node3|node3.*node2")
    time.sleep(3)
    assert cluster.node(1).server() is None or not cluster.node(1) in cluster.primaries(), "it founded a second cluster"
    cluster.write(cluster.node(3))
    cluster.heal()
    cluster.wait_synced()
    cluster.check()


@scenario
def each_alone():
    """Nobody serves until they see each other, and then without anybody's help."""
    cluster = shared()
    cluster.split({1}, {2}, {3})
    for node in cluster.nodes:
        wait_until(f"{node} has no quorum", lambda node=node: non_primary(node), 40)
    time.sleep(3)
    assert not cluster.primaries()
    cluster.heal()
    cluster.wait_synced()
    cluster.check()


@scenario
def each_alone_and_restarted():
    """So too when all were killed while they could not see each other."""
    cluster = shared()
    cluster.write(cluster.node(2))
    cluster.split({1}, {2}, {3})
    for node in cluster.nodes:
        wait_until(f"{node} has no quorum", lambda node=node: non_primary(node), 40)
    kill_all(cluster.nodes)
    cluster.start()
    for node in cluster.nodes:
        node.wait_reason("node")
    time.sleep(2)
    assert not cluster.primaries()
    cluster.heal()
    cluster.wait_synced()
    cluster.check()


@scenario
def a_peer_that_never_answers():
    """Somebody listens at the third's peer address, accepts, and says nothing; then its packets vanish. The others do not
    need it: it had left before them."""
    cluster = shared()
    third = cluster.node(3)
    third.stop()
    cluster.write(cluster.node(1))
    with socket.create_server((third.address, int(cluster.peer_port))) as listener:
        restart_two(cluster)
        listener.settimeout(10)
        listener.accept()[0].close()  # it was asked
    cut([(third.address, cluster.node(number).address) for number in (1, 2)]
        + [(cluster.node(number).address, third.address) for number in (1, 2)])
    restart_two(cluster)
    mend()
    cluster.start(3)
    cluster.wait_synced()
    cluster.check()


def restart_two(cluster):
    """Nodes 1 and 2 are stopped and are Primary again, while the third is not heard, and soon."""
    cluster.node(2).stop()
    cluster.node(1).stop()
    began = time.monotonic()
    cluster.start(2, 1)
    for number in (1, 2):
        cluster.node(number).wait_synced(2)
    took = time.monotonic() - began
    assert took < 30, f"{took:.0f} s"
    for number in (1, 2):
        status = cluster.node(number).status()
        silent = [peer for peer in status["peers"] if peer["node"] == 3]
        assert silent and silent[0]["heard"] is False and silent[0]["problem"], status


@scenario
def only_the_peer_port_is_cut():
    """Galera works, mgc hears nobody: the cluster serves on, and a node that is restarted waits until it hears."""
    cluster = shared()
    everybody = [(a.address, b.address) for a in cluster.nodes for b in cluster.nodes if a is not b]
    cut(everybody, cluster.peer_port)
    time.sleep(3)
    assert all(node.is_synced(3) for node in cluster.nodes)
    cluster.write(cluster.node(2))
    cluster.node(1).stop()
    cluster.start(1)
    cluster.node(1).wait_reason("node2.*node3|node3.*node2")
    mend()
    cluster.wait_synced()
    cluster.check()


if __name__ == "__main__":
    play()
