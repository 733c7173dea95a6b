"""The programs that are measured: where they are, which package has them, which version they are."""

import os
import re
import shutil
import subprocess
from pathlib import Path

SBIN = ":/usr/sbin:/sbin"
NGINX_STREAM = Path("/usr/lib/nginx/modules/ngx_stream_module.so")

# name: (Debian package, command that tells its version)
RIVALS = {
    "haproxy": ("haproxy", ["haproxy", "-v"]),
    "nginx": ("nginx-light libnginx-mod-stream", ["nginx", "-v"]),
    "socat": ("socat", ["socat", "-V"]),
    "pv": ("pv", ["pv", "--version"]),
    "rsync": ("rsync", ["rsync", "--version"]),
}


def find(name):
    """The program's path, or None. Daemons live in directories that an ordinary PATH does not have."""
    if name == "nginx" and not NGINX_STREAM.exists():
        return None
    return shutil.which(name, path=os.environ.get("PATH", "") + SBIN)


def missing(names):
    """What to tell the user about each that is not installed."""
    return [f"{name} is not installed: apt-get install {RIVALS[name][0]}, or leave it out: --skip {name}"
            for name in sorted(names) if find(name) is None]


def version(argv):
    """The first version number that the command prints."""
    answer = subprocess.run(argv, capture_output=True, text=True, check=False)
    found = re.search(r"\d+(\.\d+)+[-+~.\w]*", answer.stdout + answer.stderr)
    return found.group(0) if found else "unknown"


def versions(names):
    return {name: version([find(name), *RIVALS[name][1][1:]]) for name in sorted(names)}
