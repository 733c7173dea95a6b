"""What can be seen of a transfer from outside while it runs: lines of logs, with the time at which they
appeared, and the CPU time of our processes on each host."""

import os
import re
from pathlib import Path

TICK = os.sysconf("SC_CLK_TCK")


class Log:
    """poll() notes when a line that matches a pattern is first seen. The file may not exist yet."""

    def __init__(self, path, patterns):
        self.path, self.seen = Path(path), {}
        self.patterns = {name: re.compile(pattern) for name, pattern in patterns.items()}
        self.offset = self.path.stat().st_size if self.path.exists() else 0
        self.rest = ""

    def poll(self, now):
        try:
            with open(self.path, encoding="utf-8", errors="replace") as file:
                file.seek(self.offset)
                text = file.read()
                self.offset = file.tell()
        except FileNotFoundError:
            return
        *lines, self.rest = (self.rest + text).split("\n")
        for line in lines:
            for name, pattern in self.patterns.items():
                if name not in self.seen and pattern.search(line):
                    self.seen[name] = now


class CpuTime:
    """User and system seconds of all processes of one program, for each network namespace. A process counts up to the
    last poll() before its end."""

    def __init__(self, program, namespaces):
        self.program = str(program)
        self.hosts = {namespace.identity(): name for name, namespace in namespaces.items()}
        self.processes = {}  # pid -> [host, seconds]
        self.polls = 0

    def poll(self):
        if self.polls % 5 == 0:
            self.discover()
        self.polls += 1
        for pid, seen in self.processes.items():
            try:
                fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
                seen[1] = max(seen[1], (int(fields[11]) + int(fields[12])) / TICK)
            except OSError:
                pass

    def discover(self):
        """A program's name is only known once its process has become it, so strangers are asked again."""
        for pid in filter(str.isdigit, os.listdir("/proc")):
            if pid in self.processes:
                continue
            try:
                ours = os.readlink(f"/proc/{pid}/exe") == self.program
                host = self.hosts.get(os.stat(f"/proc/{pid}/ns/net").st_ino)
            except OSError:
                continue
            if ours and host:
                self.processes[pid] = [host, 0.0]

    def seconds(self):
        total = dict.fromkeys(self.hosts.values(), 0.0)
        for host, used in self.processes.values():
            total[host] += used
        return total
