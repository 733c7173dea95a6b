"""Where a demo lives: one directory with all of its files, and in it state.json, which says what has to be ended. So
`image/demo --stop` can end what an earlier demo kept, or left when it was killed itself."""

import json
import os
import shutil
import stat
import tempfile
from pathlib import Path

PREFIX = "mgc-demo-"


class Problem(Exception):
    """The demo cannot go on; the message says why, and what to do."""


class Unusable(Problem):
    """It cannot even begin: exit code 2."""


def parent():
    return Path(os.environ.get("TMPDIR") or "/var/tmp")


def make(need):
    """A new directory where there is room for so many bytes."""
    place = parent()
    try:
        free = shutil.disk_usage(place).free
        if free < need:
            raise Unusable(f"{place} has {free >> 20} MB free, the demo needs {need >> 20}; TMPDIR=... names another place")
        made = Path(tempfile.mkdtemp(prefix=PREFIX, dir=place))
    except OSError as error:
        raise Unusable(f"{place}: {error.strerror}; TMPDIR=... names another place") from None
    made.chmod(0o711)  # the servers of root's demo have another user
    return made


def remember(place, **state):
    """In place of what was known before."""
    fresh = place / "state.new"
    fresh.touch(mode=0o600)
    fresh.write_text(json.dumps(state | {"boot": _boot(), "demo": identity(os.getpid())}))
    fresh.replace(place / "state.json")


def earlier():
    """What demos of this user left: (directory, state) each. Those that still play are not left."""
    found = []
    for place in sorted(parent().glob(PREFIX + "*")):
        try:
            about = place.lstat()
            if about.st_uid != os.geteuid() or not stat.S_ISDIR(about.st_mode):
                continue
            state = json.loads((place / "state.json").read_text())
            if not alive(state["demo"]) or state["boot"] != _boot():
                if state["boot"] != _boot():
                    state["processes"] = {}
                found.append((place, state))
        except (OSError, ValueError, KeyError, TypeError):
            continue
    return found


def identity(pid):
    """A number that no later process has: pid and the tick of its start."""
    fields = Path(f"/proc/{pid}/stat").read_text(errors="replace").rsplit(")", 1)[1].split()
    return [pid, int(fields[19])]


def alive(known):
    try:
        return identity(known[0]) == list(known)
    except (OSError, IndexError):
        return False


def _boot():
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
