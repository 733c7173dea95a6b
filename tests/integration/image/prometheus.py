"""Prometheus' own tool, for what is made for Prometheus: `promtool("check", "rules", file)`. Where there is none it comes out
of Debian's package prometheus, into the build directory; nothing is installed and no service is started."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

top = Path(__file__).resolve().parents[3]
mgc = Path(sys.argv[1] if len(sys.argv) > 1 else top / "build" / "release" / "mgc").absolute()
_kept = mgc.parent / "promtool"
_tmp = tempfile.TemporaryDirectory(prefix="mgc-prometheus-")


def promtool(*words):
    """It must be content."""
    done = subprocess.run([_program(), *words], capture_output=True, text=True)
    assert done.returncode == 0, f"promtool {' '.join(map(str, words[:2]))}:\n{done.stdout}{done.stderr}"


def written(name, content):
    """A file for promtool: JSON is YAML."""
    file = Path(_tmp.name) / name
    file.write_text(json.dumps(content))
    return file


def _program():
    found = shutil.which("promtool") or (_kept if _kept.exists() else None)
    if found or _fetch():
        return found or _kept
    said = "there is no promtool, and Debian's package prometheus cannot be downloaded"
    if os.environ.get("CI") == "true":
        sys.exit(said)
    print("skipped:", said)
    sys.exit(77)


def _fetch():
    quiet = {"cwd": _tmp.name, "stdin": subprocess.DEVNULL, "capture_output": True}

    def downloaded():
        return subprocess.run(["apt-get", "-q", "download", "prometheus"], **quiet).returncode == 0

    try:
        if not downloaded():
            if os.geteuid() or subprocess.run(["apt-get", "-q", "update"], **quiet).returncode or not downloaded():
                return False
    except FileNotFoundError:  # no Debian
        return False
    package = next(Path(_tmp.name).glob("prometheus_*.deb"))
    subprocess.run(["dpkg-deb", "--extract", package, "package"], check=True, **quiet)
    beside = _kept.with_name(f"promtool.{os.getpid()}")
    shutil.copy(Path(_tmp.name) / "package" / "usr" / "bin" / "promtool", beside)
    os.replace(beside, _kept)  # whole, or not there, for others that look for it now
    return True
