#!/usr/bin/env python3
"""Standard output is a TCP connection: its peer sees a clean end if and only if everything was delivered."""

from harness import *

for number in (signal.SIGTERM, signal.SIGINT, signal.SIGKILL):
    ours, peer = tcp_pair()
    program = start("--limit", 1000, stdin=subprocess.PIPE, stdout=ours, bufsize=0)
    ours.close()
    program.stdin.write(b"half of it")
    assert peer.recv(100) == b"half of it"
    end_by(program, number)
    ended(program, -9 if number == signal.SIGKILL else 128 + number)
    assert is_reset(peer), f"signal {number.value}: the peer took a part for the whole"

# Killed while bytes are under way.
ours, peer = tcp_pair()
program = start("--limit", 1000, stdin=open("/dev/zero"), stdout=ours)
ours.close()
assert peer.recv(1000)
program.kill()
ended(program, -9)
assert is_reset(peer), "killed in the middle: the peer took a part for the whole"

ours, peer = tcp_pair()
program = start("--limit", 50000, stdin=subprocess.PIPE, stdout=ours)
ours.close()
content = os.urandom(2_000_000)
taken = in_background(read_all, peer)
program.stdin.write(content)
program.stdin.close()
ended(program, 0)
assert taken() == content
