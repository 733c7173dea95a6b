#!/usr/bin/env python3
"""On a terminal a bar is drawn in one line of it, never wider, also when the terminal is resized; `never` draws none."""

import fcntl
import struct
import termios

from harness import *


def resize(terminal, columns):
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))


def drawn(columns, *options, then=None):
    screen, terminal = os.openpty()
    resize(terminal, columns)
    program = start("--limit", 100, "--size", "100k", *options, stdin=subprocess.PIPE, stderr=terminal)
    in_background(lambda: (program.stdin.write(bytes(100 * 1024)), program.stdin.close()))
    os.close(terminal)
    text = b""
    try:
        while piece := os.read(screen, 4096):
            if then and text.count(b"\r") > 1:
                resize(screen, then)
            text += piece
    except OSError:  # how a terminal says that nobody is at its other end any more
        pass
    ended(program, 0)
    return text.decode()


for columns in (20, 40, 80, 200):
    text = drawn(columns)
    bars = text.removesuffix("\r\n").split("\r\033[K")[1:]
    assert len(bars) > 2 and all(len(bar) < columns and bar.isprintable() for bar in bars), repr(text)
    assert text.endswith("\r\n"), "the prompt would come behind the bar"
    if columns > 40:
        assert "100.0% [=====" in bars[-1] and any("ETA" in bar and ">" in bar for bar in bars), repr(text)
resized = drawn(200, then=30).split("\r\033[K")
assert len(resized[1]) > 40 and len(resized[-1].rstrip()) < 30, resized
assert "[=" in drawn(80, "--progress", "always")
assert drawn(80, "--progress", "never") == ""
