"""Clients that insert rows, one transaction each, and remember which of them were acknowledged. They connect to any node, and
to another one when theirs does not answer."""

import os
import random
import select
import subprocess
import threading
import time
from contextlib import suppress

PATIENCE = 4  # seconds for an answer


class Writers:
    """`count` threads, from `start()` to `stop()`. `acknowledged` and `tried` are row numbers, above `after`."""

    def __init__(self, targets, port, user, password, table, count, seed, after=0):
        self.targets, self.port, self.user, self.table = targets, port, user, table
        self.environment = os.environ | {"MYSQL_PWD": password}
        self.acknowledged, self.tried = set(), set()
        self._ending = threading.Event()
        self._lock = threading.Lock()
        self._threads = [threading.Thread(target=self._write, args=(after + number, random.Random(seed * 100 + number)), daemon=True)
                         for number in range(count)]

    def start(self):
        for thread in self._threads:
            thread.start()
        return self

    def stop(self):
        self._ending.set()
        for thread in self._threads:
            thread.join()

    def _write(self, row, choice):
        client = None
        while not self._ending.is_set():
            if client is None:
                client = self._connect(choice.choice(self.targets))
            row += len(self._threads)
            with self._lock:
                self.tried.add(row)
            if self._insert(client, row):
                with self._lock:
                    self.acknowledged.add(row)
                time.sleep(0.005)
            else:
                _end(client)
                client = None
                time.sleep(choice.uniform(0.05, 0.3))
        _end(client)

    def _connect(self, address):
        return subprocess.Popen(
            ["mariadb", "--no-defaults", "--batch", "--unbuffered", "--skip-column-names", "--connect-timeout=2", f"--host={address}",
             f"--port={self.port}", f"--user={self.user}"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=self.environment)

    def _insert(self, client, row):
        """Whether the client was told that it is committed."""
        try:
            client.stdin.write(f"INSERT INTO {self.table} VALUES ({row}, REPEAT('x', 100)); SELECT 'committed {row}';\n".encode())
            client.stdin.flush()
        except OSError:
            return False
        ready, _, _ = select.select([client.stdout], [], [], PATIENCE)
        return bool(ready) and client.stdout.readline() == f"committed {row}\n".encode()


def _end(client):
    if client:
        client.kill()
        client.wait()
        with suppress(OSError):  # what it did not read
            client.stdin.close()
        client.stdout.close()
