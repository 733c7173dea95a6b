"""Who uses the donor while a node joins: sysbench's readers from the client's host, and a writer on the donor
itself."""

import subprocess
import threading
import time
from pathlib import Path

from measure.sst import segment

READERS = 4
WRITES_PER_SECOND = 30
SCRIPT = Path(__file__).parent / "reads.lua"


class Readers:
    """sysbench oltp_read_only, from start() to stop()."""

    def __init__(self, lab, namespace, cluster, range_size):
        self.seen = lab.path("reads")
        with namespace.inside():
            self.process = lab.start(["sysbench", SCRIPT, f"--mysql-host={segment.DONOR}", "--mysql-user=sbtest",
                                      f"--tables={cluster.tables}", f"--table-size={cluster.rows}",
                                      f"--range-size={range_size}", f"--threads={READERS}", "--time=0",
                                      f"--seen={self.seen}", "run"])

    def stop(self):
        self.process.kill()

    def transactions(self):
        """(begin, end) of each, in the order of their ends."""
        found = []
        for number in range(READERS):
            path = Path(f"{self.seen}.{number}")
            for line in path.read_text(encoding="ascii").splitlines() if path.exists() else ():
                times = line.split()
                if len(times) == 2:  # the last line may be cut off
                    found.append((float(times[0]), float(times[1])))
        return sorted(found, key=lambda times: times[1])


class Writer:
    """Inserts a row 30 times a second through one connection of the donor's socket, and notes when each was due and
    when it was committed."""

    def __init__(self, node, first):
        self.writes = []
        self.next = first  # number of the row
        self.stopping = threading.Event()
        self.client = subprocess.Popen(node.client("--unbuffered", "--force"), stdin=subprocess.PIPE,
                                       stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
                                       start_new_session=True)
        self.thread = threading.Thread(target=self.write, daemon=True)
        self.thread.start()

    def write(self):
        due = time.monotonic()
        while not self.stopping.wait(max(0, due - time.monotonic())):
            due = max(due, time.monotonic() - 1 / WRITES_PER_SECOND)
            number, self.next = self.next, self.next + 1
            try:
                self.client.stdin.write(f"INSERT INTO pulse.beats VALUES ({number}); SELECT {number};\n")
                self.client.stdin.flush()
                if not self.client.stdout.readline():
                    return
            except OSError:
                return
            self.writes.append((due, time.monotonic()))
            due += 1 / WRITES_PER_SECOND

    def stop(self):
        self.stopping.set()
        self.thread.join(10)
        if self.thread.is_alive():
            self.client.kill()
        self.client.stdin.close()
        self.client.wait()
        self.client.stdout.close()
