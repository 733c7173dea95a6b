"""Clusters whose nodes are containers of the images, in a Docker Engine of the test's own; and what an operator, or the
engine, may do to them.

    from containers import *
    cluster = container_cluster("stopping")
    cluster.start()
    cluster.wait_synced()
    cluster.node(1).docker_stop()

The engine lives in the world of sandbox.py and ends with it: containers with --net=host are in that network, and what they
have on their volumes is below `tmp`. Words and checks are those of orchestra.py.
"""

import atexit
import json
import os
import shutil
import sys

import docker_engine
import images
from words import words

if __name__ == "__main__":
    sys.exit("this is no test")
if "MGC_E2E_DIRECTORY" not in os.environ:  # not yet in the sandbox, which has no network to install anything from
    if _why_not := docker_engine.require():
        print(f"skipped: {_why_not}")
        sys.exit(77)
    _build = words.parse_known_args()[0].build
    if not all(images.archive(_build, series).exists() for series in images.RELEASES):
        images.ensure(_build)

from orchestra import *  # noqa: E402
import orchestra  # noqa: E402
from writers import Writers  # noqa: E402

VOLUME = "/data/mariadb-galera"
BAD_CONFIGURATION, KILLED = 2, 128 + signal.SIGKILL


class host:
    """A machine with an engine that has these images."""

    def __init__(self, name="host", namespace=None, series=("10.11",)):
        self.engine = docker_engine.engine(tmp / name, namespace=namespace).start()
        _hosts.append(self)
        for one in series:
            self.engine.load(images.archive(options.build, one))


_hosts = []


class container_node(Node):
    """`image` and `options` (of `docker run`) hold from the next time that the container is made."""

    def __init__(self, cluster, number, address):
        super().__init__(cluster, number, address)
        self.base.rmdir()  # the engine makes it, as root
        self.name = f"{cluster.name}-node{number}"
        self.docker = cluster.hosts[(number - 1) % len(cluster.hosts)].engine
        self.image, self.options = cluster.image, []

    # ---- life

    def start(self, **environment):
        """The container that there is; or a new one, with these variables besides."""
        self._from_now()
        if self.exists():
            self.docker("start", self.name)
        else:
            self.docker(*self.run_words(**environment))
        return self

    def run_words(self, *options, **environment):
        """What an operator would say to the engine."""
        given = [word for name, value in self.given(**environment).items() for word in ("-e", f"{name}={value}")]
        return ["run", "-d", "--net=host", f"--name={self.name}", "-v", f"{self.base}:{VOLUME}", *given, *self.options, *options,
                self.image]

    def given(self, **environment):
        return {name: value for name, value in super().given(**environment).items() if name not in ("PATH", "LANG", "base_dir")}

    def _from_now(self):
        self.error_begin = self.error_file.stat().st_size if self.error_file.exists() else 0

    def inspect(self, what):
        return json.loads(self.docker("inspect", "--type=container", "--format", f"{{{{json {what}}}}}", self.name))

    def exists(self):
        return self.docker.run_client("inspect", "--type=container", self.name).returncode == 0

    def runs(self):
        return self.exists() and self.inspect(".State.Running")

    def alive(self):
        if not self.runs():
            raise Failure(f"{self} ended with {self.inspect('.State.ExitCode')}: {self.log()[-600:]}")

    def terminate(self):
        self.docker("kill", "--signal=TERM", self.name)
        return self

    def wait_ended(self, limit=hang):
        wait_until(f"{self} ends", lambda: not self.runs(), limit)
        return self.inspect(".State.ExitCode")

    def family(self):
        first = self.inspect(".State.Pid") if self.exists() else 0
        if not first:
            return []
        numbers = {first, *(one.pid for one in sandbox.descendants(first))}
        return [one for one in sandbox.processes() if one.pid in numbers]

    # ---- what an operator does

    def docker_stop(self, code=0):
        """With the time that `docker stop` gives by itself; the seconds that it took."""
        began = time.monotonic()
        self.docker("stop", self.name)
        ended = self.inspect(".State.ExitCode")
        assert ended == code, f"{self} ended with {ended} and not {code} after docker stop: {self.log()[-600:]}"
        return time.monotonic() - began

    def docker_restart(self):
        self._from_now()
        self.docker("restart", self.name)
        return self

    def docker_kill(self):
        """The server before it: at the end of process 1 the server is asked to end well, and on a busy machine it has said
        farewell to its group before the kernel kills it too."""
        self.kill_server()
        self.docker("kill", self.name)
        return self

    def remove(self):
        self.docker("rm", "--force", self.name)
        return self

    def lose_disk(self):
        """The container, and what was on its volume."""
        self.remove()
        super().lose_disk()

    # ---- what it says

    def log(self):
        """What `docker logs` has of this start."""
        if not self.exists():
            return ""
        said = self.docker.run_client("logs", "--since", self.inspect(".State.StartedAt"), self.name)
        return said.stdout + said.stderr

    def mgc(self, *command, code=0):
        done = self.docker.run_client("exec", self.name, "mgc", *command)
        if code is not None and done.returncode != code:
            raise Failure(f"{self}: mgc {' '.join(map(str, command))}: exit code {done.returncode}, not {code}: "
                          f"{done.stderr}{done.stdout}")
        return done.stdout + done.stderr

    def variables(self, *names):
        return dict(self.sql(f"SHOW GLOBAL VARIABLES WHERE variable_name IN ({str(names)[1:-1].rstrip(',')})"))


