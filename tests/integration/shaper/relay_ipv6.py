#!/usr/bin/env python3
"""The relay over IPv6, on both sides, its address written in brackets. Skipped on a machine without."""

from harness import *

try:
    server = listener(socket.AF_INET6)
except OSError:
    print("no IPv6 here")
    sys.exit(77)
content = os.urandom(500_000)
process, address = relay("--once", "--limit", "50M", listen="[::1]:0", to=server.getsockname())
assert f"listening on [::1]:{address[1]}, connecting to [::1]:{server.getsockname()[1]}" in said(process), said(process)
client = connect(address)
peer = accept(server)
peer.shutdown(socket.SHUT_WR)
taken = in_background(read_all, peer)
client.sendall(content)
client.shutdown(socket.SHUT_WR)
assert taken() == content
ended(process, 0)
