"""The command line of an end-to-end test, before the test enters its own world: one that needs more words than these adds
them to `words` before it imports anything else of this folder."""

import argparse
import time
from pathlib import Path

words = argparse.ArgumentParser()
words.add_argument("build", nargs="?", default=Path(__file__).resolve().parents[2] / "build" / "release", type=Path)
words.add_argument("--keep", action="store_true", help="leave datadirs and logs where they are")
words.add_argument("--seed", type=int, default=int(time.time()), help="of what is done at random moments")
