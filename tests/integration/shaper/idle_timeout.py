#!/usr/bin/env python3
"""--idle-timeout in pipe mode: a silent source or a sink that takes nothing fails the transfer, a pause does not."""

from harness import *

message = "nothing moved for longer than --idle-timeout"
budget, content = tmp / "budget", os.urandom(10_000)


def silent_source():
    ours, feed = os.pipe()
    os.write(feed, b"hello")
    return ours, os.open("/dev/null", os.O_WRONLY), feed


def stuck_sink():
    take, ours = os.pipe()
    return os.open("/dev/zero", os.O_RDONLY), ours, take


def stuck_socket():
    ours, take = tcp_pair()
    return os.open("/dev/zero", os.O_RDONLY), ours.detach(), take.detach()


def blocking_socket():
    ours, take = socket.socketpair()
    return os.open("/dev/zero", os.O_RDONLY), ours.detach(), take.detach()


for ends in (silent_source, stuck_sink, stuck_socket, blocking_socket):
    source, sink, _ = ends()
    ended(start("--idle-timeout", 1, "--limit", "unlimited", stdin=source, stdout=sink), 1, message)

ended(start("--budget", budget, "--limit", 1), 0)  # no credit worth the name to be spent in the pause
ended(start("--budget", budget, "--set-limit", "pause"), 0)
program = start("--budget", budget, "--idle-timeout", 1, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
program.stdin.write(content)
program.stdin.close()
time.sleep(3)
assert program.poll() is None, f"a pause was taken for idleness: {said(program)}"
ended(start("--budget", budget, "--set-limit", 6000), 0)
assert program.stdout.read() == content
ended(program, 0)
