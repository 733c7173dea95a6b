"""A client that keeps querying one node, in a process of its own so that nothing else of the demo delays it. It gets
"ADDRESS PORT USER PASSWORD SCHEMA ROWS" on standard input, and writes one line a second: how long each answer in it took, in
milliseconds. It ends when its standard output does, or the connection."""

import random
import sys
import time

from connection import Connection, Refused


def main():
    address, port, user, password, schema, rows = sys.stdin.readline().split()
    connection = Connection(address, int(port), user, password, schema)
    began, times = time.monotonic(), []
    while True:
        asked = time.monotonic()
        connection.query(f"SELECT MD5(filler) FROM data WHERE id = {random.randint(1, int(rows))}")
        now = time.monotonic()
        times.append(1000 * (now - asked))
        if now - began >= 1:
            print(*(f"{value:.2f}" for value in times), flush=True)
            began, times = now, []
        time.sleep(0.002)  # a client, not a load test


if __name__ == "__main__":
    try:
        main()
    except BrokenPipeError:
        pass
    except (OSError, Refused) as error:
        sys.exit(f"the reading client: {error}")
