#!/usr/bin/env python3
"""--idle-timeout resets a connection on which nothing moves, but not one that waits for its share of the limit."""

from harness import *

budget = tmp / "budget"
with listener() as server:
    process, address = relay("--idle-timeout", 1, "--limit", 6000, to=server.getsockname())
    client = connect(address)
    client.sendall(b"hello")
    peer = accept(server)
    assert peer.recv(100) == b"hello"
    assert is_reset(client) and is_reset(peer), "an idle connection ended cleanly"
    wait_until("it says why", lambda: "nothing moved for longer than --idle-timeout" in said(process))
    process.terminate()
    process.wait(hang)

content = os.urandom(24 * 1024)
with listener() as server:
    process, address = relay("--once", "--idle-timeout", 1, "--budget", budget, "--limit", 4, to=server.getsockname())
    client = connect(address)
    client.sendall(content)  # 16 KiB go at once, and then nothing for almost 4 s: they were charged
    client.shutdown(socket.SHUT_WR)
    peer = accept(server)
    peer.shutdown(socket.SHUT_WR)
    taken = in_background(read_all, peer)
    time.sleep(2)
    ended(start("--budget", budget, "--set-limit", "pause"), 0)
    time.sleep(3)
    assert process.poll() is None, f"a connection that waited or was paused was taken for an idle one: {said(process)}"
    ended(start("--budget", budget, "--set-limit", "unlimited"), 0)
    assert taken() == content
    ended(process, 0)
