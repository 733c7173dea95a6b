#!/usr/bin/env python3
"""A terminal as standard input, with the end typed, and as standard output: the bytes come through."""

import pty
import termios
import tty

from harness import *

text = b"".join(b"line %d\n" % i for i in range(2000))


def typist(keyboard):
    for line in text.splitlines(keepends=True):
        os.write(keyboard, line)
    os.write(keyboard, b"\x04")  # the end of the input, as a person types it


for limit in ("unlimited", "1M"):
    keyboard, terminal = pty.openpty()
    modes = termios.tcgetattr(terminal)
    modes[3] &= ~termios.ECHO  # nobody here reads it
    termios.tcsetattr(terminal, termios.TCSANOW, modes)
    reads = start("--limit", limit, stdin=terminal, stdout=subprocess.PIPE)
    threading.Thread(target=typist, args=(keyboard,), daemon=True).start()
    assert reads.stdout.read() == text, "typed text came out changed"
    ended(reads, 0)
    os.close(terminal)

    screen, terminal = pty.openpty()
    tty.setraw(terminal)
    writes = start("--limit", limit, stdin=subprocess.PIPE, stdout=terminal)
    os.close(terminal)
    in_background(lambda: (writes.stdin.write(text), writes.stdin.close()))
    shown = b""
    while len(shown) < len(text):
        shown += os.read(screen, 1 << 16)
    ended(writes, 0)
    assert shown == text, "the terminal shows other bytes"
