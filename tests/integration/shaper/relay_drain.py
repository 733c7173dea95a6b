#!/usr/bin/env python3
"""TERM: no new connections, those that end within --drain are served to the end, those that do not are reset."""

from harness import *

content = os.urandom(1_000_000)
for number in (signal.SIGTERM, signal.SIGINT):
    with listener() as server:
        process, address = relay("--limit", "10M", "--drain", 1000, to=server.getsockname())
        client = connect(address)
        client.sendall(content[:1000])
        peer = accept(server)
        process.send_signal(number)
        wait_until("it says so", lambda: "no more connections; 1 running" in said(process))
        try:
            connect(address)
            raise AssertionError("it still accepts")
        except ConnectionRefusedError:
            pass
        client.sendall(content[1000:])
        client.shutdown(socket.SHUT_WR)
        assert read_all(peer) == content
        peer.close()
        assert read_all(client) == b""
        ended(process, 0)

for drain, signals in ((0, 1), (1000, 2)):  # the second signal ends the patience
    with listener() as server:
        process, address = relay("--limit", "10M", "--drain", drain, to=server.getsockname())
        client = connect(address)
        client.sendall(content[:1000])
        peer = accept(server)
        assert peer.recv(1)
        for sent in range(signals):
            process.terminate()
            wait_until("it is heard", lambda: said(process).count("signal 15") > sent)
        assert is_reset(peer) and is_reset(client), "a part was taken for the whole"
        ended(process, 143)

with listener() as server:
    process, _ = relay("--limit", "10M", to=server.getsockname())
    end_by(process, signal.SIGTERM)
    ended(process, 0)
    process, _ = relay("--once", "--limit", "10M", to=server.getsockname())
    end_by(process, signal.SIGTERM)
    ended(process, 143)
