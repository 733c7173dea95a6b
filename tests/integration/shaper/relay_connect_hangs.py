#!/usr/bin/env python3
"""--connect answers nothing: TERM ends the relay after --drain all the same, and the client sees a reset."""

from harness import *

silent = socket.socket()
silent.bind(("127.0.0.1", 0))
silent.listen(0)
crowd = []
for _ in range(8):  # until its backlog is full and a connection attempt hangs
    crowd.append(socket.socket())
    crowd[-1].setblocking(False)
    crowd[-1].connect_ex(silent.getsockname())

process, address = relay("--limit", 6000, "--drain", 1, to=silent.getsockname())
client = connect(address)
process.terminate()
wait_until("it has heard", lambda: "1 running" in said(process))
assert process.wait(hang) != 0, "a connection was cut, and that is no success"
assert is_reset(client)
