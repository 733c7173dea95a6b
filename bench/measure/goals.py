"""The project's goals against what was measured: here those for mgc-shaper, in sst/goals.py those for state
transfers, in form/goals.py those for forming. Every verdict is computed; a part that was not measured has none."""

from measure import results
from measure.form import goals as forming
from measure.markdown import table as markdown
from measure.parts import limited, memory, unlimited
from measure.sst import goals as transfers

MB = 1 << 20


def ours(data):
    return [row for row in data["rows"] if row["name"].startswith("mgc-shaper")]


def farthest(values):
    """The value farthest from 1."""
    return max(values, key=lambda value: abs(value - 1))


def mean_rate(data):
    worst = max(data["rows"], key=lambda row: abs(row["mean"] - 1))
    off = worst["mean"] - 1
    return f"{100 * off:+.2f} % ({worst['limit']}, {mode(worst)}; {data['seconds']} s)", abs(off) <= 0.001


def one_second(data):
    row = max(data["rows"], key=lambda row: max(row["highest 1 s"] - 1, 1 - row["lowest 1 s"]))
    off = farthest((row["highest 1 s"], row["lowest 1 s"])) - 1
    return f"{100 * off:+.1f} % ({row['limit']}, {mode(row)})", abs(off) <= 0.01


def mode(row):
    return row["name"].split(", ")[1]


def tenth_of_a_second(data):
    worst = {row["name"]: limited.figures(row)["highest 100 ms"] for row in data["rows"]}
    reached = {name: worst[name] for name in limited.OURS}
    rivals = ", ".join(f"{name.split()[0]} {worst[name]:.2f}" for name in worst
                       if name.startswith(("pv", "nginx", "rsync")))
    return (", ".join(f"{name.split(', ')[1]} {value:.3f} x" for name, value in reached.items()) + f" ({rivals})",
            max(reached.values()) <= 1.02)


def stall(data):
    worst = max(row["excess ms"] for row in ours(data))
    rivals = ", ".join(f"{row['name'].split()[0]} {row['excess ms']:.0f} ms" for row in data["rows"]
                       if row not in ours(data))
    resolution = 1  # ms, the width of a bin
    return f"{worst:.0f} ms after {data['pause']} s ({rivals})", worst <= 250 + resolution


def relimit(data):
    """Without gift or debt: what remains is what at most 50 ms of the old rate explain. The command itself may take
    effect before it returns."""
    rows = ours(data)
    slowest = max(row["holds from"] for row in rows)
    worst = max(rows, key=lambda row: abs(row["delay"]))
    exact = all(-row["command"] <= row["delay"] <= 0.05 for row in rows)
    return (f"{1000 * slowest:.0f} ms; books off by at most {1000 * abs(worst['delay']):.0f} ms",
            slowest <= 0.05 and exact)


def fairness(data):
    one, eight = data["rows"]
    off = farthest((eight["highest 1 s"], eight["lowest 1 s"])) - 1
    return (f"Jain {one['jain']:.4f}; sum of 8 processes within {100 * abs(off):.1f} % in every 1 s",
            one["jain"] >= 0.99 and abs(off) <= 0.01)


def speed(data):
    value = unlimited.ratio(data, unlimited.OURS, unlimited.BARE, "mb_per_second")
    return f"{value:.2f} x", value >= 0.95


def cost(data):
    value = unlimited.ratio(data, unlimited.OURS, unlimited.HAPROXY, "cpu_per_gb")
    best = unlimited.ratio(data, unlimited.OURS, unlimited.HAPROXY_AT_ITS_BEST, "cpu_per_gb")
    return f"{value:.2f} x (splice-request with 1 MiB pipes: {best:.2f} x)", value <= 0.6


def limited_cost(data):
    relay, pipe = (limited.cpu_ratio(data, name, limited.PV) for name in limited.OURS)
    return f"relay {relay:.2f} x, pipe {pipe:.2f} x", relay <= 0.35


def resident(data):
    idle = [row for row in data["rows"] if "idle" in row["name"]]
    single = max(row["highest"] for row in data["rows"] if row not in idle)
    many = max(row["highest"] for row in idle)
    return (f"{single / MB:.1f} MB; {memory.IDLE} connections: {many / MB:.1f} MB",
            single <= 10 * MB and many <= 64 * MB)


GOALS = [
    ("mean over 60 s, 64 KB/s to 1 GB/s", "within 0.1 %", "sweep", mean_rate),
    ("worst sliding 1 s window", "within 1 %", "sweep", one_second),
    ("worst sliding 100 ms window at 6000 KB/s", "at most 1.02 x", "limited", tenth_of_a_second),
    ("excess after a stall, in total", "at most 250 ms of rate", "stall", stall),
    ("a changed limit holds from", "50 ms, no gift, no forgiven debt", "relimit", relimit),
    ("8 transfers, one limit", "Jain 0.99, sum within 1 %", "fairness", fairness),
    ("unlimited, against the bare splice loop", "at least 0.95 x", "unlimited", speed),
    ("CPU per GB unlimited, against HAProxy", "at most 0.6 x", "unlimited", cost),
    ("CPU at 6000 KB/s, against pv and socat", "at most 0.35 x", "limited", limited_cost),
    ("memory; 1,000 idle connections", "at most 10 MB; 64 MB", "memory", resident),
]


def table(records, goals=None):
    """`records`: part -> record. A rival that was left out leaves its goal without a verdict."""
    lines = []
    for what, goal, part, judge in goals or GOALS:
        reached, verdict = None, "not measured"
        if records.get(part):
            try:
                reached, good = judge(records[part])
                verdict = "reached" if good else "MISSED"
            except (KeyError, TypeError, ValueError, StopIteration):
                verdict = "not comparable"
        lines.append([what, goal, reached, verdict])
    return markdown(["", "goal", "reached", "verdict"], lines, left=4)


def write(directory, records):
    """All goals on one page; what `records` do not have is taken from the last records."""
    parts = {part for _, _, part, _ in GOALS + transfers.GOALS + forming.GOALS}
    known = {part: records[part] if part in records else results.newest(directory, part) for part in parts}
    (directory / "goals.md").write_text(
        f"# Goals\n\n## mgc-shaper\n\n{table(known)}\n\n## State transfers\n\n{table(known, transfers.GOALS)}\n\n"
        f"## Forming\n\n{table(known, forming.GOALS)}\n")
