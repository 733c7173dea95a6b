"""The show of image/demo: `python3 image/demonstration OPTIONS`. It plays five acts and leaves nothing behind, however it ends."""

import argparse
import shutil
import signal
import sys
import time
from pathlib import Path

import containers
import place
import ports
import processes
import screen
from acts import Play
from place import Problem, Unusable
from settings import SCHEMA, USER, Settings

TREE = Path(__file__).resolve().parents[2]
ROWS, QUICK_ROWS = 220_000, 40_000  # of a kilobyte


class Ended(BaseException):
    """By a signal."""

    def __init__(self, number):
        super().__init__()
        self.number = number


def main():
    options = _options()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _end)
    try:
        return _stop() if options.stop else _play(options)
    except Unusable as problem:
        return _complain(problem, 2)
    except Problem as problem:
        return _complain(problem, 1)
    except Ended as ended:
        return 128 + ended.number


def _options():
    words = argparse.ArgumentParser(prog="image/demo", add_help=False, allow_abbrev=False)
    for flag in ("--docker", "--keep", "--stop", "--quick"):
        words.add_argument(flag, action="store_true")
    for option in ("--image", "--build-network", "--mgc"):
        words.add_argument(option)
    return words.parse_args()


def _play(options):
    began = time.monotonic()
    rows = QUICK_ROWS if options.quick else ROWS
    ports.check_free()
    image = None
    if options.docker:
        version = containers.check_engine()
        image = options.image or containers.build(TREE, options.build_network)
    # Per node the data, its redo and gcache; and while a copy is made, pieces of it.
    root = place.make(3 * (2 * rows * 1000 + (300 << 20)))
    settings = Settings()
    nodes = None
    try:
        if options.docker:
            nodes = containers.Containers(root, settings, image)
            screen.say(f"Docker Engine {version}, image {image}. Files: {root}")
        else:
            nodes = processes.Processes(root, settings, options.mgc)
            screen.say(f"Files: {root}")
        Play(nodes, settings, rows).perform()
        if options.keep:
            _tell_how(nodes, settings)
            return 0
    except Ended:
        print("\nInterrupted.", flush=True)
        _clean(nodes, root)
        raise
    except BaseException as failure:
        _clean(nodes, root, logs=True)
        if isinstance(failure, (Problem, AssertionError)):
            raise
        # A server that closes a connection, an engine that goes away: the last line tells what, the logs why.
        raise Problem(f"{type(failure).__name__}: {failure}") from failure
    screen.heading(6, "The end")
    moment = time.monotonic()
    _clean(nodes, root)
    screen.say(f"Everything is stopped and removed ({time.monotonic() - moment:.0f} s). The demo took {time.monotonic() - began:.0f} s.")
    return 0


def _clean(nodes, root, logs=False):
    """No signal disturbs it."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    if nodes:
        kept = root.with_name(f"{root.name}-logs")
        if logs:
            kept.mkdir(mode=0o700)
            nodes.keep_logs(kept)
            print(f"   The nodes' logs are in {kept}", file=sys.stderr, flush=True)
        nodes.end()
    shutil.rmtree(root)


def _tell_how(nodes, settings):
    screen.heading(6, "Kept")
    for what, how in [("connect", f"MYSQL_PWD={settings.password} mariadb -h {settings.address(1)} -P {ports.PORT} -u {USER} {SCHEMA}"),
                      *nodes.hints(), ("end", f"{TREE}/image/demo --stop")]:
        screen.say(f"{screen.bold(what.ljust(8))} {how}")


def _stop():
    """What earlier demos of this user kept or left."""
    found = place.earlier()
    for root, state in found:
        processes.end_processes(root, state["processes"])
        if state.get("containers"):
            containers.end_containers(state["containers"], state.get("engine"))
        shutil.rmtree(root)
        print(f"ended, and {root} removed")
    if not found:
        print(f"no demo of this user was left in {place.parent()}")
    return 0


def _end(number, _frame):
    raise Ended(number)


def _complain(problem, code):
    print(screen.red(f"image/demo: {problem}"), file=sys.stderr, flush=True)
    return code


if __name__ == "__main__":
    sys.exit(main())
