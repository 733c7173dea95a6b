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

import docker_engine
from sandbox import Failure
from words import words

SOURCE = Path(__file__).resolve().parents[2]
RELEASES = {"10.11": "bookworm", "11.8": "trixie"}  # MariaDB's series, and the Debian that has it
DEBIAN = ("http://deb.debian.org/debian", "http://deb.debian.org/debian-security")
KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
# What the slim images of Docker Hub leave out.
EXCLUDED = "".join(f"path-exclude {path}\n" for path in (
    "/usr/share/doc/*", "/usr/share/info/*", "/usr/share/linda/*", "/usr/share/lintian/overrides/*", "/usr/share/locale/*",
    "/usr/share/man/*")) + "path-include /usr/share/doc/*/copyright\n"
BUILD_LIMIT = 3600  # seconds: only ends what hangs


def archive(build, series):
    """Where the image of this MariaDB series is kept."""
    return Path(build).resolve() / "images" / f"mgc-{series}.tar"


def ensure(build, series=tuple(RELEASES)):
    """Builds those that are not there, or not of this tree, and returns nothing. Takes a while the first time."""
    folder = Path(build).resolve() / "images"
    with docker_engine.only_one(folder / "lock"), docker_engine.engine(folder / "engine") as docker:
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
    proxies = [word for name, value in _proxies().items() for word in ("--build-arg", f"{name}={value}")]
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


# ---- Debian's base images --------------------------------------------------------------------------------------------


def _sources(release):
    """The (address, suite) pairs from which apt on this machine gets Debian, as they are for this release."""
    listed = subprocess.run(["apt-get", "indextargets", "--format", "$(SITE) $(RELEASE) $(COMPONENT)", "Created-By: Packages"],
                            capture_output=True, text=True, check=False).stdout.split("\n")
    here = dict(line.split("=", 1) for line in Path("/etc/os-release").read_text().splitlines() if "=" in line)
    codename = here.get("VERSION_CODENAME", "")
    found = {}
    for site, suite, component in (line.split() for line in listed if len(line.split()) == 3):
        part = suite.removeprefix(codename)
        if here.get("ID") == "debian" and suite.startswith(codename) and component == "main" and part in ("", "-updates", "-security"):
            found.setdefault(part, site)
    if "" not in found:
        found = {"": DEBIAN[0], "-updates": DEBIAN[0], "-security": DEBIAN[1]}
    return [(site, release + part) for part, site in found.items()]


def _apt_settings():
    """How apt of this machine reaches its sources: names and values."""
    dumped = subprocess.run(["apt-config", "dump"], capture_output=True, text=True, check=False).stdout
    pairs = (line.rstrip(";").split(" ", 1) for line in dumped.splitlines() if " " in line)
    return {name: value.strip('"') for name, value in pairs}


def _proxies():
    settings = _apt_settings()
    found = {f"{kind}_proxy": settings.get(f"Acquire::{kind}::Proxy") or os.environ.get(f"{kind}_proxy") for kind in ("http", "https")}
    return {name: value for name, value in found.items() if value and value != "DIRECT"}


def _make_base(docker, folder, release, tag):
    tree = folder / f"base-{release}"
    shutil.rmtree(tree, ignore_errors=True)
    sources = _sources(release)
    site = next(site for site, suite in sources if suite == release)
    done = subprocess.run([docker_engine.program("debootstrap"), "--variant=minbase", f"--keyring={KEYRING}", release, tree, site],
                          env=os.environ | _proxies(), capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False,
                          timeout=BUILD_LIMIT)
    if done.returncode:
        raise Failure(f"debootstrap {release} from {site}: {done.stdout[-3000:]}{done.stderr[-1000:]}")
    (tree / "etc/apt/sources.list").write_text("".join(f"deb {site} {suite} main\n" for site, suite in sources))
    kept = {name: value for name, value in _apt_settings().items() if name in ("Acquire::Check-Valid-Until", "Acquire::Check-Date")}
    (tree / "etc/apt/apt.conf.d/90host").write_text("".join(f'{name} "{value}";\n' for name, value in kept.items()))
    (tree / "etc/dpkg/dpkg.cfg.d/docker").write_text(EXCLUDED)
    # Docker gives a container the host's.
    for name in ("etc/resolv.conf", "etc/hostname"):
        (tree / name).unlink(missing_ok=True)
    packed = subprocess.Popen(["tar", "-C", tree, "--numeric-owner", "--exclude=./var/cache/apt/archives/*.deb",
                               "--exclude=./var/lib/apt/lists/*_*", "--exclude=./usr/share/doc/*/[!c]*", "--exclude=./usr/share/man/*",
                               "--exclude=./usr/share/locale/*", "--exclude=./usr/share/info/*", "--exclude=./var/log/*.log",
                               "-c", "."], stdout=subprocess.PIPE)
    with packed:
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
