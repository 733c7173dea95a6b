#!/usr/bin/env python3
"""Nobody reads the log: connections are served all the same, and TERM ends the relay."""

import fcntl
from harness import *

unread, log = os.pipe()
fcntl.fcntl(log, 1031, 4096)  # F_SETPIPE_SZ: a page, full after some fifty lines
with listener() as server:
    host, port = server.getsockname()
    free = socket.socket()
    free.bind(("127.0.0.1", 0))
    address = free.getsockname()
    free.close()
    process = start("--limit", "unlimited", "--listen", f"127.0.0.1:{address[1]}", "--connect", f"{host}:{port}",
                    stderr=log)
    wait_until("the relay listens", lambda: socket.socket().connect_ex(address) == 0)
    accept(server)
    for number in range(200):
        with connect(address) as client, accept(server) as peer:
            client.sendall(b"x")
            client.shutdown(socket.SHUT_WR)
            assert read_all(peer) == b"x", f"connection {number}"
process.terminate()
process.wait(hang)
assert b"listening on" in os.read(unread, 65536)
