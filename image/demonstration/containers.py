"""Three nodes as three containers on the Docker Engine of this machine, each with a volume of its own, on the host's network.
The engine is only asked: it is neither started nor changed. Secrets go to it in a file that only this user can read."""

import os
import subprocess

import place
from place import Problem, Unusable
from settings import NUMBERS

VOLUME = "/data/mariadb-galera"
HOW_TO_GET_ONE = ("Debian: `apt-get install docker.io`, and the right to use it (root, or group docker). DOCKER_HOST=unix:///... "
                  "names an engine elsewhere on this machine. Without --docker no engine is needed")


def docker(*words, **how):
    """What it says; a Problem if it fails."""
    done = subprocess.run(["docker", *map(str, words)], capture_output=True, text=True, errors="replace", check=False,
                          stdin=subprocess.DEVNULL, **how)
    if done.returncode:
        raise Problem(f"docker {words[0]}: {done.stderr.strip() or done.stdout.strip()}")
    return done.stdout


def check_engine():
    host = os.environ.get("DOCKER_HOST", "unix:///var/run/docker.sock")
    if not host.startswith("unix://"):
        raise Unusable(f"DOCKER_HOST is {host}: an engine on this machine is needed (unix:///...), since the nodes are at its "
                       "loopback addresses")
    try:
        return docker("version", "--format", "{{.Server.Version}}").strip()
    except FileNotFoundError:
        raise Unusable(f"there is no `docker` command here. {HOW_TO_GET_ONE}") from None
    except Problem as problem:
        raise Unusable(f"no Docker Engine answers at {host} ({problem}). {HOW_TO_GET_ONE}") from None


def build(tree, network):
    """The image's name, once it is built from this source tree; what the engine says goes to standard output."""
    words = ["docker", "build", "--tag", "mgc:10.11", "--file", f"{tree}/image/Dockerfile"]
    done = subprocess.run([*words, *(["--network", network] if network else []), tree], stdin=subprocess.DEVNULL, check=False)
    if done.returncode:
        raise Problem("docker build failed; an engine without a bridge needs --build-network host")
    return "mgc:10.11"


class Containers:
    """The nodes; names are those of containers and of volumes alike."""

    def __init__(self, root, settings, image):
        self.root, self.settings, self.image, self._killed = root, settings, image, set()
        self.names = {number: f"{root.name}-node{number}" for number in NUMBERS}
        place.remember(root, processes={}, containers=list(self.names.values()), engine=os.environ.get("DOCKER_HOST"))

    def begin(self, number):
        """A new container, or the killed one again."""
        name = self.names[number]
        if number in self._killed:
            docker("start", name)
            self._killed.remove(number)
            return
        variables = self.root / "environment"
        variables.touch(mode=0o600)
        try:
            variables.write_text("".join(f"{key}={value}\n" for key, value in self.settings.of(number).items()))
            docker("run", "--detach", "--net=host", f"--name={name}", f"--env-file={variables}", f"--volume={name}:{VOLUME}",
                   self.image)
        finally:
            variables.unlink()

    def ended(self, number):
        if number in self._killed:
            return None
        try:
            state = docker("inspect", "--format", "{{.State.Running}} {{.State.ExitCode}}", self.names[number]).split()
        except Problem as problem:
            return str(problem)
        return None if state[0] == "true" else f"container {self.names[number]} ended with exit code {state[1]}"

    def kill(self, number):
        """How many processes were killed."""
        processes = len(docker("top", self.names[number]).splitlines()) - 1
        docker("kill", "--signal=KILL", self.names[number])
        self._killed.add(number)
        return processes

    def wipe(self, number):
        docker("rm", "--force", self.names[number])
        docker("volume", "rm", self.names[number])
        self._killed.discard(number)

    def status_command(self, number):
        return ["docker", "exec", self.names[number], "mgc", "status", "--json"]

    def server_log(self, number):
        return docker("exec", self.names[number], "cat", f"{VOLUME}/logs/error.log")

    def hints(self):
        name = self.names[1]
        return [("watch", f"docker exec -it {name} mgc status --watch"), ("limit", f"docker exec {name} mgc limit 20000"),
                ("logs", f"docker logs -f {name}")]

    def end(self):
        end_containers(self.names.values())

    def keep_logs(self, where):
        for number, name in self.names.items():
            with open(where / f"node{number}-mgc.log", "wb") as log:
                subprocess.run(["docker", "logs", name], stdin=subprocess.DEVNULL, stdout=log, stderr=log, check=False)
            subprocess.run(["docker", "cp", f"{name}:{VOLUME}/logs/error.log", where / f"node{number}-server.log"],
                           stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)


def end_containers(names, engine=None):
    """Stops all at once, then removes them and their volumes, as far as there are any."""
    environment = os.environ | ({"DOCKER_HOST": engine} if engine else {})
    there = [name for name in names
             if docker("ps", "--all", "--quiet", "--filter", f"name=^{name}$", env=environment).strip()]
    if there:
        docker("stop", "--time=8", *there, env=environment)
        docker("rm", "--force", "--volumes", *there, env=environment)
    volumes = set(docker("volume", "ls", "--quiet", env=environment).split()) & set(names)
    if volumes:
        docker("volume", "rm", *sorted(volumes), env=environment)
