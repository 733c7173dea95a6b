#!/usr/bin/env python3
"""200 connections at the same time, each with its own bytes up and down, all exact."""

import asyncio
import random

from harness import *

seed = int.from_bytes(os.urandom(4), "big")
print("seed", seed)
chance = random.Random(seed)
contents = [chance.randbytes(chance.randrange(100_000)) for _ in range(200)]


async def answer(reader, writer):  # everything, reversed, when all of it has come
    writer.write((await reader.read())[::-1])
    await writer.drain()
    writer.write_eof()


async def ask(address, content):
    reader, writer = await asyncio.open_connection(*address)
    writer.write(content)
    writer.write_eof()
    got = await reader.read()
    writer.close()
    return got == content[::-1]


async def main(limit):
    server = await asyncio.start_server(answer, "127.0.0.1", 0, backlog=256)
    process, address = await asyncio.to_thread(
        relay, "--limit", limit, "--status-json", tmp / "status", to=server.sockets[0].getsockname()
    )
    exact = await asyncio.gather(*(ask(address, content) for content in contents))
    assert all(exact), f"{exact.count(False)} of {len(exact)} connections got other bytes"
    wait_until("all are done", lambda: said(process).count(": complete, ") == len(contents))
    process.terminate()
    ended(process, 0)
    assert status(tmp / "status")["bytes"] == 2 * sum(map(len, contents))


for limit in ("20M", "unlimited"):  # the bytes go different ways
    asyncio.run(main(limit))
