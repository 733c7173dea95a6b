"""What the tests of this folder start from: `NAME.py [path to mgc-shaper]`.

`shaper` is the program under test, `tmp` a directory of this run. The directory and every process that start() made go
when the test ends, however it ends. Nothing here waits for a time to pass: `hang` only ends a test that would never end.
"""

import atexit
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

hang = 60
build = Path(__file__).resolve().parents[3] / "build" / "release"
shaper = os.path.abspath(sys.argv[1] if len(sys.argv) > 1 else build / "mgc-shaper")
tmp = Path(tempfile.mkdtemp())
_running = []


@atexit.register
def _clean_up():
    for process in _running:
        if process.poll() is None:
            process.kill()
            process.wait()
    shutil.rmtree(tmp, ignore_errors=True)


signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
for ignored in (signal.SIGINT, signal.SIGHUP):  # by whoever started the test: the program would inherit it
    signal.signal(ignored, signal.SIG_DFL)


def start(*options, **how):
    """The program with these options; its standard error is kept for ended() and said()."""
    how = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL} | how
    errors = tempfile.TemporaryFile(dir=tmp)
    process = subprocess.Popen([shaper, *map(str, options)], **({"stderr": errors} | how))
    process.errors = errors
    _running.append(process)
    return process


def said(process):
    return os.pread(process.errors.fileno(), 1 << 20, 0).decode()


def ended(process, code, text=""):
    """Waits for its end: the exit code must be this one, and `text` be in what it said."""
    got = process.wait(hang)
    assert got == code, f"exit code {got} instead of {code}: {said(process)}"
    assert text in said(process), f"no '{text}' in: {said(process)}"


def end_by(process, number):
    """Sends a signal that is to end it at once. The TSan of GCC 12 loses one that comes while it makes room for its first:
    there it is sent again until it was heard."""
    process.send_signal(number)
    while "MGC_TEST_UNDER_TSAN" in os.environ and process.poll() is None:
        time.sleep(1)
        process.send_signal(number)


def wait_until(what, condition):
    deadline = time.monotonic() + hang
    while not condition():
        assert time.monotonic() < deadline, f"waited {hang} s for: {what}"
        time.sleep(0.02)


def relay(*options, to, listen="127.0.0.1:0"):
    """A relay to `to` (host, port), and the address where it listens."""
    host, port = to[:2]
    to = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    process = start("--listen", listen, "--connect", to, *options)
    begin = "listening on "
    wait_until("the relay listens", lambda: begin in said(process) or process.poll() is not None)
    assert begin in said(process), said(process)
    where = said(process).split(begin)[1].split(",")[0]
    return process, (where.rsplit(":", 1)[0].strip("[]"), int(where.rsplit(":", 1)[1]))


def listener(family=socket.AF_INET, backlog=128):
    server = socket.socket(family)
    server.bind(("::1" if family == socket.AF_INET6 else "127.0.0.1", 0))
    server.listen(backlog)
    server.settimeout(hang)
    return server


def connect(address):
    return socket.create_connection(address, timeout=hang)


def accept(server):
    peer = server.accept()[0]
    peer.settimeout(hang)
    return peer


def tcp_pair():
    with listener() as server:
        return connect(server.getsockname()), accept(server)


def read_all(source):
    """Everything up to a clean end; a reset is raised."""
    pieces = []
    while piece := source.recv(1 << 16):
        pieces.append(piece)
    return b"".join(pieces)


def is_reset(peer):
    try:
        read_all(peer)
        return False
    except ConnectionResetError:
        return True


def in_background(work, *arguments):
    """The result of work(*arguments), from a thread: call what is returned to have it."""
    results = []
    thread = threading.Thread(target=lambda: results.append(work(*arguments)), daemon=True)
    thread.start()

    def result():
        thread.join(hang)
        assert results, f"{work.__name__} did not end well"
        return results[0]

    return result


def status(path):
    return json.loads(Path(path).read_text())
