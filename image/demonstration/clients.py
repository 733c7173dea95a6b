"""The demo's two clients: one that reads and is timed, and one that writes and remembers what it was told to be committed."""

import subprocess
import sys
import threading
import time
from pathlib import Path

import ports
from connection import Connection, Refused
from place import Problem
from settings import SCHEMA, USER


class Reader:
    """reader.py in a process of its own, from `with` to its end. Times are in milliseconds."""

    def __init__(self, address, password, rows):
        self._words = f"{address} {ports.PORT} {USER} {password} {SCHEMA} {rows}\n"
        self._seconds = []  # (moment, times)

    def __enter__(self):
        self._process = subprocess.Popen([sys.executable, "-B", Path(__file__).with_name("reader.py")], text=True,
                                         stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True)
        self._process.stdin.write(self._words)
        self._process.stdin.flush()
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._process.kill()
        self._process.wait()
        self._thread.join()
        self._process.stdin.close()
        self._process.stdout.close()

    def since(self, moment):
        """(answers a second, p50, p99) since then; None before the first answers."""
        if self._process.poll() is not None:
            raise Problem("the reading client lost its node")
        seconds = [times for when, times in list(self._seconds) if when > moment]
        times = sorted(one for second in seconds for one in second)
        if not times:
            return None
        return len(times) / len(seconds), _part(times, 0.5), _part(times, 0.99)

    def _listen(self):
        for line in self._process.stdout:
            self._seconds.append((time.monotonic(), [float(word) for word in line.split()]))


def _part(ordered, fraction):
    return ordered[min(len(ordered) - 1, int(len(ordered) * fraction))]


class Writer:
    """Rows one by one, each a transaction, from `with` to its end; when its node is gone, to the next one. A row whose answer
    never came is not tried again, since it may be there."""

    def __init__(self, addresses, password):
        self.acknowledged, self.tried = set(), 0
        self.at = None  # the address that it writes to, while it has one
        self.longest = 0.0  # seconds without an acknowledgement
        self._addresses, self._password = addresses, password
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._write, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._ending.set()
        self._thread.join(5)

    def _write(self):
        choice, connection, last = 0, None, time.monotonic()
        while not self._ending.is_set():
            try:
                if connection is None:
                    address = self._addresses[choice % len(self._addresses)]
                    connection = Connection(address, ports.PORT, USER, self._password, SCHEMA, patience=15)
                    self.at = address
                self.tried += 1
                connection.query(f"INSERT INTO written VALUES ({self.tried}, MD5({self.tried}))")
                self.acknowledged.add(self.tried)
                self.longest = max(self.longest, time.monotonic() - last)
                last = time.monotonic()
                self._ending.wait(0.002)
            except (OSError, Refused):
                if connection:
                    connection.close()
                connection, self.at = None, None
                choice += 1
                self._ending.wait(0.1)
        if connection:
            connection.close()
