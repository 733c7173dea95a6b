"""How each relay and each limiter is started, each set up as its manual advises for this job.

    Direct       source ------------------> sink
    Relay        source --TCP--> it --TCP--> sink
    Pipeline     source --pipe--> it [--pipe--> it ...] --pipe or TCP--> sink

assemble() starts all of it up to the moment before the first byte. rsync is no relay and has a module of its own.
"""

import subprocess
from dataclasses import dataclass, field
from typing import Callable

from measure import programs
from measure.network import free_port


def local(port):
    return f"127.0.0.1:{port}"


@dataclass
class Assembly:
    """What stands between the first and the last byte, waiting for release()."""

    source: object
    sink: object
    carriers: list = field(default_factory=list)  # the contender's processes: whose CPU time counts
    stays: bool = False  # they do not end by themselves
    released: bool = False  # the bytes are on their way already


@dataclass
class Direct:
    name: str
    programs: tuple = ()  # that it needs, of those that can be left out

    def assemble(self, lab, source, sink):
        port, receiver = listening_sink(lab, sink)
        return Assembly(lab.source("--connect", local(port), *source), receiver)


@dataclass
class Relay:
    name: str
    programs: tuple
    command: Callable  # (port to listen on, port to connect to) -> argv
    stays: bool = True

    def assemble(self, lab, source, sink):
        target, receiver = listening_sink(lab, sink)
        entry = free_port()
        relay = lab.start(self.command(entry, target))
        lab.wait_listening(entry, relay)
        return Assembly(lab.source("--connect", local(entry), *source), receiver, [relay], self.stays)


@dataclass
class Pipeline:
    name: str
    programs: tuple
    commands: Callable  # (port of the sink) -> list of argv
    to_stdout: bool  # the last of them; otherwise it connects to the port
    saves_credit: bool = False  # while it waits for its first byte: so it must not wait, only `stall` is about that

    def assemble(self, lab, source, sink):
        port, receiver = (None, None) if self.to_stdout else listening_sink(lab, sink)
        sender = lab.source(*source, stdout=subprocess.PIPE)
        if self.saves_credit:
            lab.release(sender)
        carriers, upstream = [], sender
        for argv in self.commands(port):
            upstream = lab.start(argv, stdin=upstream, stdout=subprocess.PIPE)
            carriers.append(upstream)
        if self.to_stdout:
            receiver = lab.sink(*sink, stdin=upstream)
        return Assembly(sender, receiver, carriers, released=self.saves_credit)


def listening_sink(lab, options):
    port = free_port()
    sink = lab.sink("--listen", local(port), *options)
    lab.wait_listening(port, sink)
    return port, sink


# Relays without a limit

def bare_splice(lab):
    return yardstick(lab, "bare splice loop", "splice-relay")


def bare_copy(lab):
    return yardstick(lab, "read/write loop, 256 KiB", "copy-relay")


def yardstick(lab, name, command):
    return Relay(name, (), lambda entry, target: [
        lab.peer, command, "--listen", local(entry), "--connect", local(target)], stays=False)


def haproxy(lab, option="splice-auto", pipe_size=65536):
    """splice-auto is what its manual advises; it decides by itself, and on loopback does not splice. splice-request
    always does. One thread: one connection uses one, and the others would only wake up beside it."""
    def command(entry, target):
        config = lab.write("haproxy.cfg", f"""
            global
                nbthread 1
                maxconn 4096
                tune.pipesize {pipe_size}
            defaults
                mode tcp
                option {option}
                timeout connect 5s
                timeout client 24h
                timeout server 24h
            listen relay
                bind {local(entry)}
                server sink {local(target)}
            """)
        return [programs.find("haproxy"), "-db", "-f", config]

    return Relay(f"HAProxy, {option}", ("haproxy",), command)


def haproxy_at_its_best(lab):
    contender = haproxy(lab, "splice-request", 1 << 20)
    contender.name += ", 1 MiB pipe"
    return contender


def nginx(lab, bytes_per_second=0):
    # 256 KiB is its fastest, 128 KiB its most even; the default 16 KiB has 1.28 x the rate in 100 ms.
    def command(entry, target):
        root = lab.path("nginx")
        root.mkdir()
        config = lab.write("nginx.conf", f"""
            load_module {programs.NGINX_STREAM};
            daemon off;
            master_process off;
            pid {root}/pid;
            events {{ worker_connections 4096; }}
            stream {{
                server {{
                    listen {local(entry)};
                    proxy_pass {local(target)};
                    proxy_buffer_size {"128k" if bytes_per_second else "256k"};
                    proxy_upload_rate {bytes_per_second};
                    proxy_timeout 24h;
                }}
            }}
            """)
        return [programs.find("nginx"), "-p", root, "-e", "stderr", "-c", config]

    name = "nginx stream, proxy_upload_rate" if bytes_per_second else "nginx stream, 256 KiB"
    return Relay(name, ("nginx",), command)


def socat(_):
    return Relay("socat -b 262144", ("socat",), lambda entry, target: [
        programs.find("socat"), "-b", "262144", f"TCP-LISTEN:{entry},bind=127.0.0.1,reuseaddr",
        f"TCP:{local(target)}"], stays=False)


# Limiters

def shaper_relay(lab, limit="unlimited", budget=None):
    name = "mgc-shaper, relay" if limit != "unlimited" else "mgc-shaper"
    return Relay(name, ("mgc-shaper",), lambda entry, target: [
        *shaper(lab, limit, budget), "--listen", local(entry), "--connect", local(target)])


def shaper_pipe(lab, limit="unlimited", budget=None):
    return Pipeline("mgc-shaper, pipe", ("mgc-shaper",), lambda _: [shaper(lab, limit, budget)], to_stdout=True)


def shaper(lab, limit, budget):
    shared = ["--budget", budget] if budget else []
    return [lab.shaper, "--limit", limit, *shared, "--progress", "never"]


def pv(_, limit):
    return Pipeline(f"pv -L {limit} | socat", ("pv", "socat"), lambda target: [
        [programs.find("pv"), "-q", "-L", limit],
        [programs.find("socat"), "-u", "STDIO", f"TCP:{local(target)}"]], to_stdout=False, saves_credit=True)
