"""Limiters at 6000 KB/s: how evenly they send, and what that costs. Source and sink never hold them back."""

from statistics import median

from measure import contenders, evenness, network, rsync
from measure.evenness import COLUMNS
from measure.markdown import table as markdown

TITLE = "Limited to 6000 KB/s"
PROGRAMS = {"mgc-shaper", "pv", "socat", "nginx", "rsync"}
MTU = network.ETHERNET_MTU
RATE = 6000 * 1024
GB = 1 << 30

OURS = ("mgc-shaper, relay", "mgc-shaper, pipe")
PV = "pv -L 6000k | socat"
PICTURE = 400  # bins kept of one round, for the plot


class Metronome(contenders.Direct):
    """No limiter: 1 ms worth of bytes each millisecond by a real-time clock. What it shows beyond 1 is the error of
    the measuring itself."""


def contestants(lab):
    return [
        Metronome("(even by construction)"),
        contenders.shaper_relay(lab, "6000"),
        contenders.shaper_pipe(lab, "6000"),
        contenders.pv(lab, "6000k"),
        contenders.nginx(lab, RATE),
        rsync.Sender(6000),
    ]


def run(bench):
    seconds = bench.choose("seconds", usual=20, quick=5)
    size = RATE * seconds
    rows = {}
    for contender in bench.rounds(contestants(bench.lab), usual=3):
        beat = ["--chunk", RATE // 1000, "--every", 1000] if isinstance(contender, Metronome) else []
        carried = bench.carry(contender, size, timeout=60 + 2 * seconds, source=beat)
        row = rows.setdefault(contender.name, {"name": contender.name, "rounds": [], "cpu_per_gb": []})
        row["rounds"].append(evenness.of(carried.flow, RATE))
        row["cpu_per_gb"].append(carried.cpu * GB / size)
        row.setdefault("bins", carried.flow.bins[:PICTURE])
    return {"seconds": seconds, "rate": RATE, "rows": list(rows.values())}


def figures(row):
    """Over all rounds: the median mean, the worst windows."""
    rounds = row["rounds"]
    return {column: (median if column == "mean" else max if "highest" in column else min)(r[column] for r in rounds)
            for column in COLUMNS}


def cpu_ratio(data, name, other):
    rows = {row["name"]: row["cpu_per_gb"] for row in data["rows"]}
    if name not in rows or other not in rows or not all(rows[other]):
        return None
    return median(mine / theirs for mine, theirs in zip(rows[name], rows[other]))


def table(data):
    def line(row):
        cpu = median(row["cpu_per_gb"])
        return [row["name"], *evenness.cells(figures(row)), cpu or None,
                cpu_ratio(data, row["name"], PV) if cpu else None]

    return markdown(["limiter", *COLUMNS, "CPU s/GB", "x pv"], [line(row) for row in data["rows"]])
