#!/usr/bin/env python3
"""From the image of one MariaDB series to that of the next, one node at a time and while clients write; and what happens to who
goes the way back."""

import containers

containers.SERIES = ("10.11", "11.8")
from containers import *  # noqa: E402

OLD, NEW = "mgc:10.11", "mgc:11.8"


def replaced(node, image):
    """The container is another one, of this image, on the same volume."""
    node.docker_stop()
    node.remove()
    node.image = image
    return node.start()


@scenario
def one_node_at_a_time():
    """There is a Primary all the time, each comes back by an increment, and its system tables are the new server's."""
    cluster = shared("upgrading", kind=container_cluster, image=OLD)
    with writing(cluster) as clients:
        for node in cluster.nodes:
            with stay_primary(cluster.others(node)):
                replaced(node, NEW).wait_synced(3)
                wait_until("its system tables are upgraded", lambda: upgraded_to(node).startswith("11.8"), 60)
                node.wait_synced(3)
            assert node.how_joined() == "IST", f"{node} joined by {node.how_joined()}"
            assert node.sql("SELECT VERSION()")[0][0].startswith("11.8.")
            clients.goes_on()
    for node in cluster.nodes:
        wrong = [line for line in node.errors().splitlines() if "[ERROR]" in line]
        assert not wrong, f"{node} says {wrong}"
    cluster.check()


def upgraded_to(node):
    """What mariadb-upgrade notes in the datadir when it is done."""
    for name in ("mariadb_upgrade_info", "mysql_upgrade_info"):
        if node.data.joinpath(name).exists():
            return node.data.joinpath(name).read_text()
    return ""


@scenario
def the_way_back():
    """The old server refuses what the new one has upgraded, and says why; nothing happens to it, and the new one goes on with
    it. Nor does it take a copy of the new one's data."""
    cluster = shared("upgrading", kind=container_cluster, image=NEW)
    node = cluster.node(3)
    replaced(node, OLD)
    assert node.wait_ended() == BAD_CONFIGURATION, node.log()
    for part in ("my_datadir", "11.8.", "10.11.", "MariaDB 11.8 or newer"):
        assert part in node.log(), f"'{part}' is not in: {node.log()}"
    assert not node.errors(), f"a server was started: {node.errors()}"
    node.remove()
    node.image = NEW
    with stay_primary(cluster.others(node)):
        node.start().wait_synced(3)
    cluster.nothing_was_copied(node)
    cluster.check()

    node.lose_disk()
    node.image = OLD
    node.start().wait_reason("full copy of node[12].*11[.]8.*10[.]11")
    assert not node.data.joinpath("ibdata1").exists()
    node.lose_disk()
    node.image = NEW
    node.start().wait_synced(3)
    assert node.how_joined() == "SST", f"{node} joined by {node.how_joined()}"
    cluster.check()


@scenario
def copy_for_the_new_server():
    """A node of the new series whose volume is empty, in a cluster of the old one, is told what to do, and touches nothing."""
    cluster = shared("mixed", kind=container_cluster, port=3320, image=OLD)
    node = cluster.node(2)
    with stay_primary([cluster.node(1), cluster.node(3)]):
        node.docker_stop()
        node.lose_disk()
        node.image = NEW
        node.start().wait_reason("full copy of node[13].*10[.]11.*wsrep_sst_method")
        assert not node.data.joinpath("ibdata1").exists()
        node.lose_disk()
        node.image = OLD
        node.start().wait_synced(3)
    cluster.check()


if __name__ == "__main__":
    play()
