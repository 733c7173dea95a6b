#!/usr/bin/env python3
"""Containers of a cluster are restarted, stopped, killed and lose their volumes: what was acknowledged stays, and all are one
cluster again without help."""

from containers import *

GRACE = 10  # seconds that docker stop gives by itself


@scenario
def rolling_restart():
    """`docker restart` of one after the other while clients write. The others stay, and each comes back by an increment."""
    cluster = shared(kind=container_cluster)
    with writing(cluster) as clients:
        for node in cluster.nodes:
            with stay_primary(cluster.others(node)):
                node.docker_restart()
                node.wait_synced(3)
            assert node.how_joined() == "IST", f"{node} joined by {node.how_joined()}"
            clients.goes_on()
    cluster.check()


@scenario
def stopped_in_time():
    """`docker stop` ends a server properly, well before the engine would kill it, and says so."""
    cluster = shared(kind=container_cluster)
    node = cluster.node(3)
    with writing(cluster), stay_primary(cluster.others(node)):
        took = node.docker_stop()
        assert took < GRACE and "Shutdown complete" in node.errors(), f"killed after {took:.1f} s: {node.errors()[-300:]}"
        node.start().wait_synced(3)
    cluster.nothing_was_copied(node)
    cluster.check()


@scenario
def stopped_too_late():
    """A server that does not end in the ten seconds is killed by the engine, and all that was with it."""
    cluster = shared(kind=container_cluster)
    node = cluster.node(2)
    with writing(cluster):
        os.kill(node.server().pid, signal.SIGSTOP)
        numbers = [one.pid for one in node.family()]
        took = node.docker_stop(code=KILLED)
        assert took >= GRACE, f"killed after {took:.1f} s"
        left = [number for number in numbers if Path(f"/proc/{number}").exists()]
        assert len(numbers) >= 2 and not left, f"left running: {left} of {numbers}"
        node.start().wait_synced(3)
    cluster.nothing_was_copied(node)
    cluster.check()


@scenario
def one_killed():
    """`docker kill`; the two others go on, and have it back by an increment."""
    cluster = shared(kind=container_cluster)
    node = cluster.node(1)
    with writing(cluster) as clients, stay_primary(cluster.others(node)):
        node.docker_kill()
        clients.goes_on()
        node.start().wait_synced(3)
    assert node.how_joined() == "IST", f"{node} joined by {node.how_joined()}"
    cluster.check()


@scenario
def two_killed():
    """The third is no Primary without them. Back in the other order, they are a cluster again."""
    cluster = shared(kind=container_cluster)
    third = cluster.node(3)
    begin = third.error_file.stat().st_size
    with writing(cluster) as clients:
        for number in (1, 2):
            cluster.node(number).docker_kill()
        wait_until("the third has no quorum", lambda: (third.galera() or ("", ""))[1] == "non-Primary", 30)
        assert left_primary(third.error_file.read_bytes()[begin:].decode(errors="replace")), "its log does not show it"
        cluster.start(2, 1)
        cluster.wait_synced()
        clients.goes_on()
    cluster.nothing_was_copied()
    cluster.check()


@scenario
def all_killed():
    """In whatever order they are started, everything that was acknowledged is there."""
    cluster = shared(kind=container_cluster)
    history = cluster.node(1).history()
    with writing(cluster) as clients:
        cluster.node(1).docker("kill", *(node.name for node in cluster.nodes))
        cluster.start(3, 1, 2)
        cluster.wait_synced()
        clients.goes_on()
    assert cluster.node(1).history() == history
    cluster.nothing_was_copied()
    cluster.check()


@scenario
def volume_deleted():
    """Container and volume of node 1 are gone: it has everything again by a full copy. The same while the others are down: alone
    it founds nothing; with them, of whom one was the last in the cluster, all is as before."""
    cluster = shared(kind=container_cluster)
    history, node = cluster.node(1).history(), cluster.node(1)
    with writing(cluster):
        node.lose_disk()
        node.start().wait_synced(3)
    assert node.how_joined() == "SST", f"{node} joined by {node.how_joined()}"
    cluster.check()

    for one in (1, 2, 3):
        cluster.node(one).docker_stop()
    node.lose_disk()
    node.start().wait_reason("node2")
    time.sleep(3)
    assert not node.galera() and not node.data.joinpath("ibdata1").exists(), f"it founded a cluster: {node.log()}"
    cluster.start(2, 3)
    cluster.wait_synced()
    assert {one.history() for one in cluster.nodes} == {history}
    assert node.how_joined() == "SST", f"{node} joined by {node.how_joined()}"
    cluster.check()


if __name__ == "__main__":
    play()
