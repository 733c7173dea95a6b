#!/usr/bin/env python3
"""A budget that is there keeps its limit, whatever --limit says, and the operator is told."""

from harness import *

budget, state = tmp / "budget", tmp / "status"


def limit_with(*options):
    program = start("--budget", budget, "--status-json", state, *options)
    ended(program, 0)
    return status(state)["limit_bytes_per_second"], said(program)


assert limit_with("--limit", "100") == (100 * 1024, "")
assert limit_with("--limit", "100k") == (100 * 1024, "")
limit, note = limit_with("--limit", "unlimited")
assert limit == 100 * 1024
assert f"--limit 'unlimited': not used, because --budget '{budget}' already has the limit 100 KB/s" in note, note
assert "--set-limit" in note
assert limit_with() == (100 * 1024, "")
ended(start("--budget", budget, "--set-limit", "unlimited"), 0)
assert limit_with() == (None, "")
ended(start("--budget", budget, "--set-limit", "pause"), 0)
limit, note = limit_with("--limit", "300")
assert limit == 0
assert "already has the limit paused" in note, note
