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
        program.send_signal(number)
        ended(program, 128 + number, f"ended by signal {number.value} after ")
        assert status(state / "status")["state"] == "interrupted"
        assert "the transfer is not complete" in status(state / "status")["error"]
        assert os.listdir(state) == ["status"], f"files left behind: {os.listdir(state)}"
        shutil.rmtree(state)
        os.close(source)

# Whoever starts it with nohup means it.
program = start(
    "--limit", 1000, stdin=open("/dev/zero"), stdout=open(tmp / "output", "wb"),
    preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN),
)
wait_until("the transfer runs", lambda: (tmp / "output").stat().st_size)
program.send_signal(signal.SIGHUP)
before = (tmp / "output").stat().st_size
wait_until("it goes on", lambda: (tmp / "output").stat().st_size > before + 500_000)
program.terminate()
ended(program, 143)

# A sink that takes nothing does not hold it back either.
blocked, full = os.pipe()
program = start("--limit", "unlimited", stdin=open("/dev/zero"), stdout=full)
wait_until("the pipe is full", lambda: not select.select([], [full], [], 0)[1])
program.terminate()
ended(program, 143)
