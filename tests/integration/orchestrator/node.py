"""What the tests of this folder start from: `NAME.py [path to mgc]`. All of tests/integration/shaper/harness.py, and `mgc`."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "shaper"))
from harness import *
import harness

mgc = os.path.abspath(sys.argv[1]) if len(sys.argv) > 1 else str(build / "mgc")
harness.shaper = os.path.join(os.path.dirname(mgc), "mgc-shaper")
budget = tmp / "budget"


def run(*options, **how):
    """mgc with these options, to its end."""
    return subprocess.run([mgc, *map(str, options)], **({"capture_output": True, "text": True, "timeout": hang,
                                                         "stdin": subprocess.DEVNULL} | how))


def answers(*options):
    """What it prints on standard output; it must succeed and complain of nothing."""
    done = run(*options)
    assert done.returncode == 0 and done.stderr == "", done
    return done.stdout


def refuses(code, text, *options, **how):
    done = run(*options, **how)
    assert done.returncode == code and done.stdout == "" and text in done.stderr, done


def status():
    return json.loads(answers("status", "--json", "--budget", budget))


def transfer(*options):
    """One that shares the budget and has enough to move for the whole test."""
    return start("--budget", budget, *options, stdin=open("/dev/zero"))


def moves(count=1):
    """So many transfers are seen, and have been for a second: then rates are those of the transfers, not of their start."""
    def settled():
        running = status()["transfers"]
        return len(running) == count and all(one["seconds"] > 2 for one in running)
    wait_until(f"{count} transfers run", settled)
