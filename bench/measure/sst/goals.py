"""The project's goals for state transfers against what was measured. Every verdict is computed; what was not
measured has none."""

from measure.sst.report import against_idle, rows

PART = "sst"
SLACK = 0.005  # 1.00 x is said with two decimals


def ours_at_6000(data):
    return [row for name, row in rows(data).items() if name.startswith("mgc-") and row["limit"] == 6000]


def short(row):
    return row["name"].removeprefix("mgc-").replace("-6000", "")


def clients(data):
    ratios = {short(row): against_idle(data, row) for row in ours_at_6000(data)}
    stock = rows(data).get("mariabackup-6000")
    versus = f" (stock rlimit {against_idle(data, stock):.2f} x)" if stock else ""
    return ", ".join(f"{name} {ratio:.2f} x" for name, ratio in ratios.items()) + versus, max(ratios.values()) <= 1.25


def one_second(data):
    found = {short(row): (row["even"]["lowest 1 s"] - 1, row["even"]["highest 1 s"] - 1)
             for row in ours_at_6000(data) if row["even"]}
    said = ", ".join(f"{name} {100 * low:+.1f} to {100 * high:+.1f} %" for name, (low, high) in found.items())
    return said, max(max(-low, high) for low, high in found.values()) <= 0.01


def small(data):
    saved = rows(data)["small-stock"]["wall"] - rows(data)["small-mgc"]["wall"]
    return f"{saved:.1f} s less", saved >= 9


def wall_ratio(data, method):
    """Where nothing but the two hosts is the limit, if that was measured; else on the slow link."""
    found = {}
    for stage in ("large-", ""):
        stock, ours = rows(data).get(f"{stage}{method}"), rows(data).get(f"{stage}mgc-{method}")
        if stock and ours:
            where = f"{stock['data bytes'] / (1 << 30):.1f} GB" if stage else "slow link"
            found[where] = ours["wall"] / stock["wall"]
    said = ", ".join(f"{where} {ratio:.2f} x" for where, ratio in found.items())
    return said, next(iter(found.values())) <= 1 + SLACK


def mariabackup(data):
    return wall_ratio(data, "mariabackup")


def rsync(data):
    return wall_ratio(data, "rsync")


def compressed(data):
    def seconds(row):
        return row["received after"] - row["asked after"]

    plain, auto = rows(data)["mgc-mariabackup-6000-off"], rows(data)["mgc-mariabackup-6000"]
    ratio = seconds(plain) / seconds(auto)
    fewer = plain["wire bytes"] / auto["wire bytes"]
    return f"{ratio:.2f} x ({seconds(plain):.1f} s, {seconds(auto):.1f} s; bytes {fewer:.2f} x)", ratio >= 1.8


def stall(data):
    limit = rows(data)["mariabackup"]["stall"]
    worst = max(row["stall"] for row in ours_at_6000(data) if "mariabackup" in row["name"])
    idle = rows(data)["idle"]["stall"]
    return f"{worst:.0f} ms (stock {limit:.0f} ms, idle {idle:.0f} ms)", worst <= limit


def cost(data):
    unlimited = [row for row in rows(data).values() if "cpu per GB" in row and not row["limit"]]
    judged = ([row for row in unlimited if row["stage"] == "large"]
              or [row for row in unlimited if row["stage"] == "link"])
    worst = max(judged, key=lambda row: max(row["cpu per GB"].values()))
    used = worst["cpu per GB"]
    return f"donor {used['donor']:.3f} s, joiner {used['joiner']:.3f} s ({worst['title']})", max(used.values()) <= 0.3


GOALS = [
    ("p99 of clients on the donor at limit 6000, against idle", "at most 1.25 x", PART, clients),
    ("wire rate at limit 6000, any 1 s", "within 1 %", PART, one_second),
    ("mgc_mariabackup unlimited, small data, against stock", "at least 9 s less", PART, small),
    ("mgc_mariabackup unlimited, large data, against stock", "at most 1.00 x", PART, mariabackup),
    ("mgc_rsync unlimited, against stock", "at most 1.00 x", PART, rsync),
    ("limit 6000 with zstd auto, against without", "at least 1.8 x sooner", PART, compressed),
    ("longest write stall, mgc_mariabackup at 6000", "at most stock unlimited's", PART, stall),
    ("CPU of mgc per GB, unlimited", "at most 0.3 s each", PART, cost),
]
