#!/usr/bin/env python3
"""`mgc status --watch`: on a terminal a bar that is redrawn, and the terminal as it was at the end; else a block or a JSON
object each second. Ctrl-C ends it with 0."""

import fcntl
import struct
import termios

from node import *

answers("limit", 1000, "--budget", budget)
running = transfer("--size", "1G")
moves()


def screen(columns, rows):
    mine, terminal = os.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
    return mine, terminal


def watch(*options, **how):
    process = subprocess.Popen([mgc, "status", "--watch", "--budget", str(budget), *options], stdin=subprocess.DEVNULL, **how)
    harness._running.append(process)
    return process


def end(process, number, code):
    process.send_signal(number)
    assert process.wait(hang) == code, process.returncode


def drawn(columns, rows, number, code):
    mine, terminal = screen(columns, rows)
    before = termios.tcgetattr(terminal)
    process = watch(stdout=terminal)
    text = b""
    while text.count(b"\033[H") < 3:
        text += os.read(mine, 4096)
    end(process, number, code)
    assert termios.tcgetattr(terminal) == before, "the terminal's modes were changed"
    os.close(terminal)
    try:
        while piece := os.read(mine, 4096):
            text += piece
    except OSError:  # how a terminal says that nobody is at its other end any more
        pass
    return text.decode()


for columns, rows in ((30, 24), (100, 24), (100, 2)):
    text = drawn(columns, rows, signal.SIGINT, 0)
    start_screen, end_screen = "\033[?1049h\033[?25l", "\033[?25h\033[?1049l"
    assert text.startswith(start_screen) and text.count(end_screen) == 1, repr(text)
    frames, after = text.removeprefix(start_screen).split(end_screen)
    for frame in frames.split("\033[H")[1:]:
        shown = frame.removesuffix("\033[J").replace("\033[K", "").split("\r\r\n")  # the terminal adds one
        assert 0 < len(shown) <= rows and all(len(line) <= columns and line.isprintable() for line in shown), repr(frame)
        assert shown[0].startswith("Limit 1000 KB/s, 1 transfer is"), repr(frame)
        if rows > 2:
            assert shown[1] == "pipe standard output" and "% " in shown[2], repr(frame)
        if columns == 100 and rows > 2:
            assert "[" in shown[2] and "ETA" in shown[2] and "held back by the limit" in shown[2], repr(frame)
    assert "1 transfer is running" in after and "ETA" in after, "what was seen last stays"
assert "\033[?1049l" in drawn(80, 24, signal.SIGTERM, 143)

# Ctrl-Z gives the old screen back, and fg the other one again.
mine, terminal = screen(80, 24)
process = watch(stdout=terminal)
text = b""
while b"\033[H" not in text:
    text += os.read(mine, 4096)
process.send_signal(signal.SIGTSTP)
while b"\033[?1049l" not in text:
    text += os.read(mine, 4096)
assert os.WIFSTOPPED(os.waitpid(process.pid, os.WUNTRACED)[1])
process.send_signal(signal.SIGCONT)
while text.count(b"\033[?1049h") < 2:
    text += os.read(mine, 4096)
end(process, signal.SIGINT, 0)

plain = watch(stdout=subprocess.PIPE, text=True)
blocks = "".join(plain.stdout.readline() for _ in range(8))
end(plain, signal.SIGINT, 0)
assert "\033" not in blocks and blocks.count("Limit 1000 KB/s, 1 transfer is running") == 2, blocks
assert blocks.count("held back by the limit\n\n") == 2, blocks

objects = watch("--json", stdout=subprocess.PIPE, text=True)
moments = [json.loads(objects.stdout.readline())["transfers"][0] for _ in range(3)]
end(objects, signal.SIGTERM, 143)
assert moments[0]["bytes"] < moments[1]["bytes"] < moments[2]["bytes"], moments
assert 0.5 < moments[2]["seconds"] - moments[1]["seconds"] < 20, moments

gone = watch(stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
gone.stdout.readline()
budget.unlink()
assert gone.wait(hang) == 1 and "there is no such file" in gone.stderr.read()
