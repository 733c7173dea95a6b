#!/usr/bin/env python3
"""The limit holds, and can be changed in the middle; progress is told while events flow; a handshake does not wait even
while the limit is 'pause'."""

import re

from ist_peers import *

event = message(10, TRX, 1, bytes(976))  # 1000 bytes
second = 2000 * 1024  # bytes, at the limit


def set_limit(rate):
    subprocess.run([harness.shaper, "shaper", "--budget", tmp / "budget", "--set-limit", rate], check=True,
                   stdout=subprocess.DEVNULL)


server = joiner()
process, address = ist_relay(server, "--limit", "2000k", "--budget", tmp / "budget", "--progress", 1)
donor, joins = connected(server, address)
content = event * 50_000
sending = in_background(donor.sendall, content)
began = time.monotonic()
seconds = 3
read_exactly(joins, 16 * 1024 + seconds * second)
took = time.monotonic() - began
assert seconds * 0.9 < took < seconds * 1.2, f"{seconds} s of the limit took {took} s"
set_limit("unlimited")
read_exactly(joins, len(content) - 16 * 1024 - seconds * second)
assert time.monotonic() - began < took + 10, "the new limit did not take hold"
donor.sendall(message(10, CTRL, ctrl=END))
read_exactly(joins, 24)
joins.close()
assert read_all(donor) == b""
donor.close()
progress = re.findall(r"seqno 1 to 1, (\d+) events, [\d.]+ .iB, ([\d.]+) KiB/s", said(process))
assert len(progress) >= 2, said(process)
assert 1900 < float(progress[1][1]) < 2100, progress
wait_until("it tells the end", lambda: "complete, seqno 1 to 1, 50000 events" in said(process))
lines = len(said(process).splitlines())
time.sleep(1.5)
assert len(said(process).splitlines()) == lines, "it goes on reporting"

set_limit("pause")
donor, joins = connected(joiner(address[1]), address, 11)
in_background(donor.sendall, event * 1000)
joins.settimeout(1)
passed = 24
try:
    while passed <= 16 * 1024:
        passed += len(joins.recv(1 << 20))
except TimeoutError:
    pass
assert passed <= 16 * 1024, f"{passed} bytes in a pause"
joins.settimeout(hang)
set_limit("unlimited")
read_exactly(joins, 24 + 1000 * 1000 - passed)
process.kill()
process.wait()
