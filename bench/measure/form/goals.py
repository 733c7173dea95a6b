"""The project's goals for forming and healing against what was measured."""

import statistics

from measure.form.report import MB, median

PART = "form"
ITS_OWN = {"rsync": "mgc_rsync", "mariabackup": "mgc_mariabackup"}


def forming(data):
    """Against the stock method of the same kind."""
    found = {method: median(data, f"mgc run, {ours}") / median(data, f"by hand, {method}") for method, ours in ITS_OWN.items()
             if f"mgc run, {ours}" in data["rounds"] and f"by hand, {method}" in data["rounds"]}
    return ", ".join(f"{method} {ratio:.2f} x" for method, ratio in found.items()), max(found.values()) <= 1.25


def healing(data):
    beyond = [one["all synced"] - one["crash recovery"] for one in data["power loss"]]
    return f"{statistics.median(beyond):.1f} s (most {max(beyond):.1f} s)", max(beyond) <= 10


def memory(data):
    most = max(one["run"]["highest resident bytes"] for one in data["footprint"]["nodes"])
    both = max(one["with children"]["resident bytes"] for one in data["footprint"]["nodes"])
    return f"{most / MB:.1f} MB (with its relay {both / MB:.1f} MB)", most <= 20 * MB


def idle(data):
    most = max(one["with children"]["core share"] for one in data["footprint"]["nodes"])
    return f"{100 * most:.2f} %", most < 0.005


GOALS = [
    ("three fresh nodes started together, against by hand", "at most 1.25 x", PART, forming),
    ("kill -9 of all: synced again, beyond crash recovery", "at most 10 s", PART, healing),
    ("memory of mgc run", "at most 20 MB", PART, memory),
    ("CPU of mgc run, idle", "under 0.5 % of a core", PART, idle),
]
