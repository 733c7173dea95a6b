"""The limit is changed while bytes flow: from when does the new one hold, and what is given or kept back?"""

import time

from measure import arrivals, contenders, network, programs
from measure.markdown import table as markdown
from measure.passage import Passage

TITLE = "A limit changed live"
PROGRAMS = {"mgc-shaper", "pv", "socat"}
MTU = network.ETHERNET_MTU
STEPS = (6000, 20000, 3000)  # KB/s


def run(bench):
    """Pairs of a contender and the command that gives a running one another limit."""
    lab = bench.lab

    def with_budget(make):
        budget = lab.path("budget")
        return (make(lab, STEPS[0], budget),
                lambda kilobytes, _: [lab.shaper, "--budget", budget, "--set-limit", kilobytes])

    pairs = [
        with_budget(contenders.shaper_relay),
        with_budget(contenders.shaper_pipe),
        (contenders.pv(lab, f"{STEPS[0]}k"),
         lambda kilobytes, pv: [programs.find("pv"), "-R", pv.pid, "-L", f"{kilobytes}k"]),
    ]
    rows = []
    for contender, command in pairs:
        if bench.wanted([contender]):
            bench.say(contender.name)
            rows += measure(bench, contender, command)
    return {"rows": rows}


def measure(bench, contender, command):
    hold = bench.choose("seconds", usual=8, quick=6)  # for each limit
    passage = Passage(bench.lab, contender, seconds=3 * hold + 1, bin_us=1000).release()
    changes = []
    for old, new in zip(STEPS, STEPS[1:]):
        time.sleep(hold)
        begin = time.monotonic()
        bench.lab.run(command(new, passage.assembly.carriers[0]))
        changes.append((old, new, begin, time.monotonic()))
    end = changes[-1][3] + hold
    flow = passage.finish(timeout=60 + 2 * hold).flow
    ends = [changes[1][2], end]
    rows = []
    for (old, new, begin, at), until in zip(changes, ends):
        found = arrivals.change(flow, at, until, old * 1024, new * 1024)
        rows.append({"name": contender.name, "old": old, "new": new, "command": at - begin,
                     "holds from": found.holds_from, "delay": found.delay, "excess": found.excess})
    return rows


def table(data):
    return markdown(
        ["limiter", "KB/s", "holds from ms", "given (+) or kept back (-) KB", "as ms of delay"],
        [[row["name"], f"{row['old']} to {row['new']}", f"{1000 * row['holds from']:.0f}",
          f"{row['excess'] / 1024:+.0f}", f"{1000 * row['delay']:.0f}"] for row in data["rows"]])
