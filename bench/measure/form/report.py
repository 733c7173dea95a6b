"""Three nodes on one machine, on loopback addresses, each with an empty disk: how long until all are synced? `mgc run`
three times at one moment, against the sequence by hand: mariadb-install-db, the first server with --wsrep-new-cluster, the same
users, the second, the third, each started when the one before is synced. Same settings of the server, same durability; looked
at every 50 ms, in the servers' logs. Kinds take turns; the median of the rounds counts.

After a power loss (kill -9 of everything with rows in the redo log): three times `mgc run` at one moment, until all are
synced in a Primary component again; beside it the three servers' crash recovery alone, without Galera, on copies.
"""

import statistics

from measure.markdown import table as markdown

TITLE = "Forming"
MB = 1 << 20


def median(data, kind, key="all synced"):
    found = [figures[key] for figures in data["rounds"].get(kind, [])]
    return statistics.median(found) if found else None


def table(data):
    lines = []
    for kind in data["rounds"]:
        hand = [against for against in data["rounds"] if against.startswith("by hand")]
        middle = median(data, kind)
        ratios = [f"{middle / median(data, against):.2f} x" if kind.startswith("mgc run") else None for against in hand]
        walls = [figures["all synced"] for figures in data["rounds"][kind]]
        lines.append([kind, f"{middle:.2f}", f"{min(walls):.2f}", f"{max(walls):.2f}", len(walls), *ratios])
    text = markdown(["from empty disks to three synced nodes", "s", "least", "most", "rounds",
                     *(f"against {kind}" for kind in data["rounds"] if kind.startswith("by hand"))], lines)
    if data.get("power loss"):
        text += "\n\n" + markdown(
            ["after a power loss", "all synced, s", "crash recovery alone, s", "beyond it, s"],
            [[f"round {number}", one["all synced"], one["crash recovery"], one["all synced"] - one["crash recovery"]]
             for number, one in enumerate(data["power loss"], 1)])
    if data.get("footprint"):
        text += "\n\n" + markdown(
            ["idle, synced", "resident MB", "highest MB", "% of a core", "with its relay: MB", "% of a core"],
            [[f"node {number}", one["run"]["resident bytes"] / MB, one["run"]["highest resident bytes"] / MB,
              f"{100 * one['run']['core share']:.2f}", one["with children"]["resident bytes"] / MB,
              f"{100 * one['with children']['core share']:.2f}"]
             for number, one in enumerate(data["footprint"]["nodes"], 1)])
    return text
