"""Resident memory of mgc-shaper. The kernel's pipes and socket buffers are not in it."""

import os
import time

from measure import contenders, network
from measure.markdown import table as markdown
from measure.passage import Passage

TITLE = "Memory of mgc-shaper"
PROGRAMS = {"mgc-shaper"}
MTU = network.LOOPBACK_MTU
IDLE = 1000
MB = 1 << 20


def run(bench):
    lab = bench.lab
    rows = []
    for name, contender in (("pipe, 6000 KB/s", contenders.shaper_pipe(lab, "6000")),
                            ("pipe, unlimited", contenders.shaper_pipe(lab)),
                            ("relay, 6000 KB/s", contenders.shaper_relay(lab, "6000")),
                            ("relay, unlimited", contenders.shaper_relay(lab))):
        bench.say(name)
        passage = Passage(lab, contender, seconds=3).release()
        time.sleep(2)
        rows.append({"name": name, **passage.assembly.carriers[0].memory()})
        passage.finish(30)
    bench.say(f"{IDLE} idle connections")
    rows.append({"name": f"relay, {IDLE} idle connections", **idle_connections(lab)})
    return {"rows": rows}


def idle_connections(lab):
    """Idle first; then each sends a little, to see that all of them really are relayed."""
    passage = Passage(lab, contenders.shaper_relay(lab), 1 << 16, connections=IDLE)
    relay = passage.assembly.carriers[0]
    lab.wait_until(lambda: len(os.listdir(f"/proc/{relay.pid}/fd")) >= 2 * IDLE, relay,
                   f"relaying {IDLE} connections")
    time.sleep(1)
    memory = relay.memory()
    passage.release().finish(60)
    return memory


def table(data):
    return markdown(["mgc-shaper", "RSS MB", "highest MB"],
                    [[row["name"], f"{row['now'] / MB:.1f}", f"{row['highest'] / MB:.1f}"] for row in data["rows"]])
