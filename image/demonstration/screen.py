"""What a demo looks like: a heading for each act, plain lines, and a picture that is drawn in place on a terminal; elsewhere
the picture's lines come anew every few seconds."""

import os
import shutil
import sys
import time

EVERY = 5  # seconds between pictures where they cannot be drawn in place
_terminal = sys.stdout.isatty() and os.environ.get("TERM", "dumb") != "dumb"
_colours = _terminal and not os.environ.get("NO_COLOR")
_began = time.monotonic()


def width():
    return max(60, min(100, shutil.get_terminal_size((96, 24)).columns - 1))


def bold(text):
    return _colour("1", text)


def green(text):
    return _colour("32", text)


def red(text):
    return _colour("31", text)


def dim(text):
    return _colour("2", text)


def heading(number, title):
    tail = f"{time.monotonic() - _began:.0f} s"
    print(f"\n{bold(f'{number}. {title}')} {dim(tail.rjust(width() - len(title) - len(str(number)) - 3))}", flush=True)


def why(text):
    """What an act is for, in a line."""
    print(f"   {dim(text)}", flush=True)


def say(text):
    print(f"   {text}", flush=True)


def fits(text, used=3):
    room = width() - used
    return text if len(text) <= room else text[:room - 3] + "..."


def bar(percent, cells):
    full = round(cells * max(0, min(100, percent)) / 100)
    return "#" * full + "-" * (cells - full)


class Picture:
    """Lines that change, until the `with` ends; the last ones stay. A line is a
    name and a text."""

    def __init__(self):
        self._lines = 0
        self._next = time.monotonic() + EVERY
        self._shown = None

    def __enter__(self):
        if _terminal:
            print("\033[?25l", end="", flush=True)
        return self

    def __exit__(self, *_):
        if _terminal:
            print("\033[?25h", end="", flush=True)

    def draw(self, lines, last=False):
        if lines == self._shown or not (_terminal or last or time.monotonic() >= self._next):
            return
        self._shown = lines
        self._next = time.monotonic() + EVERY
        up = f"\033[{self._lines}A" if _terminal and self._lines else ""
        end = "\033[K\n" if _terminal else "\n"
        text = "".join(f"   {bold(name.ljust(9))} {fits(rest, 13)}{end}" for name, rest in lines if _terminal or rest)
        print(up + text, end="\033[J" if _terminal else "", flush=True)
        self._lines = len(lines)


def _colour(code, text):
    return f"\033[{code}m{text}\033[0m" if _colours else text
