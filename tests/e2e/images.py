#!/usr/bin/env python3
"""Builds the images that the tests of containers use, mgc:10.11 and mgc:11.8, in an engine of its own; and keeps them as
archives, for `docker load`, in images/ of the build directory.

    images.py [BUILD_DIR] [--only 10.11]

Nothing is pulled: debian:bookworm-slim and debian:trixie-slim are made by debootstrap from where this machine's apt gets its
packages, as small as those of the same name that Docker Hub has. The engine's layers stay in the build directory, so that
an unchanged tree builds nothing, and a changed one only compiles.
"""

import os
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import debian
import docker_engine
from sandbox import Failure, only_one
from words import words

SOURCE = Path(__file__).resolve().parents[2]
RELEASES = {"10.11": "bookworm", "11.8": "trixie"}  # MariaDB's series, and the Debian that has it
# What the slim images of Docker Hub leave out.
EXCLUDED = ("/usr/share/doc/*/[!c]*", "/usr/share/info/*", "/usr/share/lintian/*", "/usr/share/locale/*", "/usr/share/man/*")
BUILD_LIMIT = 3600  # seconds: only ends what hangs


def archive(build, series):
    """Where the image of this MariaDB series is kept."""
    return Path(build).resolve() / "images" / f"mgc-{series}.tar"


def ensure(build, series=tuple(RELEASES)):
    """Builds those that are not there, or not of this tree, and returns nothing. Takes a while the first time."""
    folder = Path(build).resolve() / "images"
    with only_one(folder / "lock"), docker_engine.engine(folder / "engine") as docker:
        with ThreadPoolExecutor() as at_once:
            list(at_once.map(lambda one: _make(docker, folder, one), series))


def _make(docker, folder, series):
    base = f"debian:{RELEASES[series]}-slim"
    if not docker.has(base):
        _timed(f"{base} made", lambda: _make_base(docker, folder, RELEASES[series], base))
    _timed(f"mgc:{series} built", lambda: _build(docker, folder, series))
    identity, note = docker("image", "inspect", "--format", "{{.Id}}", f"mgc:{series}"), folder / f"mgc-{series}.id"
    if note.exists() and note.read_text() == identity and archive(folder.parent, series).exists():
        return
    _timed(f"mgc:{series} saved", lambda: _save(docker, folder, series))
    note.write_text(identity)


def _timed(what, work):
    began = time.monotonic()
    work()
    print(f"{what}: {time.monotonic() - began:.1f} s", flush=True)


def _build(docker, folder, series):
    log = folder / f"mgc-{series}.log"
    proxies = [word for name, value in debian.proxies().items() for word in ("--build-arg", f"{name}={value}")]
    with open(log, "w", encoding="utf-8") as output:
        done = docker.run_client("build", "--network=host", "--force-rm", f"--build-arg=DEBIAN={RELEASES[series]}", *proxies,
                                 f"--tag=mgc:{series}", "--file", SOURCE / "image" / "Dockerfile", SOURCE,
                                 env=os.environ | {"DOCKER_BUILDKIT": "0"}, capture_output=False, stdout=output,
                                 stderr=subprocess.STDOUT, timeout=BUILD_LIMIT)
    if done.returncode:
        raise Failure(f"mgc:{series} does not build, see {log}:\n{log.read_text(errors='replace')[-4000:]}")


def _save(docker, folder, series):
    kept = archive(folder.parent, series)
    docker("save", "--output", f"{kept}.new", f"mgc:{series}", timeout=BUILD_LIMIT)
    os.replace(f"{kept}.new", kept)


def _make_base(docker, folder, release, tag):
    """As small as the one of Docker Hub, from a root that other tests use as well."""
    tree = folder / f"slim-{release}"
    shutil.rmtree(tree, ignore_errors=True)
    tree.mkdir()
    subprocess.run(["tar", "-C", tree, "--numeric-owner", *(f"--exclude=.{path}" for path in EXCLUDED), "--exclude=./var/log/*.log",
                    "-xf", debian.base(folder, release)], check=True)
    (tree / "etc/dpkg/dpkg.cfg.d/docker").write_text("".join(f"path-exclude {path}\n" for path in EXCLUDED))
    with subprocess.Popen(["tar", "-C", tree, "--numeric-owner", "-c", "."], stdout=subprocess.PIPE) as packed:
        docker("import", "-", tag, stdin=packed.stdout, timeout=BUILD_LIMIT)
    if packed.returncode:
        raise Failure(f"tar of {tree}: exit code {packed.returncode}")
    shutil.rmtree(tree)


def main():
    words.add_argument("--only", action="append", choices=list(RELEASES), help="this series alone")
    options = words.parse_args()
    if why_not := docker_engine.require():
        print(f"skipped: {why_not}")
        return 77
    ensure(options.build, options.only or tuple(RELEASES))
    return 0


if __name__ == "__main__":
    sys.exit(main())
