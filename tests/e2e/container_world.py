"""What tests of containers stand on: the images, a world of their own (sandbox.py), and hosts: a Docker Engine each, in a
network namespace and with a /data of its own.

    from container_world import *
    with hosts("192.168.1.100", "192.168.1.101") as (first, second):
        first.docker("run", "-d", "--net=host", "--name=node1", ...)

The hosts are on one network with the test itself, which has the address 192.168.1.254. Containers are judged by what their
users see: `docker logs`, `docker inspect`, `docker exec`, and SQL from another host.
"""

import contextlib
import json
import shutil
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import docker_engine
import images
from words import words

words.add_argument("--image", default="10.11", choices=list(images.RELEASES), help="MariaDB's series (default: %(default)s)")
_asked = words.parse_known_args()[0]
if _why_not := docker_engine.require():
    print(f"skipped: {_why_not}")
    sys.exit(77)
# In its own world a test reaches no package archive. CTest lets e2e.images go before; alone, what there is will do.
if not images.archive(_asked.build, _asked.image).exists():
    images.ensure(_asked.build, [_asked.image])

from orchestra import options, play, run, scenario, tmp, wait_until  # noqa: E402, F401
from sandbox import Failure  # noqa: E402

tempfile.tempdir = str(tmp)  # it goes with the test, however that ends
IMAGE = f"mgc:{_asked.image}"
_prefix = 24
_mine = "192.168.1.254"


class Host:
    """One with Docker on it."""

    all = []

    def __init__(self, number, address, listen=(), tls=None):
        self.name, self.address = f"host{number}", address
        self.root = tmp / self.name
        self.data = self.root / "data"  # its /data
        self.data.mkdir(parents=True)
        self._connect()
        self.docker = docker_engine.engine(self.root / "engine", listen, tls, self.name, {"/data": self.data})
        Host.all.append(self)

    def __repr__(self):
        return self.name

    def _connect(self):
        run("ip", "netns", "add", self.name)
        run("ip", "link", "add", f"to-{self.name}", "type", "veth", "peer", "name", "eth0", "netns", self.name)
        run("ip", "link", "set", f"to-{self.name}", "master", "lan", "up")
        for words_of_ip in (f"addr add {self.address}/{_prefix} dev eth0", "link set eth0 up", "link set lo up"):
            run("ip", "-n", self.name, *words_of_ip.split())

    def start(self):
        self.docker.start()
        self.docker.load(images.archive(_asked.build, _asked.image))
        return self

    def end(self):
        self.docker.stop()
        run("ip", "link", "del", f"to-{self.name}")
        run("ip", "netns", "del", self.name)
        if not options.keep:
            shutil.rmtree(self.root)
        Host.all.remove(self)

    # ---- its containers

    def inspect(self, container, what):
        """A part of what the engine knows, as `State.Health.Status`."""
        return json.loads(self.docker("inspect", "--format", f"{{{{json .{what}}}}}", container))

    def logs(self, container):
        done = self.docker.run_client("logs", container)
        return done.stdout + done.stderr

    def alive(self, container):
        if not self.inspect(container, "State.Running"):
            raise Failure(f"{container} on {self} ended with {self.inspect(container, 'State.ExitCode')}: "
                          f"{self.logs(container)[-2000:]}")

    def wait_log(self, container, text, limit=120):
        wait_until(f"{container} on {self} says '{text}'", lambda: text in self.logs(container), limit,
                   lambda: self.alive(container))

    def wait_healthy(self, container):
        wait_until(f"{container} on {self} is healthy", lambda: self.inspect(container, "State.Health.Status") == "healthy",
                   alive=lambda: self.alive(container))

    def stop(self, container):
        """As anybody does, with the engine's default patience; the exit code."""
        self.docker("stop", container)
        return self.inspect(container, "State.ExitCode")


@contextlib.contextmanager
def hosts(*addresses):
    """That many, each with the image."""
    _own_names()
    run("ip", "link", "add", "lan", "type", "bridge")
    run("ip", "addr", "add", f"{_mine}/{_prefix}", "dev", "lan")
    run("ip", "link", "set", "lan", "up")
    made = [Host(number, address) for number, address in enumerate(addresses, 1)]
    try:
        with _data_directory():
            with ThreadPoolExecutor() as at_once:
                list(at_once.map(Host.start, made))
            yield made
            for host in made:
                host.end()
    except BaseException:
        _tell_of_containers()  # while they are there
        raise
    finally:
        for host in [host for host in made if host in Host.all]:
            host.end()
        run("ip", "link", "del", "lan")


def _own_names():
    """`ip netns` keeps names of network namespaces in a directory; ours are nobody else's."""
    place = Path("/run/netns")
    place.mkdir(exist_ok=True)
    if str(place) not in Path("/proc/self/mounts").read_text():
        run("mount", "-t", "tmpfs", "none", place)


@contextlib.contextmanager
def _data_directory():
    """Where the machine has no /data, an empty one for others to be mounted on; nothing is ever written to it."""
    place = Path("/data")
    ours = not place.exists()
    if ours:
        place.mkdir()
    try:
        yield
    finally:
        if ours:
            with contextlib.suppress(OSError):
                place.rmdir()


def _tell_of_containers():
    for host in Host.all:
        for name in host.docker.run_client("ps", "--all", "--format", "{{.Names}}").stdout.split():
            print(f"---- {host}: {name}: {host.inspect(name, 'State')}", *host.logs(name).splitlines()[-25:], sep="\n",
                  file=sys.stderr)
        for file in host.data.glob("*/logs/error.log"):
            print(f"---- {file}", *file.read_text(errors="replace").splitlines()[-15:], sep="\n", file=sys.stderr)
