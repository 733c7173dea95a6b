#!/usr/bin/env python3
"""A signal that the parent has set to be ignored (nohup, a background job of a shell) does not end the transfer."""

from harness import *

for ignored in (signal.SIGHUP, signal.SIGINT):
    program = start("--limit", 6000, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                    preexec_fn=lambda: signal.signal(ignored, signal.SIG_IGN))
    program.stdin.write(b"before")
    program.stdin.flush()
    assert program.stdout.read(6) == b"before"
    program.send_signal(ignored)
    program.stdin.write(b" and after")
    program.stdin.close()
    assert program.stdout.read() == b" and after", f"signal {ignored} ended it"
    ended(program, 0)
