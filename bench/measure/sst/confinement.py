"""Nothing of a run outlives it. The work is done by the first process of a PID namespace: when it ends, however
it ends, the kernel kills what it and its servers and their scripts have started. Mounts and networks are as
private, so they go with the last process. Needs root."""

import ctypes
import os
import signal
import subprocess
import sys

CLONE_NEWNS = 0x00020000
CLONE_NEWPID = 0x20000000
CLONE_NEWNET = 0x40000000
PR_SET_PDEATHSIG = 1

LIBC = ctypes.CDLL(None, use_errno=True)
STOPPED = 130
STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def check(result):
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def run(work):
    """Does `work()` confined and returns its exit code; STOPPED after a signal, which is passed on."""
    check(LIBC.unshare(CLONE_NEWPID))
    sys.stdout.flush()
    child = os.fork()
    if child == 0:
        os._exit(first_process(work))
    for number in STOPPING:
        signal.signal(number, lambda number, _: os.kill(child, number))
    _, status = os.waitpid(child, 0)
    return max(os.waitstatus_to_exitcode(status), -1) % 256


def first_process(work):
    check(LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0))
    for number in STOPPING:
        signal.signal(number, lambda *_: os._exit(STOPPED))  # nothing needs to be cleaned up: see above
    try:
        check(LIBC.unshare(CLONE_NEWNS | CLONE_NEWNET))
        mount("--make-rprivate", "/")
        mount("-t", "proc", "proc", "/proc")
        code = work()
    except BaseException:  # whatever it is, it must not run the caller's code a second time
        sys.excepthook(*sys.exc_info())
        code = 1
    sys.stdout.flush()
    return code


def mount(*argv):
    subprocess.run(["mount", *argv], check=True)


def mount_memory(directory):
    """A file system in memory, which nobody else sees."""
    mount("-t", "tmpfs", "-o", "mode=755,size=75%", "tmpfs", directory)
