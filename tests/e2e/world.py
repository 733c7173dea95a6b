"""What every test of servers stands on: its command line, its world (sandbox.py), the programs of the build, and how it asks
a server. A test that fails prints what `explanations` say."""

import atexit
import os
import shutil
import signal
import subprocess
import sys
import threading
import traceback

import sandbox
from sandbox import Failure, hang
from words import words

options = words.parse_args()
os.environ["PATH"] += ":/usr/sbin:/sbin"
for _program in ("mariadbd", "mariadb-install-db", "mariadb", "mariadb-backup", "rsync", "nft"):
    if not shutil.which(_program):
        sys.exit(f"{_program} is missing; see tests/packages.txt")
tmp = sandbox.enter(options.keep)
build = options.build.resolve()
programs = tmp / "bin"  # a copy: whom servers run as need not be able to enter the build directory

started = []  # processes that end with the test
explanations = []  # functions that print what a failed test should show


@atexit.register
def _stop_started():
    for process in started:
        if process.poll() is None:
            process.kill()
            process.wait()


def explain(kind, value, trace):
    traceback.print_exception(kind, value, trace)
    for explanation in explanations:
        explanation()
    sys.stderr.flush()


sys.excepthook = explain
signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))


def install_programs():
    programs.mkdir()
    shutil.copy(build / "mgc", programs)
    for name in ("mgc-shaper", "wsrep_sst_mgc_mariabackup", "wsrep_sst_mgc_rsync"):
        (programs / name).symlink_to("mgc")
    os.environ["PATH"] = f"{programs}:{os.environ['PATH']}"


def run(*command, **how):
    """The program's standard output; a Failure with all it said if it fails."""
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, errors="replace", check=False,
                          **({"timeout": hang, "stdin": subprocess.DEVNULL} | how))
    if done.returncode:
        raise Failure(f"{' '.join(map(str, command))[:300]}: exit code {done.returncode}: {done.stderr[-2000:]}{done.stdout[-500:]}")
    return done.stdout


def client(socket_path, statement, schema=None):
    """Rows as lists of strings."""
    command = ["mariadb", "--no-defaults", "--default-character-set=utf8mb4", "--batch", "--raw", "--skip-column-names",
               f"--socket={socket_path}", "--user=root", *([schema] if schema else [])]
    answer = run(*command, stdin=None, input=statement)
    return [line.split("\t") for line in answer.splitlines()]


def in_background(work, *arguments):
    """Call what is returned to have the result."""
    results, errors = [], []

    def body():
        try:
            results.append(work(*arguments))
        except BaseException as error:  # pylint: disable=broad-except
            errors.append(error)

    thread = threading.Thread(target=body, daemon=True)
    thread.start()

    def result():
        thread.join(hang)
        if errors:
            raise errors[0]
        assert results, f"{work.__name__} did not end"
        return results[0]

    return result


install_programs()
