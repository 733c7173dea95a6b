#!/usr/bin/env python3
"""`mgc status` tells limit, bytes, percent, rate, ETA and what holds a real transfer back, as text and as JSON."""

from node import *

(tmp / "none").mkdir()
refuses(2, "there is no such file; the next transfer makes it", "status", "--budget", tmp / "none" / "budget")
refuses(2, "there is no directory", "status", "--budget", tmp / "nowhere" / "budget")

answers("limit", 1000, "--budget", budget)
assert answers("status", "--budget", budget) == f"Limit 1000 KB/s, no transfer is running (budget {budget})\n"
assert status() == {"budget": str(budget), "limit_bytes_per_second": 1024000, "transfers": []}

running = transfer("--size", "100M")
moves()
seen = status()
one = seen["transfers"][0]
assert seen["limit_bytes_per_second"] == one["limit_bytes_per_second"] == 1024000, seen
assert one["kind"] == "pipe" and one["peer"] == "standard output" and one["pid"] == running.pid, seen
assert one["stage"] is None and one["held_back_by"] == "tokens" and one["total_bytes"] == 100 << 20, seen
assert abs(one["started"] + one["seconds"] - time.time()) < 5, (seen, time.time())
assert abs(one["percent"] - one["bytes"] / (1 << 20)) < 0.001, seen
if "MGC_TEST_UNDER_TSAN" not in os.environ:
    for key in ("bytes_per_second", "average_bytes_per_second"):
        assert abs(one[key] / 1024000 - 1) < 0.05, (key, seen)
expected = ((100 << 20) - one["bytes"]) / one["bytes_per_second"]
assert abs(one["remaining_seconds"] - expected) < 0.001, seen
text = answers("status", "--budget", budget)
for part in ("Limit 1000 KB/s, 1 transfer is running", "\npipe standard output\n", " of 100.00 MiB in 0:", "% ", "ETA ",
             "held back by the limit\n"):
    assert part.strip(" ") in text, (part, text)

second = transfer()
moves(2)
both = status()["transfers"]
assert [one["pid"] for one in both] == [running.pid, second.pid], both
assert both[1]["total_bytes"] is None and both[1]["percent"] is None and both[1]["remaining_seconds"] is None, both
if "MGC_TEST_UNDER_TSAN" not in os.environ:
    assert abs(sum(one["bytes_per_second"] for one in both) / 1024000 - 1) < 0.05, both
second.kill()
wait_until("the killed one is gone", lambda: len(status()["transfers"]) == 1)

answers("limit", "pause", "--budget", budget)
wait_until("it stands still", lambda: status()["transfers"][0]["bytes_per_second"] == 0)
paused = status()
assert paused["limit_bytes_per_second"] == 0 and paused["transfers"][0]["held_back_by"] == "pause", paused
assert "held back by the pause" in answers("status", "--budget", budget)
answers("limit", "unlimited", "--budget", budget)
assert status()["limit_bytes_per_second"] is None

refuses(2, "--budget is empty", "status", "--budget", "")
refuses(2, "Try 'mgc status --help'", "status", "--turbo")
refuses(2, "Try 'mgc status --help'", "status", "extra")
(tmp / "foreign").write_text("hello\n")
refuses(2, f"{tmp}/foreign: not a budget file", "status", "--budget", tmp / "foreign")
full = run("status", "--budget", budget, capture_output=False, stdout=open("/dev/full", "w"), stderr=subprocess.PIPE)
assert full.returncode == 1 and "standard output cannot be written to" in full.stderr, full
