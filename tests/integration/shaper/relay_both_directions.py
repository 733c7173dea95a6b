#!/usr/bin/env python3
"""--once: both directions byte-exact at the same time, and each side may end first while the other still sends."""

import itertools

from harness import *

up, down = os.urandom(3_000_000), os.urandom(2_000_000)


def send(peer, content):
    peer.sendall(content)
    peer.shutdown(socket.SHUT_WR)


for limit, first in itertools.product(("20M", "unlimited"), ("client", "server", "both")):
    with listener() as server:
        process, address = relay("--once", "--limit", limit, to=server.getsockname())
        client = connect(address)
        peer = accept(server)
        if first == "client":
            send(client, up)
            assert read_all(peer) == up, "up, client first"
            send(peer, down)
            assert read_all(client) == down, "down, client first"
        elif first == "server":
            send(peer, down)
            assert read_all(client) == down, "down, server first"
            send(client, up)
            assert read_all(peer) == up, "up, server first"
        else:
            at_server, at_client = in_background(read_all, peer), in_background(read_all, client)
            in_background(send, client, up)
            in_background(send, peer, down)
            assert at_server() == up and at_client() == down, "both at once"
        ended(process, 0, f"complete, {len(up) + len(down)} bytes")
