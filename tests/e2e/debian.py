"""Debian for tests: what apt of this machine gets, and from where; and clean roots of the same release, by debootstrap."""

import os
import shutil
import subprocess
from pathlib import Path

from sandbox import Failure, only_one

KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
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

    def missing():
        return sorted({package for name, package in programs.items() if not program(name)})

    if not release():
        problem = "needs Debian"
    elif os.geteuid():
        problem = "needs root"
    else:
        if strict and missing():
            _install(missing())
        if not missing():
            return None
        problem = f"needs {' '.join(missing())} (with CI=true they are installed here)"
    if strict:
        raise Failure(problem)
    return problem


def _install(packages):
    """Without a service being started."""
    veto = Path("/usr/sbin/policy-rc.d")
    ours = not veto.exists()
    if ours:
        _forbid_services(veto)
    apt = ["apt-get", "-q", "-o", "Dpkg::Use-Pty=0", "-o", f"DPkg::Lock::Timeout={_limit}"]
    try:
        for words in (["update"], ["install", "-y", "--no-install-recommends", *packages]):
            _checked([*apt, *words], os.environ | {"DEBIAN_FRONTEND": "noninteractive"})
    finally:
        if ours:
            veto.unlink(missing_ok=True)


def _forbid_services(veto):
    veto.write_text("#!/bin/sh\nexit 101\n", encoding="utf-8")
    veto.chmod(0o755)


def _checked(command, environment):
    done = subprocess.run([str(word) for word in command], env=environment, capture_output=True, text=True, errors="replace",
                          stdin=subprocess.DEVNULL, check=False, timeout=_limit)
    if done.returncode:
        raise Failure(f"{' '.join(map(str, command))}: exit code {done.returncode}: {done.stdout[-3000:]}{done.stderr[-2000:]}")
    return done.stdout


def sources(wanted):
    """The (address, suite) pairs from which apt of this machine gets Debian, as they are for that release."""
    here, found = release(), {}
    listed = _checked(["apt-get", "indextargets", "--format", "$(SITE) $(RELEASE) $(COMPONENT)", "Created-By: Packages"], os.environ)
    for site, suite, component in (line.split() for line in listed.splitlines() if len(line.split()) == 3):
        part = suite.removeprefix(here)
        if suite.startswith(here) and part in ("", "-updates", "-security") and component == "main":
            found.setdefault(wanted + part, site)
    if wanted not in found:
        raise Failure(f"apt-get indextargets names no source of Debian {here}: is apt set up, and 'apt-get update' run?")
    return [(site, suite) for suite, site in found.items()]


def _apt_settings(wanted):
    """Lines of apt.conf of this machine."""
    return [line for line in _checked(["apt-config", "dump"], os.environ).splitlines() if line.startswith(tuple(wanted))]


def proxies():
    """Through which apt of this machine reaches its sources, as variables of the environment."""
    found = {f"{kind}_proxy": os.environ.get(f"{kind}_proxy") for kind in ("http", "https")}
    for line in _apt_settings(["Acquire::http::Proxy ", "Acquire::https::Proxy "]):
        name, value = line.split(" ", 1)
        found[f"{name.split('::')[1]}_proxy"] = value.strip('";')
    return {name: value for name, value in found.items() if value and value != "DIRECT"}


def base(folder, wanted=None):
    """An archive of a minimal root of a release (this machine's), with apt ready to use; made once and kept in `folder`."""
    wanted = wanted or release()
    archive = Path(folder) / f"root-{wanted}.tar"
    with only_one(archive.with_suffix(".lock")):
        if not archive.exists():
            _make_base(archive, wanted)
    return archive


def _make_base(archive, wanted):
    tree = archive.with_suffix(".new")
    shutil.rmtree(tree, ignore_errors=True)
    pairs = sources(wanted)
    site = next(site for site, suite in pairs if suite == wanted)
    try:
        _checked([program("debootstrap"), "--variant=minbase", f"--keyring={KEYRING}", wanted, tree, site], os.environ | proxies())
        lines = "".join(f"deb {site} {suite} main\n" for site, suite in pairs)
        kept = "".join(f"{line}\n" for line in _apt_settings(["Acquire::Check-Valid-Until ", "Acquire::Check-Date "]))
        (tree / "etc/apt/sources.list").write_text(lines, encoding="utf-8")
        (tree / "etc/apt/apt.conf.d/90host").write_text(kept, encoding="utf-8")
        _forbid_services(tree / "usr/sbin/policy-rc.d")
        # Whoever uses it gets the machine's.
        for name in ("etc/resolv.conf", "etc/hostname"):
            (tree / name).unlink(missing_ok=True)
        _checked(["tar", "-C", tree, "--numeric-owner", "--exclude=./var/cache/apt/archives/*.deb", "--exclude=./var/lib/apt/lists/*_*",
                  "-cf", f"{tree}.tar", "."], os.environ)
        os.replace(f"{tree}.tar", archive)
    finally:
        shutil.rmtree(tree, ignore_errors=True)


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
        return _checked([*words, program("chroot"), self.path, *command],
                        {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8", "DEBIAN_FRONTEND": "noninteractive"} | proxies())

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
