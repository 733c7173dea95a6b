#!/usr/bin/env python3
"""`--set-limit` reaches running transfers: pause stops them all, a new limit lets them go on, at once and at its pace."""

from harness import *

budget, content = tmp / "budget", os.urandom(2_000_000)
(tmp / "input").write_bytes(content)


def set_limit(limit, answer):
    change = start("--budget", budget, "--set-limit", limit, stdout=subprocess.PIPE)
    assert change.stdout.read().decode() == f"{budget}: {answer}\n"
    ended(change, 0)


def run(name):
    return start("--budget", budget, "--limit", 100, stdin=open(tmp / "input"), stdout=open(tmp / name, "wb"))


def moved():
    return [(tmp / name).stat().st_size for name in ("first", "second")]


def at_rest():
    before = moved()
    time.sleep(0.5)
    return moved() == before


transfers = run("first"), run("second")
wait_until("both move", lambda: all(moved()))
set_limit("pause", "100 KB/s -> paused")
wait_until("they stand still", at_rest)
still = moved()
assert at_rest() and at_rest(), "bytes moved during the pause"
third = start("--budget", budget, stdin=open(tmp / "input"), stdout=open(tmp / "third", "wb"))
assert at_rest() and (tmp / "third").stat().st_size == 0, "one that began in the pause moved bytes"
set_limit("100", "paused -> 100 KB/s")
wait_until("they go on", lambda: all(now > then for now, then in zip(moved(), still)))
set_limit("1G", "100 KB/s -> 1048576 KB/s")
for transfer, name in zip(transfers, ("first", "second")):
    ended(transfer, 0)
    assert (tmp / name).read_bytes() == content
ended(third, 0)
set_limit("unlimited", "1048576 KB/s -> unlimited")
