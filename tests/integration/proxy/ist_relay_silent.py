#!/usr/bin/env python3
"""During an SST the connection is silent for hours: both sides are probed by TCP, often enough for what is between."""

from ist_peers import *

if shutil.which("ss") is None:
    sys.exit(77)
server = joiner()
process, address = ist_relay(server)
donor, joins = connected(server, address)
port = address[1]


def probed(filter):
    shown = subprocess.run(["ss", "-tnoH", *filter.split()], check=True, capture_output=True, text=True).stdout
    return shown.count("\n") == 1 and "timer:(keepalive," in shown and "min" not in shown


wait_until("the donor is probed", lambda: probed(f"src 127.0.0.2 sport = {port}"))
wait_until("the joiner is probed", lambda: probed(f"dst 127.0.0.1 dport = {port}"))
donor.close()
joins.close()
stop(process)
