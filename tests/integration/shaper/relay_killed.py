#!/usr/bin/env python3
"""The relay is killed: both sides see a reset, whatever they had been doing."""

from harness import *

for half_closed in (False, True):
    with listener() as server:
        process, address = relay("--limit", 1000, to=server.getsockname())
        client = connect(address)
        peer = accept(server)
        peer.sendall(b"half of it")
        assert client.recv(100) == b"half of it"
        if half_closed:
            client.shutdown(socket.SHUT_WR)
            assert peer.recv(100) == b""
        process.kill()
        ended(process, -9)
        assert is_reset(client), "the client took a part for the whole"
        if not half_closed:
            assert is_reset(peer), "the server took a part for the whole"
