#!/usr/bin/env python3
"""image/demo with little data and without a terminal: what it says in the end, and that it leaves nothing behind, whether it
plays to the end, is interrupted, or fails."""

import os
import re
import shutil
import signal
import subprocess
import time
from pathlib import Path

import sandbox
from sandbox import hang, wait_until
from world import programs, run, started, tmp

tree = tmp / "tree"  # a copy: nobody may not be let into the source tree
place = tmp / "place"


class demo:
    """One that runs; `whom` are arguments for subprocess."""

    def __init__(self, *options, whom=None):
        if place.exists():
            shutil.rmtree(place)
        place.mkdir()
        if whom:
            sandbox.give_to_servers(place)
        self.output = tmp / "output"
        with open(self.output, "wb") as output:
            self.popen = subprocess.Popen([tree / "image/demo", "--mgc", programs, "--quick", *options], stdin=subprocess.DEVNULL,
                                          stdout=output, stderr=output, env=os.environ | {"TMPDIR": str(place)}, cwd="/",
                                          start_new_session=True, **(whom or {}))
        started.append(self.popen)

    def text(self):
        return self.output.read_text(errors="replace")

    def wait_for(self, pattern):
        wait_until(f"the demo says {pattern}", lambda: re.search(pattern, self.text()), hang, self._alive)

    def _alive(self):
        assert self.popen.poll() is None, f"the demo ended with {self.popen.returncode}: {self.text()}"

    def wait_ended(self, code):
        found = self.popen.wait(2 * hang)
        assert found == code, f"exit code {found}, not {code}: {self.text()}"
        return self.text()


def nothing_left(*but):
    """No process but the test's own, and no files but those."""
    left = sandbox.strangers([])
    assert not left, f"left running: {left}"
    names = sorted(entry.name for entry in place.iterdir())
    assert len(names) == len(but) and all(re.fullmatch(*pair) for pair in zip(but, names)), f"left: {names}"


def again(*options, code):
    """Another one beside what is there; all that it says."""
    done = subprocess.run([tree / "image/demo", *options], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
                          env=os.environ | {"TMPDIR": str(place)}, timeout=hang)
    assert done.returncode == code, f"{options}: exit code {done.returncode}, not {code}: {done.stdout}{done.stderr}"
    return done.stdout + done.stderr


def plays_and_keeps():
    """All acts; then its cluster is there until --stop, and in the way of another demo."""
    text = demo("--keep").wait_ended(0)
    for said in ("1. Three nodes", "3 of 3 nodes are Synced", "4. The disk of node3", "held back by", "by IST", "Nothing was lost"):
        assert said in text, f"'{said}' is missing: {text}"
    rows = re.findall(r"node\d +(\d+) of (\d+) acknowledged rows", text)
    assert len(rows) == 3 and len({number for pair in rows for number in pair}) == 1, text
    password = re.search(r"MYSQL_PWD=(\w+)", text)[1]
    size = run("mariadb", "--no-defaults", "-h127.0.0.12", "-P3310", "-udemo", "-BN", "-e", "SHOW STATUS LIKE 'wsrep_cluster_size'",
               env=os.environ | {"MYSQL_PWD": password})
    assert size.split()[1] == "3", size
    taken = again("--mgc", programs, code=2)
    assert re.search(r"127\.0\.0\.11:3310 \(by mariadbd, process \d+\)", taken), taken
    assert "removed" in again("--stop", code=0)
    nothing_left()


def is_interrupted():
    """By Ctrl-C, as an ordinary user, while node3 gets its copy."""
    playing = demo(whom=sandbox.user())
    playing.wait_for("its files are removed")
    time.sleep(3)
    playing.popen.send_signal(signal.SIGINT)
    playing.wait_ended(130)
    nothing_left()


def fails():
    """A node that goes away is the end of it: its logs are kept, nothing else."""
    playing = demo()
    playing.wait_for("node1.*initialising|2. Data")
    victim = next(one for one in sandbox.processes() if one.command.endswith("mgc run"))
    os.kill(victim.pid, signal.SIGKILL)
    text = playing.wait_ended(1)
    assert re.search(r"mgc run of node\d ended with exit code -9", text), text
    nothing_left(r"mgc-demo-\w+-logs")
    assert {log.name for log in next(place.iterdir()).iterdir()} >= {f"node{number}-mgc.log" for number in (1, 2, 3)}


def main():
    shutil.copytree(Path(__file__).resolve().parents[2] / "image", tree / "image")
    for act in (fails, is_interrupted, plays_and_keeps):
        began = time.monotonic()
        act()
        print(f"{act.__name__}: ok, {time.monotonic() - began:.1f} s", flush=True)


if __name__ == "__main__":
    main()
