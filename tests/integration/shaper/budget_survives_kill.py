#!/usr/bin/env python3
"""One of two that share a budget is killed: the other goes on, and a third takes the dead one's place."""

from harness import *

budget = tmp / "budget"


def run(name):
    return start("--budget", budget, "--limit", 2000, stdin=open("/dev/zero"), stdout=open(tmp / name, "wb"))


def moved(name):
    return (tmp / name).stat().st_size


first, second = run("first"), run("second")
wait_until("both move", lambda: moved("first") and moved("second"))
first.kill()
ended(first, -9)
left, before = moved("first"), moved("second")
wait_until("the second goes on", lambda: moved("second") > before + 1_000_000)
third = run("third")
before = moved("second")
wait_until("the third moves beside it", lambda: moved("third") > 1_000_000 and moved("second") > before + 500_000)
assert moved("first") == left
for process in (second, third):
    end_by(process, signal.SIGTERM)
    ended(process, 143)
assert not list(tmp.glob("budget?*")), "files left behind beside the budget"
