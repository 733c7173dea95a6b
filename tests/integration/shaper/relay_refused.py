#!/usr/bin/env python3
"""Nobody listens at --connect: the client is reset and told nothing else; with --once the relay fails, else it goes on."""

from harness import *

closed = socket.socket()
closed.bind(("127.0.0.1", 0))  # nobody else can listen there
target = closed.getsockname()
message = f"because 127.0.0.1:{target[1]} cannot be reached: Connection refused"


def refused(address):
    try:
        return is_reset(connect(address))
    except ConnectionResetError:  # so soon that connect() already tells
        return True


process, address = relay("--once", "--limit", 6000, to=target)
assert refused(address), "the client saw a clean end"
ended(process, 1, message)

process, address = relay("--limit", 6000, to=target)
for _ in range(3):
    assert refused(address), "the client saw a clean end"
wait_until("it says so each time", lambda: said(process).count(message) == 3)
closed.listen()
client, content = connect(address), os.urandom(1000)
client.sendall(content)
client.shutdown(socket.SHUT_WR)
assert read_all(accept(closed)) == content, "it did not go on"
process.terminate()
process.wait(hang)
