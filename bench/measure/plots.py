"""The pictures of the README, as SVG."""

from statistics import median

import matplotlib

matplotlib.use("svg")
matplotlib.rcParams.update({
    "font.family": "DejaVu Sans", "font.size": 11, "svg.hashsalt": "mgc", "axes.spines.top": False,
    "axes.spines.right": False, "axes.edgecolor": "#9aa0a6", "xtick.color": "#5f6368", "ytick.color": "#5f6368",
    "text.color": "#202124", "axes.labelcolor": "#5f6368",
})
from matplotlib import pyplot  # noqa: E402  (after the backend is chosen)

OURS, RIVAL, TARGET = "#0b7a75", "#c8553d", "#202124"
FIRST_SECOND = 2.0  # shown from here: past what happens only at the start


def limited(data, path):
    """KB in every 10 ms, one second of it: pv above, mgc-shaper below, on the same axes."""
    bins = {row["name"]: row["bins"] for row in data["rows"]}
    ours = "mgc-shaper, relay"
    pv = next((name for name in bins if name.startswith("pv")), None)
    if pv is None or ours not in bins:
        return
    target = data["rate"] / 1024 / 100
    figure, axes = pyplot.subplots(2, 1, sharex=True, sharey=True, figsize=(9, 5))
    for panel, name, colour, title in ((axes[0], pv, RIVAL, "pv -L 6000k"),
                                       (axes[1], ours, OURS, "mgc-shaper --limit 6000")):
        start = int(FIRST_SECOND * 100)
        shown = [count / 1024 for count in bins[name][start : start + 100]]
        panel.stairs(shown, [10 * index for index in range(len(shown) + 1)], fill=True, color=colour)
        panel.axhline(target, color=TARGET, linewidth=1, dashes=(4, 3))
        panel.set_title(title, loc="left", color=colour, fontweight="bold", fontsize=13)
        panel.set_title(f"{min(shown):.0f} to {max(shown):.0f} KB in 10 ms", loc="right", color=colour, fontsize=11)
        panel.tick_params(length=0)
    axes[0].set_xlim(0, 1000)
    axes[1].annotate(f"the limit, 6000 KB/s: {target:.0f} KB in 10 ms", (1000, 1.3 * target), xytext=(0, 5),
                     textcoords="offset points", ha="right", va="bottom", fontsize=10)
    axes[1].set_xlabel("milliseconds")
    figure.supylabel("KB received in each 10 ms", color="#5f6368", fontsize=11)
    save(figure, path)


def unlimited(data, path):
    """Bars of speed and of CPU time, fastest first."""
    rows = sorted(data["rows"], key=lambda row: median(row["mb_per_second"]))
    rows = [row for row in rows if row["name"] != "no relay"]
    names = [row["name"] for row in rows]
    colours = [OURS if name.startswith("mgc-shaper") else "#b0b7bd" for name in names]
    figure, (speed, cost) = pyplot.subplots(1, 2, sharey=True, figsize=(9, 0.45 * len(rows) + 1))
    for panel, key, title, form in ((speed, "mb_per_second", "MB/s", "{:,.0f}"),
                                    (cost, "cpu_per_gb", "CPU seconds per GB", "{:.2f}")):
        values = [median(row[key]) for row in rows]
        panel.barh(names, values, color=colours, height=0.7)
        for index, value in enumerate(values):
            panel.annotate(form.format(value), (value, index), xytext=(4, 0), textcoords="offset points", va="center",
                           fontsize=10)
        panel.set_title(title, loc="left", fontsize=12)
        panel.set_xlim(0, 1.18 * max(values))
        panel.set_xticks([])
        panel.tick_params(length=0)
        panel.spines["bottom"].set_visible(False)
    for label, name in zip(speed.get_yticklabels(), names):
        if name.startswith("mgc-shaper"):
            label.set(color=OURS, fontweight="bold")
    save(figure, path)


def transfers(data, directory):
    """What the clients felt, and what went over the wire, over the time of each join: a small panel for each row."""
    rows = [row for row in data["rows"] if row["stage"] in ("idle", "link")]
    idle = next((row for row in rows if row["stage"] == "idle"), None)
    felt = [row for row in rows if any(row.get("p99 by second", []))]
    sent = [row for row in rows if row.get("rate")]
    if felt:
        draw_panels(felt, directory / "sst-p99.svg", "p99 of the clients' transactions in each second, ms", read_panel,
                    idle["p99"] if idle else None)
    if sent:
        draw_panels(sent, directory / "sst-rate.svg", "KB/s on the wire in each 100 ms", rate_panel, None)


def draw_panels(rows, path, label, fill, level):
    figure, axes = pyplot.subplots((len(rows) + 1) // 2, 2, sharex=True, sharey=True, squeeze=False,
                                   figsize=(11, 1.7 * ((len(rows) + 1) // 2) + 0.6))
    for panel in axes.flat[len(rows):]:
        panel.set_visible(False)
    for panel, row in zip(axes.flat, rows):
        colour = OURS if row["name"].startswith("mgc-") else TARGET if row["stage"] == "idle" else RIVAL
        panel.set_title(row["title"], loc="left", color=colour, fontweight="bold", fontsize=11)
        fill(panel, row, colour, level)
        panel.tick_params(length=0)
    for panel in axes[-1]:
        panel.set_xlabel("seconds after the joiner's start")
    figure.supylabel(label, color="#5f6368", fontsize=11)
    save(figure, path)


def read_panel(panel, row, colour, idle):
    """On a logarithmic scale; the transfer itself is shaded."""
    if row["stage"] != "idle":
        panel.axvspan(row["transfer begins"], row["transfer ends"], color="#eef1f3", linewidth=0)
    values = [float("nan") if value is None else value for value in row["p99 by second"]]
    panel.step([index + 0.5 for index in range(len(values))], values, where="mid", color=colour, linewidth=1.8)
    panel.set_yscale("log")
    if idle:
        panel.axhline(idle, color=TARGET, linewidth=1, dashes=(4, 3))
    panel.set_title(f"{row['p99']:.1f} ms, {row['tps']:.0f} per second", loc="right", color=colour, fontsize=10)


def rate_panel(panel, row, colour, _):
    panel.stairs(row["rate"], [index / 10 for index in range(len(row["rate"]) + 1)], fill=True, color=colour)
    if row["limit"]:
        panel.axhline(row["limit"], color=TARGET, linewidth=1, dashes=(4, 3))
    panel.set_title(f"{row['wire bytes'] / (1 << 20):.0f} MB in {row['transfer']:.1f} s", loc="right", color=colour,
                    fontsize=10)


def save(figure, path):
    figure.tight_layout()
    figure.savefig(path, facecolor="white", metadata={"Date": None})
    pyplot.close(figure)
