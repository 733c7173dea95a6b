"""mgc-shaper from 64 KB/s to 1 GB/s: does it keep to the rate?"""

from measure import contenders, evenness, network
from measure.evenness import COLUMNS
from measure.markdown import table as markdown

TITLE = "Accuracy of mgc-shaper"
PROGRAMS = {"mgc-shaper"}
MTU = network.ETHERNET_MTU

KB, MB, GB = 1 << 10, 1 << 20, 1 << 30
RATES = {"64": 64 * KB, "1000": 1000 * KB, "6000": 6000 * KB, "50M": 50 * MB, "400mbit": 50_000_000,
         "500M": 500 * MB, "1G": GB}


def run(bench):
    seconds = bench.choose("seconds", usual=60, quick=5)
    rows = []
    for limit, rate in RATES.items():
        for contender in (contenders.shaper_relay(bench.lab, limit), contenders.shaper_pipe(bench.lab, limit)):
            bench.say(f"{contender.name} {limit}")
            carried = bench.carry(contender, rate * seconds, timeout=60 + 2 * seconds)
            rows.append({"limit": limit, "name": contender.name, **evenness.of(carried.flow, rate),
                         "cpu percent": 100 * carried.cpu / seconds})
    return {"seconds": seconds, "rows": rows}


def table(data):
    return markdown(["limit", "mode", *COLUMNS, "CPU %"],
                    [[row["limit"], row["name"].split(", ")[1], *evenness.cells(row), f"{row['cpu percent']:.1f}"]
                     for row in data["rows"]], left=2)
