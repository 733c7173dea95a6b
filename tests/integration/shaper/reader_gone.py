#!/usr/bin/env python3
"""The output's reader goes away while the source is silent or a pause lasts: noticed without a byte to write."""

from harness import *


def pipe():
    take, ours = os.pipe()
    return ours, lambda: os.close(take)


def unix_socket():
    ours, take = socket.socketpair()
    return ours.detach(), take.close


def tcp_reset():
    ours, take = tcp_pair()
    take.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    return ours.detach(), take.close


for kind in (pipe, unix_socket, tcp_reset):
    for already_moved in (b"", b"some bytes"):
        ours, goes_away = kind()
        program = start("--limit", 6000, stdin=subprocess.PIPE, stdout=ours, bufsize=0)
        os.close(ours)
        program.stdin.write(already_moved)
        goes_away()
        ended(program, 1, "the transfer is not complete")
        assert "standard output: " in said(program), said(program)

    budget = tmp / kind.__name__
    ended(start("--budget", budget, "--limit", 6000), 0)
    ended(start("--budget", budget, "--set-limit", "pause"), 0)
    ours, goes_away = kind()
    program = start("--budget", budget, stdin=open("/dev/zero"), stdout=ours)
    os.close(ours)
    goes_away()
    ended(program, 1, "the transfer is not complete")
