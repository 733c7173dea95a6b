"""The source falls silent and then sends at full speed: how much does the limiter let through at once?"""

import time

from measure import arrivals, contenders, network
from measure.markdown import table as markdown
from measure.passage import Passage

TITLE = "After a stall"
PROGRAMS = {"mgc-shaper", "nginx", "pv", "socat"}
MTU = network.ETHERNET_MTU
RATE = 6000 * 1024
BEFORE = 2  # seconds worth of bytes before the stall
AFTER = 30  # and after it: who spends 250 ms of credit at 1 % above the rate needs 25 s
APART = 3


def run(bench):
    """All contenders wait at the same time, but wake up one after another."""
    lab, pause = bench.lab, bench.choose("stall", usual=20, quick=5)
    contestants = bench.wanted([
        contenders.shaper_relay(lab, "6000"),
        contenders.shaper_pipe(lab, "6000"),
        contenders.nginx(lab, RATE),
        contenders.pv(lab, "6000k"),
    ])
    bench.say(f"{len(contestants)} limiters, {pause} s of silence each")
    passages = []
    for contender in contestants:
        # pv lets all through that it has saved up, and then goes on at its rate.
        size = RATE * (BEFORE + AFTER + (pause if "pv" in contender.programs else 0))
        passages.append(Passage(lab, contender, size, bin_us=1000,
                                source=["--pause-after", RATE * BEFORE, "--pause", pause]).release())
        time.sleep(APART)
    rows = []
    for contender, passage in zip(contestants, passages):
        found = arrivals.stall(passage.finish(timeout=60 + 2 * (pause + BEFORE + AFTER), alone=False).flow, RATE)
        rows.append({"name": contender.name, "silence": found.silence, "excess": found.excess,
                     "excess ms": 1000 * found.excess / RATE})
    lab.stop_all()
    return {"pause": pause, "rate": RATE, "rows": rows}


def table(data):
    return markdown(["limiter, 6000 KB/s", "silence s", "excess KB", "excess ms of rate"],
                    [[row["name"], f"{row['silence']:.1f}", f"{row['excess'] / 1024:.0f}", f"{row['excess ms']:.0f}"]
                     for row in data["rows"]])
