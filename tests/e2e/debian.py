"""Debian for tests: what apt of this machine gets, and from where; and clean roots of the same release, by debootstrap."""

import os
import shutil
import subprocess
from pathlib import Path

from sandbox import Failure

KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
_usual = ("http://deb.debian.org/debian", "http://deb.debian.org/debian-security")
_limit = 1800  # seconds: only ends what hangs


def release():
    """This machine's, as bookworm."""
    lines = Path("/etc/os-release").read_text(encoding="utf-8").splitlines()
    here = dict(line.split("=", 1) for line in lines if "=" in line)
    return here.get("VERSION_CODENAME", "") if here.get("ID") == "debian" else ""


def program(name):
    """Where it is, or None."""
    return shutil.which(name, path=os.environ["PATH"] + ":/usr/sbin:/sbin")


def require(programs):
    """There are root and these programs, given with the packages that have them. Why not, as a sentence, where that only
    skips a test; with CI=true they are installed."""
    strict = os.environ.get("CI") == "true"
    if not release():
        problem = "needs Debian"
    elif os.geteuid():
        problem = "needs root"
    else:
        missing = sorted({package for name, package in programs.items() if not program(name)})
        if not missing:
            return None
        if strict:
            _install(missing)
            return None
        problem = f"needs {' '.join(missing)} (with CI=true they are installed here)"
    if strict:
        raise Failure(problem)
    return problem


def _install(packages):
    for words in (["update"], ["install", "-y", "--no-install-recommends", *packages]):
        _checked(["apt-get", "-q", "-o", "Dpkg::Use-Pty=0", *words], os.environ | {"DEBIAN_FRONTEND": "noninteractive"})


def _checked(command, environment):
    done = subprocess.run([str(word) for word in command], env=environment, capture_output=True, text=True, errors="replace",
                          stdin=subprocess.DEVNULL, check=False, timeout=_limit)
    if done.returncode:
        raise Failure(f"{' '.join(map(str, command))}: exit code {done.returncode}: {done.stdout[-3000:]}{done.stderr[-2000:]}")
    return done.stdout


def sources():
    """The (address, suite) pairs from which apt of this machine gets Debian."""
    here, found = release(), {}
    listed = _checked(["apt-get", "indextargets", "--format", "$(SITE) $(RELEASE) $(COMPONENT)", "Created-By: Packages"], os.environ)
    for site, suite, component in (line.split() for line in listed.splitlines() if len(line.split()) == 3):
        if suite in (here, f"{here}-updates", f"{here}-security") and component == "main":
            found.setdefault(suite, site)
    if here not in found:
        found = {here: _usual[0], f"{here}-updates": _usual[0], f"{here}-security": _usual[1]}
    return [(site, suite) for suite, site in found.items()]


def apt_settings():
    """How apt of this machine reaches its sources: lines of apt.conf."""
    kept = ("Acquire::Check-Valid-Until ", "Acquire::Check-Date ", "Acquire::http::Proxy ", "Acquire::https::Proxy ")
    return "".join(f"{line}\n" for line in _checked(["apt-config", "dump"], os.environ).splitlines() if line.startswith(kept))


def base(folder):
    """An archive of a minimal root of this machine's release, with apt ready to use; made once and kept in `folder`."""
    archive = Path(folder) / f"root-{release()}.tar"
    if archive.exists():
        return archive
    archive.parent.mkdir(parents=True, exist_ok=True)
    tree = archive.with_suffix(f".{os.getpid()}")
    site = next(site for site, suite in sources() if suite == release())
    try:
        _checked([program("debootstrap"), "--variant=minbase", f"--keyring={KEYRING}", release(), tree, site], os.environ)
        lines = "".join(f"deb {site} {suite} main\n" for site, suite in sources())
        (tree / "etc/apt/sources.list").write_text(lines, encoding="utf-8")
        (tree / "etc/apt/apt.conf.d/90host").write_text(apt_settings(), encoding="utf-8")
        # No package may start a service in here.
        veto = tree / "usr/sbin/policy-rc.d"
        veto.write_text("#!/bin/sh\nexit 101\n", encoding="utf-8")
        veto.chmod(0o755)
        _checked(["tar", "-C", tree, "--numeric-owner", "--exclude=./var/cache/apt/archives/*.deb", "-cf", f"{tree}.tar", "."], os.environ)
        os.replace(f"{tree}.tar", archive)
    finally:
        shutil.rmtree(tree, ignore_errors=True)
    return archive


class clean_root:
    """A Debian of its own below `path`, which need not exist."""

    def __init__(self, path):
        self.path = Path(path)

    def unpack(self, archive):
        self.path.mkdir(parents=True, exist_ok=True)
        _checked(["tar", "-C", self.path, "--numeric-owner", "-xf", archive], os.environ)
        shutil.copy("/etc/resolv.conf", self.path / "etc/resolv.conf")
        return self

    def run(self, *command):
        """In it, with a /proc of its own, which nobody else sees; whatever is left running ends with the command."""
        words = [program("unshare"), "--mount", "--pid", "--fork", "--kill-child", f"--mount-proc={self.path}/proc"]
        proxies = {name: value for name, value in os.environ.items() if name.lower() in ("http_proxy", "https_proxy", "no_proxy")}
        return _checked([*words, program("chroot"), self.path, *command],
                        {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8", "DEBIAN_FRONTEND": "noninteractive"} | proxies)

    def apt(self, *words):
        return self.run("apt-get", "-q", "-y", "-o", "Dpkg::Use-Pty=0", "-o", "Dpkg::Options::=--force-unsafe-io", *words)

    def files(self):
        """Every path in it, but for what apt, dpkg and logs keep of what they have done."""
        bookkeeping = ("var/lib/apt", "var/lib/dpkg", "var/cache", "var/log", "proc", "tmp", "run")
        found = set()
        for folder, folders, names in os.walk(self.path):
            inside = os.path.relpath(folder, self.path)
            folders[:] = [name for name in folders if os.path.normpath(f"{inside}/{name}") not in bookkeeping]
            found |= {os.path.normpath(f"{inside}/{name}") for name in folders + names}
        return found

    def named(self, word):
        """Paths that have the word in their last name, wherever they are."""
        done = subprocess.run(["find", self.path, "-xdev", "-name", f"*{word}*", "-not", "-path", f"{self.path}/proc/*"],
                              capture_output=True, text=True, check=True)
        return done.stdout.split()
