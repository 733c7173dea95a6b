#!/usr/bin/env python3
"""Byte-exact between any two kinds of descriptor, blocking or not; they are inherited, so their flags stay as they were."""

import fcntl
import itertools

from harness import *

content = os.urandom(3_000_001)
(tmp / "input").write_bytes(content)


def source(kind):
    """The program's end, and what feeds it."""
    if kind == "file":
        return os.open(tmp / "input", os.O_RDONLY), lambda: None
    if kind == "pipe":
        ours, feed = os.pipe()
        feed = os.fdopen(feed, "wb")
    else:
        ours, feed = tcp_pair() if kind == "tcp" else socket.socketpair()
        ours, feed = ours.detach(), feed.makefile("wb")
    return ours, lambda: (feed.write(content), feed.close())


def sink(kind):
    """The program's end, and what reads everything from the other."""
    if kind in ("file", "append"):
        mode = os.O_APPEND if kind == "append" else os.O_TRUNC
        (tmp / "output").unlink(missing_ok=True)
        return os.open(tmp / "output", os.O_WRONLY | os.O_CREAT | mode), (tmp / "output").read_bytes
    if kind == "pipe":
        take, ours = os.pipe()
        return ours, os.fdopen(take, "rb").read
    ours, take = tcp_pair() if kind == "tcp" else socket.socketpair()
    return ours.detach(), lambda: read_all(take)


for limit, nonblocking, a, b in itertools.product(
    ("unlimited", "30M"), (False, True), ("file", "pipe", "unix", "tcp"), ("file", "append", "pipe", "unix", "tcp")
):
    what = f"{a} to {b}, {limit}, {'non-blocking' if nonblocking else 'blocking'}"
    (ours_in, feed), (ours_out, take) = source(a), sink(b)
    for fd in (ours_in, ours_out):
        os.set_blocking(fd, not nonblocking)
    flags = [fcntl.fcntl(fd, fcntl.F_GETFL) for fd in (ours_in, ours_out)]
    program = start("--limit", limit, stdin=ours_in, stdout=ours_out)
    fed = in_background(feed)
    taken = in_background(take) if b not in ("file", "append") else None
    ended(program, 0)
    assert flags == [fcntl.fcntl(fd, fcntl.F_GETFL) for fd in (ours_in, ours_out)], f"{what}: flags were changed"
    os.close(ours_in)
    os.close(ours_out)
    fed()
    assert (taken or take)() == content, f"{what}: other bytes came out"
