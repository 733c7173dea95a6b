"""Eight transfers under one limit: through one relay, and in eight processes of which one is killed half-way."""

import time

from measure import arrivals, contenders, network
from measure.contenders import local
from measure.lab import Failure
from measure.markdown import table as markdown
from measure.passage import SETTLE, Passage

TITLE = "Eight transfers, one limit of 6000 KB/s"
PROGRAMS = {"mgc-shaper"}
MTU = network.ETHERNET_MTU
RATE = 6000 * 1024
TRANSFERS = 8


def run(bench):
    seconds = bench.choose("seconds", usual=30, quick=8)
    bench.say("eight connections through one relay")
    one = Passage(bench.lab, contenders.shaper_relay(bench.lab, "6000"), seconds=seconds, connections=TRANSFERS)
    rows = [figures("1 relay, 8 connections", one.release().finish(60 + seconds).flows)]
    bench.say("eight processes, one budget file, one killed")
    rows.append(figures("8 processes, one killed", eight_processes(bench.lab, seconds)))
    return {"seconds": seconds, "rows": rows}


def eight_processes(lab, seconds):
    budget = lab.path("budget")
    target = network.free_port()
    sink = lab.sink("--listen", local(target), "--connections", TRANSFERS, "--seconds", seconds,
                    *(["--realtime"] if lab.realtime else []))
    lab.wait_listening(target, sink)
    relays, sources = [], []
    for _ in range(TRANSFERS):
        entry = network.free_port()
        relay = contenders.shaper_relay(lab, "6000", budget)
        relays.append(lab.start(relay.command(entry, target)))
        lab.wait_listening(entry, relays[-1])
        sources.append(lab.source("--connect", local(entry)))
    time.sleep(SETTLE)
    for source in sources:
        lab.release(source)
    time.sleep(seconds / 2)
    relays[TRANSFERS // 2].kill()
    if sink.wait(60 + seconds) != 0:
        raise Failure(f"the sink failed: {sink.describe()}")
    flows = lab.flows(sink)
    lab.stop_all()
    return flows


def figures(name, flows):
    total = arrivals.merge(flows)
    alive = min(flow.last for flow in flows)  # until one is killed
    return {
        "name": name,
        "flows": len(flows),
        "jain": arrivals.lowest_jain([flow.between(flow.first, alive) for flow in flows], 1),
        "mean": arrivals.mean(total) / RATE,
        "highest 1 s": arrivals.highest(total, 1) / RATE,
        "lowest 1 s": arrivals.lowest(total, 1) / RATE,
    }


def table(data):
    return markdown(["transfers", "Jain, lowest 1 s", "mean of the sum", "highest 1 s", "lowest 1 s"],
                    [[row["name"], f"{row['jain']:.4f}", f"{row['mean']:.4f}", f"{row['highest 1 s']:.3f}",
                      f"{row['lowest 1 s']:.3f}"] for row in data["rows"]])
