"""How fast, and for how much CPU time: relays without a limit, moving the same bytes in turn on the same cores."""

from statistics import median

from measure import arrivals, contenders, network
from measure.markdown import table as markdown

TITLE = "Unlimited"
PROGRAMS = {"mgc-shaper", "haproxy", "nginx", "socat"}
MTU = network.LOOPBACK_MTU
MB, GB = 1 << 20, 1 << 30

BARE = "bare splice loop"
HAPROXY = "HAProxy, splice-auto"
HAPROXY_AT_ITS_BEST = "HAProxy, splice-request, 1 MiB pipe"
OURS = "mgc-shaper"


def contestants(lab):
    return [
        contenders.Direct("no relay"),
        contenders.bare_splice(lab),
        contenders.bare_copy(lab),
        contenders.shaper_relay(lab),
        contenders.haproxy(lab),
        contenders.haproxy_at_its_best(lab),
        contenders.nginx(lab),
        contenders.socat(lab),
    ]


def run(bench):
    size = bench.choose("gigabytes", usual=8, quick=2) * GB
    rows = {}
    for contender in bench.rounds(contestants(bench.lab), usual=5):
        # No real-time sink: here it would take the CPU from the relay.
        carried = bench.carry(contender, size, timeout=60 + size / (100 * MB), realtime=False)
        row = rows.setdefault(contender.name, {"name": contender.name, "mb_per_second": [], "cpu_per_gb": []})
        row["mb_per_second"].append(arrivals.throughput(carried.flow) / MB)
        row["cpu_per_gb"].append(carried.cpu * GB / size)
    return {"gigabytes": size // GB, "rows": list(rows.values())}


def ratio(data, name, other, key):
    """Median over the rounds of the ratio within a round; None if one of the two was left out."""
    rows = {row["name"]: row[key] for row in data["rows"]}
    if name not in rows or other not in rows or not all(rows[other]):
        return None
    return median(mine / theirs for mine, theirs in zip(rows[name], rows[other]))


def table(data):
    def line(row):
        name = row["name"]
        cpu = median(row["cpu_per_gb"])
        speeds = row["mb_per_second"]
        return [name, f"{median(speeds):.0f}", f"{min(speeds):.0f}-{max(speeds):.0f}",
                ratio(data, name, BARE, "mb_per_second"), ratio(data, name, HAPROXY, "mb_per_second"),
                f"{cpu:.3f}" if cpu else None,
                ratio(data, name, BARE, "cpu_per_gb") if cpu else None,
                ratio(data, name, HAPROXY, "cpu_per_gb") if cpu else None]

    return markdown(["relay", "MB/s", "of rounds", "x bare", "x HAProxy", "CPU s/GB", "x bare", "x HAProxy"],
                    [line(row) for row in data["rows"]])
