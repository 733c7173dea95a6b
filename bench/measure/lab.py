"""Owns everything a measurement starts: processes, their standard streams and a temporary directory. All of it is
gone when the `with` block is left, however it is left."""

import os
import signal
import subprocess
import tempfile
import textwrap
import time
from pathlib import Path

from measure import arrivals, network


class Failure(Exception):
    """The measurement is void; the message says why."""


class Process:
    """A child and what it costs. Its CPU time includes children it has waited for."""

    def __init__(self, argv, errors, stdin, stdout):
        self.argv, self.errors = [str(word) for word in argv], errors
        with open(errors, "wb") as stderr:
            # A session of its own: Ctrl-C is for us, and we stop the children in our order.
            self.popen = subprocess.Popen(self.argv, stdin=stdin, stdout=stdout, stderr=stderr,
                                          start_new_session=True)
        self.pid = self.popen.pid
        self.usage = None  # of the whole life, once it has ended
        self.cpu_before = 0.0

    @property
    def name(self):
        return Path(self.argv[0]).name

    @property
    def status(self):
        """Exit code, negative for a signal, None while it runs."""
        if self.popen.returncode is None:
            pid, status, usage = os.wait4(self.pid, os.WNOHANG)
            if pid:
                self.popen.returncode, self.usage = os.waitstatus_to_exitcode(status), usage
        return self.popen.returncode

    def mark_start(self):
        """What was used until now is set-up and does not count."""
        self.cpu_before = sum(
            int(Path(f"/proc/{self.pid}/task/{task}/schedstat").read_text().split()[0]) / 1e9
            for task in os.listdir(f"/proc/{self.pid}/task"))

    def cpu(self):
        """User and system seconds from mark_start() to the end of the process."""
        return self.usage.ru_utime + self.usage.ru_stime - self.cpu_before

    def memory(self):
        """Resident set now and at its highest, in bytes."""
        lines = dict(line.split(":", 1) for line in Path(f"/proc/{self.pid}/status").read_text().splitlines())
        return {"now": int(lines["VmRSS"].split()[0]) * 1024, "highest": int(lines["VmHWM"].split()[0]) * 1024}

    def wait(self, timeout):
        deadline = time.monotonic() + timeout
        while self.status is None:
            if time.monotonic() > deadline:
                raise Failure(f"not done after {timeout:.0f} s: {self.describe()}")
            time.sleep(0.005)
        return self.status

    def stop(self, grace=5):
        """TERM, and KILL for who does not listen."""
        if self.status is None:
            self.popen.send_signal(signal.SIGTERM)
            try:
                self.wait(grace)
            except Failure:
                self.kill()

    def kill(self):
        if self.status is None:
            self.popen.kill()
            self.wait(5)

    def describe(self):
        said = self.errors.read_text(errors="replace").strip()[-800:]
        return " ".join(self.argv) + (f"\n{said}" if said else "")


class Lab:
    def __init__(self, peer, shaper):
        self.peer, self.shaper = peer, shaper
        self.realtime = os.geteuid() == 0
        self.processes = []

    def __enter__(self):
        self.temporary = tempfile.TemporaryDirectory(prefix="mgc-bench-")
        self.count = 0
        return self

    def __exit__(self, *_):
        self.stop_all()
        self.temporary.cleanup()

    def stop_all(self):
        for process in reversed(self.processes):
            process.kill()
            for stream in (process.popen.stdin, process.popen.stdout):
                if stream:
                    stream.close()
        self.processes.clear()

    def path(self, name):
        """A new path in the temporary directory."""
        self.count += 1
        return Path(self.temporary.name) / f"{self.count}-{name}"

    def write(self, name, text):
        path = self.path(name)
        path.write_text(textwrap.dedent(text).strip() + "\n")
        return path

    def start(self, argv, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL):
        """`stdin` may be a process: it is then read from, and its end reaches nobody else."""
        upstream = stdin if isinstance(stdin, Process) else None
        try:
            process = Process(argv, self.path("stderr"), upstream.popen.stdout if upstream else stdin, stdout)
        except OSError as error:
            raise Failure(f"cannot start {argv[0]}: {error.strerror}") from error
        if upstream:
            upstream.popen.stdout.close()
        self.processes.append(process)
        return process

    def run(self, argv):
        """Runs a short command to its end."""
        process = self.start(argv)
        if process.wait(10) != 0:
            raise Failure(f"exit code {process.status}: {process.describe()}")

    def wait_until(self, condition, process, what, timeout=10):
        deadline = time.monotonic() + timeout
        while not condition():
            if process.status is not None or time.monotonic() > deadline:
                raise Failure(f"{what} did not happen: {process.describe()}")
            time.sleep(0.005)

    def wait_listening(self, port, process):
        self.wait_until(lambda: network.is_listening(port), process, f"listening on port {port}")

    def source(self, *options, stdout=subprocess.DEVNULL):
        """Connects at once, sends after release()."""
        return self.start([self.peer, "source", "--wait-for-line", *options], subprocess.PIPE, stdout)

    @staticmethod
    def release(source):
        source.popen.stdin.write(b"\n")
        source.popen.stdin.flush()

    def sink(self, *options, stdin=subprocess.DEVNULL):
        path = self.path("arrivals")
        process = self.start([self.peer, "sink", "--arrivals", path, *options], stdin)
        process.arrivals = path
        return process

    @staticmethod
    def flows(sink):
        return arrivals.load(sink.arrivals)
