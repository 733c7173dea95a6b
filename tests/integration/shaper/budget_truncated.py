#!/usr/bin/env python3
"""The shared file is cut short under running transfers: they stop and say so, and no peer takes a part for the whole."""

from harness import *

message = "the file given as --budget was truncated while in use"
budget = tmp / "budget"

ours, peer = tcp_pair()
program = start("--budget", budget, "--limit", 100, stdin=open("/dev/zero"), stdout=ours)
ours.close()
assert peer.recv(100)
os.truncate(budget, 0)
ended(program, 1, message)
assert is_reset(peer), "standard output's peer saw a clean end"

os.unlink(budget)
with listener() as server:
    process, address = relay("--budget", budget, "--limit", 100, to=server.getsockname())
    client = connect(address)
    client.sendall(bytes(50_000))
    peer = accept(server)
    assert peer.recv(100)
    os.truncate(budget, 0)
    ended(process, 1, message)
    assert is_reset(peer), "the server saw a clean end"
    assert is_reset(client), "the client saw a clean end"
