#!/usr/bin/env python3
"""Ended by a signal in the middle: 128 + its number, a status that says so, and nothing left behind."""

import select

from harness import *

for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
    for source in ("/dev/zero", "silent"):
        if source == "silent":
            source, kept_open = os.pipe()
        else:
            source = os.open(source, os.O_RDONLY)
        state = tmp / "state"
        state.mkdir()
        program = start("--limit", 100, "--status-json", state / "status", stdin=source)
        wait_until("the transfer runs", lambda: (state / "status").exists())
        end_by(program, number)
        ended(program, 128 + number, f"ended by signal {number.value} after ")
        assert status(state / "status")["state"] == "interrupted"
        assert "the transfer is not complete" in status(state / "status")["error"]
        assert os.listdir(state) == ["status"], f"files left behind: {os.listdir(state)}"
        shutil.rmtree(state)
        os.close(source)

# A sink that takes nothing does not hold it back either.
blocked, full = os.pipe()
program = start("--limit", "unlimited", stdin=open("/dev/zero"), stdout=full)
wait_until("the pipe is full", lambda: not select.select([], [full], [], 0)[1])
end_by(program, signal.SIGTERM)
ended(program, 143)
