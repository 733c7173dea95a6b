#!/usr/bin/env python3
"""IST through `mgc ist-relay`: the SST programs only say that it is one (bypass) and touch nothing; the joiner gets exactly
the write-sets that it missed, and a large IST obeys the limit, also one that changes in the middle."""

from cluster import *

KB_PER_S = 2000


def rejoin(joiner, missed_from):
    """The joiner, stopped at this seqno, has come back: by IST, with each write-set once."""
    joiner.wait_synced()
    log = joiner.log()
    first, last = map(int, re.search(r"Receiving IST: \d+ writesets, seqnos (\d+)-(\d+)", log).groups())
    assert first == missed_from + 1, f"IST begins with {first}, {missed_from} was the last one before"
    assert f"({last - first + 1}/{last - first + 1} events) complete" in log, "not all events came"
    heard = f"complete, seqno {first} to {last}, {last - first + 1} events"
    assert heard in joiner.relay_log(), f"the relay does not say '{heard}': {joiner.relay_log()}"
    assert last == donor.seqno() and joiner.seqno() == last, f"{last} of {donor.seqno()}, joiner at {joiner.seqno()}"
    assert joiner.checksums() == donor.checksums()
    assert "IST is enough" in log, "a full SST instead"
    donor.cluster.no_leftovers()
    return last - first + 1


for method in ("mgc_mariabackup", "mgc_rsync"):
    cluster = Cluster(method, provider={"gcache.size": "128M"})
    donor, joiner = cluster.nodes(2)
    donor.bootstrap()
    joiner.wipe()
    joiner.start_ist_relay("--limit", "unlimited").start().wait_synced()
    joiner.stop()
    wait_until("the group has noted that it left", lambda: donor.status("wsrep_cluster_size") == "1")
    donor.sql("".join(f"INSERT INTO parent VALUES ({number});\n" for number in range(100000, 100500)), "shop")
    missed_from = joiner.left_at()
    joiner.start()
    count = rejoin(joiner, missed_from)
    assert count >= 500
    print(f"{method}: {count} events", flush=True)
    if method == "mgc_rsync":
        cluster.stop()
        continue

    joiner.stop()
    wait_until("the group has noted that it left", lambda: donor.status("wsrep_cluster_size") == "1")
    donor.sql("CREATE TABLE large (id INT PRIMARY KEY, filler LONGBLOB)", "shop")
    donor.sql("".join(f"INSERT INTO large VALUES ({number}, REPEAT('x', 200000));\n" for number in range(200)), "shop")
    run(programs / "mgc", "limit", KB_PER_S, "--budget", joiner.budget)
    missed_from = joiner.left_at()
    joiner.start()
    joiner.wait_log("Receiving IST...")
    began = time.monotonic()
    time.sleep(4)
    transfers = json.loads(run(programs / "mgc", "status", "--json", "--budget", joiner.budget))["transfers"]
    assert len(transfers) == 1 and 0.9 < transfers[0]["bytes_per_second"] / 1024 / KB_PER_S < 1.1, transfers
    run(programs / "mgc", "limit", "unlimited", "--budget", joiner.budget)
    rejoin(joiner, missed_from)
    took = time.monotonic() - began
    assert 4 < took < 15, f"{took:.1f} s: 39 MB at 2000 KB/s for 5 s, then without a limit"
    cluster.stop()
