#!/usr/bin/env python3
"""The status file: whole and valid at any moment, with the documented keys, and in the end the outcome."""

from harness import *

keys = """state error bytes total_bytes percent seconds remaining_seconds bytes_per_second average_bytes_per_second
          limit_bytes_per_second held_back_by waited_seconds""".split()
state = tmp / "status"


def check(now):
    assert list(now) == keys, now
    assert now["state"] in ("running", "complete", "failed"), now
    assert list(now["waited_seconds"]) == ["tokens", "source", "sink", "pause"], now


program = start("--limit", 200, "--size", "600k", "--status-json", state, stdin=subprocess.PIPE)
writer = in_background(lambda: (program.stdin.write(bytes(600 * 1024)), program.stdin.close()))
wait_until("it is there", state.exists)
seen = []
while program.poll() is None:
    seen.append(status(state))
    check(seen[-1])
ended(program, 0)
during = [s for s in seen if s["bytes"] and s["state"] == "running"]
assert during, "no state in the middle"
assert during[-1]["total_bytes"] == 600 * 1024 and 0 < during[-1]["percent"] <= 100, during[-1]
assert during[-1]["remaining_seconds"] is not None and during[-1]["held_back_by"] == "tokens", during[-1]
assert during[-1]["limit_bytes_per_second"] == 200 * 1024
last = status(state)
check(last)
assert (last["state"], last["error"], last["bytes"], last["percent"]) == ("complete", None, 600 * 1024, 100), last

failing = start("--limit", "unlimited", "--status-json", state, stdin=open("/dev/zero"), stdout=open("/dev/full", "wb"))
ended(failing, 1)
last = status(state)
check(last)
assert last["state"] == "failed" and "No space left" in last["error"], last
assert (last["total_bytes"], last["percent"], last["limit_bytes_per_second"]) == (None, None, None), last
assert not list(tmp.glob("status?*")), "files left behind"
