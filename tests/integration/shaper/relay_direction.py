#!/usr/bin/env python3
"""--direction: only the way that the limit is for waits for it; a paused budget shows which one that is."""

from harness import *

content = os.urandom(200_000)
for limited in ("up", "down"):
    budget = tmp / limited
    ended(start("--budget", budget, "--limit", 6000), 0)
    ended(start("--budget", budget, "--set-limit", "pause"), 0)
    with listener() as server:
        process, address = relay("--once", "--budget", budget, "--direction", limited, to=server.getsockname())
        client = connect(address)
        peer = accept(server)
        up, down = (client, peer), (peer, client)
        (sends, takes), (sends_too, takes_too) = (down, up) if limited == "up" else (up, down)
        free = in_background(read_all, takes)
        in_background(lambda: (sends.sendall(content), sends.shutdown(socket.SHUT_WR)))
        assert free() == content, f"limited {limited}, and the other way waited"
        held_back = in_background(read_all, takes_too)
        in_background(lambda: (sends_too.sendall(content), sends_too.shutdown(socket.SHUT_WR)))
        time.sleep(1)
        assert process.poll() is None, f"limited {limited}, and it did not wait"
        ended(start("--budget", budget, "--set-limit", "unlimited"), 0)
        assert held_back() == content
        ended(process, 0)
