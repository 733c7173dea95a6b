#!/usr/bin/env python3
"""Disks are lost, swapped, or come from elsewhere: a node with an empty disk never founds a cluster in place of one that has
data, and data that a cluster does not contain is never replaced unasked."""

from orchestra import *


@scenario
def node1_empty_and_alone():
    """Its disk is new and the others, of which one was last, are down: it waits. With them it takes their data."""
    cluster = shared()
    cluster.node(1).stop()
    cluster.write(cluster.node(3))
    cluster.node(2).stop()
    cluster.node(3).stop()
    first = cluster.node(1)
    first.lose_disk()
    first.start().wait_reason("node2.*node3|node3.*node2")
    time.sleep(3)
    assert not (first.data / "mysql").exists() and first.server() is None, "an empty node began by itself"
    cluster.start(2)
    time.sleep(2)
    assert first.server() is None and not cluster.primaries(), "begun without the last one"
    cluster.start(3)
    cluster.wait_synced()
    assert first.how_joined() == "SST"
    cluster.check()


@scenario
def the_lost_disk_may_have_been_ahead():
    """After a power loss, one disk is new: it may have held rows that nobody else has. All wait and say why, until an
    operator decides."""
    cluster = shared()
    cluster.write(cluster.node(1))
    kill_all(cluster.nodes)
    cluster.node(1).lose_disk()
    cluster.start()
    reason = cluster.node(2).wait_reason("node1.*bootstrap --force|bootstrap --force.*node1")
    number = int(re.search(r"on node(\d)", reason)[1])
    time.sleep(3)
    assert not cluster.primaries(), f"{cluster.primaries()} founded although node 1 may have been ahead"
    warned = cluster.node(number).mgc("bootstrap", code=None)
    assert not cluster.primaries() and re.search("los|lack|may", warned), f"no warning: {warned}"
    cluster.node(number).mgc("bootstrap", "--force", "--yes")
    cluster.wait_synced()
    cluster.check()


@scenario
def datadir_lost_alone():
    """Of one node while the others serve: it takes their data. (Its memory of elections is still there.)"""
    cluster = shared()
    cluster.node(2).kill_everything()
    cluster.node(2).lose_data()
    cluster.write(cluster.node(1))
    cluster.start(2)
    cluster.wait_synced()
    assert cluster.node(2).how_joined() == "SST"
    cluster.check()


@scenario
def data_of_another_cluster():
    """A node with it is not let replace it, unless it is told that it may."""
    cluster = shared()
    stranger = Orchestra("elsewhere", count=1, port=3320)
    stranger.start().wait_synced()
    stranger.write(stranger.node(1))
    stranger.stop()
    third = cluster.node(3)
    third.stop()
    shutil.rmtree(third.data)
    shutil.copytree(stranger.node(1).data, third.data)
    sandbox.give_to_servers(third.data)
    before = fingerprint(third.data)
    third.start()
    reason = third.wait_reason("another history")
    assert "allow_data_replace" in reason, reason
    time.sleep(2)
    assert third.server() is None
    third.wait_health("ready", 1)
    third.stop()
    assert fingerprint(third.data) == before, "the data was touched"
    third.start(allow_data_replace=1)
    cluster.wait_synced()
    cluster.check()
    third.stop()
    third.start()
    cluster.wait_synced()
    stranger.end()


def fingerprint(data):
    """Of the files of the databases."""
    return {str(file.relative_to(data)): (file.stat().st_size, hash(file.read_bytes())) for file in sorted(data.rglob("*"))
            if file.is_file() and re.search(r"\.(ibd|frm|MAI|MAD)$|ibdata1|grastate", file.name)}


@scenario
def plain_data_becomes_the_cluster():
    """A server that was never in a cluster, its data on node 2, the others empty."""
    plain = Orchestra("plain", count=1, port=3330, cluster_mode=0)
    plain.start()
    wait_until("it serves", lambda: plain.node(1).socket and plain.node(1).mgc("health", "ready", code=None) is not None
               and _serves(plain.node(1)))
    plain.write(plain.node(1))
    plain.stop()
    assert not (plain.node(1).data / "grastate.dat").exists(), "Galera was on"
    cluster = Orchestra("grown", port=3340)
    cluster.node(2).base.mkdir(exist_ok=True)
    shutil.copytree(plain.node(1).data, cluster.node(2).data)
    sandbox.give_to_servers(cluster.node(2).base)
    cluster.acknowledged, cluster.next_row = plain.acknowledged, plain.next_row
    plain.end()
    cluster.start()
    cluster.wait_synced()
    cluster.check()
    cluster.stop()
    cluster.end()


def _serves(node):
    try:
        return node.sql("SELECT 1") == [["1"]]
    except Failure:
        return False


if __name__ == "__main__":
    play()
