#!/usr/bin/env python3
"""`mgc limit` shows and changes the limit of what runs and of what will run, and makes the budget when there is none."""

from node import *

refuses(2, "there is no such file", "limit", "--budget", budget)
assert answers("limit", "6000", "--budget", budget) == f"{budget}: new -> 6000 KB/s\n"
assert budget.stat().st_mode & 0o7777 == 0o660, oct(budget.stat().st_mode)
assert answers("limit", "--budget", budget) == f"{budget}: 6000 KB/s\n"
assert answers("limit", "--budget", budget, "100") == f"{budget}: 6000 KB/s -> 100 KB/s\n"

running = transfer()  # without --limit: it takes the one that was set before it began
moves()
one = status()["transfers"][0]
assert one["limit_bytes_per_second"] == 102400 and 0 < one["average_bytes_per_second"] < 102400 * 1.3, one
assert answers("limit", "pause", "--budget", budget) == f"{budget}: 100 KB/s -> paused\n"
wait_until("it stands still", lambda: status()["transfers"][0]["bytes_per_second"] == 0)
assert answers("limit", "400mbit", "--budget", budget) == f"{budget}: paused -> 48828 KB/s\n"
wait_until("it runs", lambda: status()["transfers"][0]["bytes_per_second"] > 1e6)
assert answers("limit", "unlimited", "--budget", budget) == f"{budget}: 48828 KB/s -> unlimited\n"
assert answers("limit", "--budget", budget) == f"{budget}: unlimited\n"

for wrong, why in (("fast", "not a rate"), ("0", "a rate of 0 would never finish"), ("-5", "a rate cannot be negative"),
                   ("", "RATE is empty"), ("1.5 parsecs", "not a rate"), ("99999999G", "above the highest rate")):
    refuses(2, why, "limit", wrong, "--budget", budget)
refuses(2, "Try 'mgc limit --help'", "limit", "1", "2", "--budget", budget)
refuses(2, "--budget is empty", "limit", "1", "--budget", "")
refuses(2, "there is no directory", "limit", "1", "--budget", tmp / "no" / "budget")
assert answers("limit", "--budget", budget) == f"{budget}: unlimited\n", "a wrong line changed something"
(tmp / "foreign").write_text("hello\n")
refuses(2, f"{tmp}/foreign: not a budget file", "limit", "1", "--budget", tmp / "foreign")
assert (tmp / "foreign").read_text() == "hello\n"

# With standard output closed the budget must not take its number and be written over.
closed = run("limit", "7", "--budget", budget, capture_output=False, stderr=subprocess.PIPE,
             preexec_fn=lambda: os.close(1))
assert closed.returncode == 1 and "standard output cannot be written to" in closed.stderr, closed
assert answers("limit", "--budget", budget) == f"{budget}: 7 KB/s\n"
