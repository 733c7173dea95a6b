#!/usr/bin/env python3
"""A reset on either side reaches the other as a reset, also while nothing is being sent, and fails the transfer."""

from harness import *


def reset(peer):
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    peer.close()


for half_closed in (False, True):
    for who in ("client", "server"):
        with listener() as server:
            process, address = relay("--once", "--limit", 6000, to=server.getsockname())
            client = connect(address)
            peer = accept(server)
            client.sendall(b"half of it")
            assert peer.recv(100) == b"half of it"
            one, other = (client, peer) if who == "client" else (peer, client)
            if half_closed:
                one.shutdown(socket.SHUT_WR)
                assert other.recv(100) == b""
            reset(one)
            if half_closed:  # its end was read before, so only sending can tell
                ended(process, 1, "reset after ")
                try:
                    other.sendall(b"?")
                    time.sleep(0.1)
                    other.sendall(b"?")
                    raise AssertionError(f"after the {who}'s reset the other side is still open")
                except (BrokenPipeError, ConnectionResetError):
                    pass
            else:
                assert is_reset(other), f"after the {who}'s reset the other side saw a clean end"
                ended(process, 1, "reset after ")
