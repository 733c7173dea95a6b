"""A host on which packages are installed: a clean root of Debian seen through mounts of its own, with its own settings, data,
logs and /run. Several of one root are several hosts, each with a loopback address. Lives in the world of sandbox.py."""

import signal
import subprocess

import sandbox
from sandbox import Failure, hang, wait_until
from world import client, explanations, run, started, tmp

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_own = ("etc", "run", "tmp", "srv", "root", "var/lib/mysql", "var/log")


class host:
    """`address` is its own."""

    def __init__(self, packages, number):
        self.name, self.address = f"host{number}", f"127.0.1.{number}"
        self.root = tmp / self.name
        self.services, self.server, self.log_begin = {}, None, 0
        self.root.mkdir()
        run("mount", "--bind", packages, self.root)
        for name in _own:
            copy = tmp / f"{self.name}-{name.replace('/', '-')}"
            run("cp", "--archive", "--sparse=always", packages / name, copy)
            run("mount", "--bind", copy, self.root / name)
        run("mount", "-t", "proc", "proc", self.root / "proc")
        run("chroot", self.root, "install", "-d", "-o", "mysql", "-g", "root", "/run/mysqld")  # as mariadb.service does
        explanations.append(self.explain)

    def _chroot(self, *words, user=None):
        return ["/usr/sbin/chroot", *([f"--userspec={user}"] if user else []), str(self.root), *map(str, words)]

    def inside(self, *words):
        """A program's standard output, run in there by root."""
        return run(*self._chroot(*words), env={"PATH": PATH, "LC_ALL": "C.UTF-8"})

    def succeeds(self, *words):
        done = subprocess.run(self._chroot(*words), env={"PATH": PATH}, capture_output=True, check=False, stdin=subprocess.DEVNULL,
                              timeout=hang)
        return done.returncode == 0

    # ---- services: what systemd would do

    def start_service(self, unit):
        name = unit.name
        user = unit.get("User")
        if runtime := unit.get("RuntimeDirectory"):
            run("chroot", self.root, "install", "-d", "-o", user or "root", "-g", unit.get("Group") or "root", f"/run/{runtime}")
        with open(tmp / f"{self.name}-{name}.log", "ab") as log:
            service = subprocess.Popen(self._chroot(*unit.command(), user=user and f"{user}:{unit['Group']}"), stdin=subprocess.DEVNULL,
                                       stdout=log, stderr=log, env={"PATH": PATH} | unit.environment(), start_new_session=True)
        started.append(service)
        self.services[name] = service
        return self

    def service_alive(self, name):
        if self.services[name].poll() is not None:
            raise Failure(f"{name} ended with {self.services[name].returncode}: {self.service_log(name)}")

    def service_log(self, name):
        return (tmp / f"{self.name}-{name}.log").read_text(errors="replace")

    def stop_service(self, name):
        """Its exit code."""
        self.service_alive(name)
        self.services[name].terminate()
        return self.services[name].wait(hang)

    # ---- the server, as the distribution's unit starts it

    def start_server(self, *words):
        self.log_begin = self._log_file.stat().st_size if self._log_file.exists() else 0
        with open(self._log_file, "ab") as log:
            self.server = subprocess.Popen(self._chroot("/usr/sbin/mariadbd", *words, user="mysql:mysql"), stdin=subprocess.DEVNULL,
                                           stdout=log, stderr=log, cwd="/", env={"PATH": PATH}, start_new_session=True)
        started.append(self.server)
        return self

    def stop_server(self):
        self.server.send_signal(signal.SIGTERM)
        code = self.server.wait(hang)
        assert code == 0, f"mariadbd of {self.name} ended with {code}"
        left = [one for one in sandbox.processes() if one.name.startswith(("wsrep_sst_", "mariadb-backup", "mbstream"))]
        assert not left, f"left running: {left}"

    @property
    def _log_file(self):
        return tmp / f"{self.name}-mariadbd.log"  # as the journal has it

    def log(self):
        """What the server has logged since it was started."""
        with open(self._log_file, "rb") as file:
            file.seek(self.log_begin)
            return file.read().decode(errors="replace")

    def sql(self, statement):
        return client(self.root / "run/mysqld/mysqld.sock", statement)

    def status(self, name):
        return self.sql(f"SHOW GLOBAL STATUS LIKE '{name}'")[0][1]

    def wait_synced(self):
        def synced():
            try:
                return self.status("wsrep_local_state_comment") == "Synced"
            except (Failure, IndexError):
                return False

        def alive():
            if self.server.poll() is not None:
                raise Failure(f"mariadbd of {self.name} ended with {self.server.returncode}")

        wait_until(f"{self.name} is synced", synced, alive=alive)
        return self

    def explain(self):
        for name in self.services:
            print(f"---- {self.name}: {name}\n{self.service_log(name)[-3000:]}")
        if self._log_file.exists():
            print(f"---- {self.name}: mariadbd\n{self.log()[-6000:]}", flush=True)
