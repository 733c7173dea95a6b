#!/usr/bin/env python3
"""A full SST between servers with binary logs, with InnoDB's files, undo logs, redo log and Aria's log in directories of
their own, and with spaces, dots and non-ASCII letters in their paths, by each method."""

from cluster import *

for method in ("mgc_mariabackup", "mgc_rsync"):
    cluster = Cluster(method, mgc={"transfer_limit": "unlimited"})
    donor, joiner = cluster.nodes(2, odd_names=True, separate=True)
    for node in (donor, joiner):
        logs = node.root / "binary logs"
        logs.mkdir()
        sandbox.give_to_servers(logs)
        node.mysqld = {"log_bin": logs / "binlog", "log_slave_updates": 1, "gtid_domain_id": 7, "wsrep_gtid_mode": 1,
                       "wsrep_gtid_domain_id": 9}
    donor.bootstrap()
    donor.sql("UPDATE item SET name = 'changed' WHERE id < 100; FLUSH BINARY LOGS", "shop")
    donor.sql("UPDATE item SET name = 'changed again' WHERE id < 100", "shop")
    for old_data in (False, True):
        if old_data:
            joiner.stop()
            joiner.forget_position()
        else:
            joiner.wipe()
        joiner.start().wait_synced()
        assert joiner.checksums() == donor.checksums()
        cluster.no_leftovers()
        for option, place in joiner.separate.items():
            stray = [name for name in ("ibdata1", "ib_logfile0", "undo001", "aria_log_control") if (joiner.data / name).exists()]
            assert any(place.iterdir()) and not stray, f"{option}: {list(place.iterdir())}, in the data directory: {stray}"
        donor.sql("UPDATE item SET name = 'after the SST' WHERE id < 10", "shop")
        expected = donor.sql("SELECT @@gtid_binlog_pos")
        wait_until(f"{joiner} has logged as much as {donor}: {expected}", lambda: joiner.sql("SELECT @@gtid_binlog_pos") == expected)
        joiner.restart()  # its new binary logs and index are in order
        assert joiner.sql("SELECT @@gtid_binlog_pos") == expected
        print(f"{method}, {'over old data' if old_data else 'empty'}: {expected[0][0]}", flush=True)
    cluster.stop()
