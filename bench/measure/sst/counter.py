"""Reads how much a card has received, every 5 ms, until it is told to stop. A program, run inside the card's namespace:

    counter.py CARD FILE

FILE then holds the times (seconds of CLOCK_MONOTONIC), bytes and packets. It runs with real-time priority: a busy
machine must not make the measuring late.
"""

import json
import os
import signal
import sys
import time

INTERVAL = 0.005


def received(file, card):
    file.seek(0)
    for line in file:
        name, _, numbers = line.partition(":")
        if name.strip() == card:
            return [int(word) for word in numbers.split()[:2]]
    raise SystemExit(f"no card {card}")


def main(card, path):
    stopping = []
    signal.signal(signal.SIGTERM, lambda *_: stopping.append(True))
    os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(10))
    times, sizes, packets = [], [], []
    due = time.monotonic()
    with open("/proc/net/dev", encoding="ascii") as file:
        while not stopping:
            size, count = received(file, card)
            times.append(time.monotonic())
            sizes.append(size)
            packets.append(count)
            due = max(due + INTERVAL, times[-1])
            time.sleep(max(0, due - time.monotonic()))
    with open(path, "w", encoding="ascii") as out:
        json.dump({"times": times, "bytes": sizes, "packets": packets}, out)


if __name__ == "__main__":
    main(*sys.argv[1:])
