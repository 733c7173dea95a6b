"""A Docker Engine of a test's own: dockerd and containerd with their own directories and socket, started by hand and ended
by their process numbers. Nothing here touches an engine that the machine has already.

    with engine(tmp / "docker") as docker:
        docker.load(images.archive(build, "10.11"))
        docker("run", "-d", "--net=host", "--name=node1", "mgc:10.11")
        print(docker("logs", "node1"))

Several engines in several network namespaces are several hosts: `namespace="host1"` is one that `ip netns add host1` has
made. There are no bridges and no port mappings, only --net=host. Containers end with their engine.
"""

import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

import debian
from debian import program
from sandbox import Failure, hang, wait_until

# Programs, and the packages that have them; a test may add its own before it imports container_world.
needed = {"dockerd": "docker.io", "containerd": "docker.io", "docker": "docker.io", "runc": "docker.io",
          "debootstrap": "debootstrap", "docker-compose": "docker-compose"}


def require():
    """There is what an engine needs; why there is not, as a sentence, where that only skips a test."""
    return debian.require(needed)


class engine:
    """`directory` keeps what the engine keeps (images, containers) and its logs. `listen`: more addresses than its own
    socket, as tcp://192.168.1.100:2375. `tls`: (ca, certificate, key), files; then clients of tcp need certificates.
    `mounts`: directories that the engine has in the place of the machine's, {"/data": tmp / "data of host1"}.
    `words`: more options of dockerd."""

    def __init__(self, directory, listen=(), tls=None, namespace=None, mounts=None, words=()):
        self.directory, self.namespace, self.mounts = Path(directory), namespace, mounts or {}
        self.listen, self.tls, self.words = listen, tls, words
        self._enter = []
        self.run = None  # sockets: their paths must be short
        self._processes = []

    @property
    def socket(self):
        return self.run / "docker.sock"

    @property
    def address(self):
        return f"unix://{self.socket}"

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()

    def start(self):
        self.directory.mkdir(parents=True, exist_ok=True)
        self.run = Path(tempfile.mkdtemp(prefix="mgc-docker-"))
        (self.run / "client").mkdir()
        try:
            self._make_place()
            self._start_containerd()
            self._start_dockerd()
        except BaseException:
            self.stop()
            raise
        return self

    def _make_place(self):
        """The namespaces in which containerd and dockerd are together."""
        # Not `ip netns exec`: it mounts a /sys of its own, in which there are no control groups.
        self._enter = ["nsenter", f"--net=/run/netns/{self.namespace}"] if self.namespace else []
        if not self.mounts:
            return
        holder = subprocess.Popen(["unshare", "--mount", "sleep", "infinity"], stdin=subprocess.DEVNULL, start_new_session=True)
        self._processes.append(holder)
        theirs = f"/proc/{holder.pid}/ns/mnt"
        wait_until("a mount namespace", lambda: os.readlink(theirs) != os.readlink("/proc/self/ns/mnt"))
        for target, source in self.mounts.items():
            subprocess.run(["nsenter", f"--mount={theirs}", "mount", "--bind", source, target], check=True)
        self._enter = ["nsenter", f"--mount={theirs}", *self._enter[1:]]

    def _start_containerd(self):
        settings = self.run / "containerd.toml"
        settings.write_text(f"""version = 2
root = "{self.directory}/containerd"
state = "{self.run}/containerd"
disabled_plugins = ["io.containerd.grpc.v1.cri"]
[grpc]
address = "{self.run}/containerd.sock"
""")
        self._spawn("containerd", "--config", settings)

    def _start_dockerd(self):
        words = ["--data-root", self.directory / "docker", "--exec-root", self.run / "docker", "--pidfile", self.run / "docker.pid",
                 "--config-file", self.run / "none.json", "--containerd", self.run / "containerd.sock",
                 "--iptables=false", "--ip-forward=false", "--ip-masq=false", "--bridge=none", "--host", self.address]
        (self.run / "none.json").write_text("{}")
        for address in self.listen:
            words += ["--host", address]
        if self.tls:
            ca, certificate, key = self.tls
            words += ["--tlsverify", "--tlscacert", ca, "--tlscert", certificate, "--tlskey", key]
        dockerd = self._spawn("dockerd", *words, *self.words)

        def alive():
            if dockerd.poll() is not None:
                raise Failure(f"dockerd ended with {dockerd.returncode}: {self.log()[-3000:]}")

        wait_until("dockerd answers", self._answers, hang, alive)

    def _spawn(self, name, *words):
        with open(self.directory / f"{name}.log", "ab") as log:
            started = subprocess.Popen([*self._enter, program(name), *map(str, words)], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                       env=os.environ | {"PATH": os.environ["PATH"] + ":/usr/sbin:/sbin"}, start_new_session=True)
        self._processes.append(started)
        return started

    def _answers(self):
        return self.run_client("version").returncode == 0

    def stop(self):
        """Its containers, then itself."""
        if self.socket.exists():
            if containers := self.run_client("ps", "--all", "--quiet").stdout.split():
                self.run_client("rm", "--force", *containers)
        while self._processes:
            ending = self._processes.pop()
            ending.terminate()
            try:
                ending.wait(30)
            except subprocess.TimeoutExpired:
                ending.kill()
                ending.wait()
        for line in Path("/proc/self/mounts").read_text().splitlines():  # dockerd leaves the namespace of --net=host
            if (place := line.split()[1]).startswith(f"{self.run}/"):
                subprocess.run(["umount", "--lazy", place], check=False)
        shutil.rmtree(self.run, ignore_errors=True)

    def log(self):
        return (self.directory / "dockerd.log").read_text(errors="replace")

    def command(self, *words):
        """A command of the docker client, as words."""
        return [program("docker"), "--config", str(self.run / "client"), "--host", self.address, *map(str, words)]

    def run_client(self, *words, **how):
        """All that is known of how it ended."""
        return subprocess.run(self.command(*words), **({"capture_output": True, "text": True, "errors": "replace", "check": False,
                                                       "timeout": hang, "stdin": subprocess.DEVNULL} | how))

    def __call__(self, *words, **how):
        """The client's standard output; a Failure with all that it said if it fails."""
        done = self.run_client(*words, **how)
        if done.returncode:
            raise Failure(f"docker {' '.join(map(str, words))[:300]}: exit code {done.returncode}: "
                          f"{(done.stderr or '')[-3000:]}{(done.stdout or '')[-2000:]}")
        return (done.stdout or "").strip()

    def has(self, image):
        return self.run_client("image", "inspect", image).returncode == 0

    def load(self, archive):
        return self("load", "--quiet", "--input", archive, timeout=600)
