#!/usr/bin/env python3
"""--status-json replaces only what it wrote itself: no other file, no budget, not the output, no device."""

from harness import *

message = "something else than a status file is there"
(tmp / "precious").write_bytes(b"data")
os.mkfifo(tmp / "fifo")
(tmp / "link").symlink_to(tmp / "precious")
ended(start("--budget", tmp / "budget", "--limit", 6000), 0)
for name in ("precious", "fifo", "link", "budget"):
    ended(start("--limit", 6000, "--status-json", tmp / name), 2, message)
ended(start("--limit", 6000, "--status-json", "/dev/null"), 2, message)
with open(tmp / "out", "wb") as out:
    ended(start("--limit", 6000, "--status-json", tmp / "out", stdout=out), 2, message)
assert (tmp / "precious").read_bytes() == b"data"
ended(start("--budget", tmp / "budget"), 0)

for _ in range(2):  # the second time over the first one's
    ended(start("--limit", 6000, "--status-json", tmp / "status"), 0)
    assert json.loads((tmp / "status").read_text())["state"] == "complete"