class container_cluster(Orchestra):
    """All on one host, if it is not said on which."""

    node_type = container_node

    def __init__(self, name, hosts=None, image="mgc:10.11", **how):
        self.hosts, self.image = hosts or [the_host()], image
        super().__init__(name, **({"unprivileged": False, "server_user": None, "wsrep_sst_method": None} | how))

    def end(self):
        for node in self.nodes:
            if node.exists():
                node.remove()
        Orchestra.all.remove(self)
        if not options.keep:
            shutil.rmtree(self.root)

    def nothing_was_copied(self, *nodes):
        """They came back by what they had, or by an incremental transfer."""
        copied = [node for node in nodes or self.nodes if node.how_joined() == "SST"]
        assert not copied, f"{copied} took a full state transfer"


def the_host():
    if not _hosts:
        host(series=SERIES)
    return _hosts[0]


SERIES = ("10.11",)  # what images the script needs; it may say more


class writing:
    """While it lasts clients write, each to one node, and to another one when theirs does not answer. In the end, what was
    acknowledged is among the rows that the cluster must have."""

    def __init__(self, cluster, count=2):
        self.cluster = cluster
        cluster.make_table(cluster.node(1))
        self.writers = Writers([node.address for node in cluster.nodes], cluster.port, "app", APP_PASSWORD, "shop.written", count,
                               options.seed, cluster.next_row)

    def __enter__(self):
        self.writers.start()
        return self

    def __exit__(self, kind, *_):
        self.writers.stop()
        self.cluster.acknowledged |= self.writers.acknowledged
        self.cluster.next_row = max(self.writers.tried, default=self.cluster.next_row) + 1
        assert kind or len(self.writers.acknowledged) > 20, f"hardly a row was written: {len(self.writers.acknowledged)}"

    def goes_on(self):
        """Rows are acknowledged from now on."""
        before = len(self.writers.acknowledged)
        wait_until("rows are written", lambda: len(self.writers.acknowledged) > before + 5)


class stay_primary:
    """While it lasts none of these nodes leaves the Primary component for a moment: by what their servers log."""

    def __init__(self, nodes):
        self.nodes = nodes

    def __enter__(self):
        self.begins = [node.error_file.stat().st_size for node in self.nodes]

    def __exit__(self, kind, *_):
        for node, begin in zip(self.nodes, self.begins):
            left = left_primary(node.error_file.read_bytes()[begin:].decode(errors="replace"))
            assert kind or not left, f"{node} left the Primary component: {left}"


def left_primary(log):
    """The line that says so."""
    found = re.search(r".*(New COMPONENT: primary = no|view_id\(NON_PRIM|Shifting \w+ -> OPEN).*", log)
    return found and found[0]


def end_hosts():
    while _hosts:
        _hosts.pop().engine.stop()


def play():
    orchestra.play(end_hosts)


atexit.register(end_hosts)
