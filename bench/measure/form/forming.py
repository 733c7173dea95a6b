"""From three empty disks to three synced nodes; and from the end of all three to a cluster again."""

import os
import shutil
import time
from contextlib import contextmanager
from pathlib import Path

from measure import programs
from measure.form import nodes
from measure.form.nodes import ByHand, UnderMgc, kill, wait_synced
from measure.lab import Failure

ROWS = 20000  # written before all are killed, so that a crash recovery has something to do
READY = "ready for connections."
HERTZ = os.sysconf("SC_CLK_TCK")


@contextmanager
def disposed_of(trio):
    """The nodes end and their files go, so that the next round has the same room."""
    try:
        yield trio
    finally:
        for node in trio:
            if node.process and node.process.status is None:
                node.process.stop(60)
        kill([node for node in trio if node.process])
        for node in trio:
            shutil.rmtree(node.directory)


def by_hand(lab, method):
    """mariadb-install-db, the first with --wsrep-new-cluster, its users, then the others one after the other: seconds."""
    with disposed_of([ByHand(lab, number, method) for number in (1, 2, 3)]) as trio:
        began = time.monotonic()
        trio[0].install()
        installed = time.monotonic() - began
        wait_synced([trio[0].start("--wsrep-new-cluster")], began)
        trio[0].ask(nodes.ACCOUNTS)
        for node in trio[1:]:
            wait_synced([node.start()], began)
        took = time.monotonic() - began
        check_size(trio)
        return {"all synced": took, "installed": installed}


def by_mgc(lab, method, program):
    """Three times `mgc run` at one moment."""
    with disposed_of([UnderMgc(lab, number, method, program) for number in (1, 2, 3)]) as trio:
        began = time.monotonic()
        for node in trio:
            node.start()
        took = wait_synced(trio, began)
        wait_for_answers(trio)
        check_size(trio)
        return {"all synced": took}


def check_size(trio):
    sizes = [node.size() for node in trio]
    if sizes != ["3"] * 3:
        raise Failure(f"sizes of the cluster: {sizes}")


def wait_for_answers(trio):
    for node in trio:
        deadline = time.monotonic() + 20
        while True:
            try:
                if node.size() == "3":
                    break
            except Failure:
                pass
            if time.monotonic() > deadline:
                raise Failure(f"node {node.number} does not answer\n{node.last_words()}")
            time.sleep(nodes.POLL)


def after_power_loss(lab, method, program):
    """All killed with rows in the redo log; then `mgc run` three times, until all are members of a Primary again and synced;
    and the same servers' crash recovery alone, on copies of what was left, all three at once."""
    with disposed_of([UnderMgc(lab, number, method, program) for number in (1, 2, 3)]) as trio:
        began = time.monotonic()
        for node in trio:
            node.start()
        wait_synced(trio, began)
        wait_for_answers(trio)
        trio[0].ask(f"USE shop; CREATE TABLE written (id INT PRIMARY KEY, filler VARCHAR(200)); "
                    f"INSERT INTO written SELECT seq, REPEAT('x', 100) FROM seq_1_to_{ROWS}")
        kill(trio)
        bare = recovery_alone(lab, trio)
        for node in trio:
            node.start()
        took = wait_synced(trio, time.monotonic())
        wait_for_answers(trio)
        rows = [node.ask("SELECT COUNT(*) FROM shop.written") for node in trio]
        if rows != [str(ROWS)] * 3:
            raise Failure(f"rows: {rows}")
        return {"all synced": took, "crash recovery": bare}


def recovery_alone(lab, trio):
    """Seconds until three bare servers, without Galera, have recovered from it."""
    copies = []
    for node in trio:
        bare = ByHand(lab, node.number, "rsync")
        shutil.rmtree(bare.data)
        shutil.copytree(node.data, bare.data)
        for entry in (bare.data, *bare.data.rglob("*")):
            shutil.chown(entry, nodes.USER)
        copies.append(bare)
    with disposed_of(copies):
        began = time.monotonic()
        for bare in copies:
            bare.start("--wsrep-on=OFF")
        while not all(bare.said(READY) for bare in copies):
            if time.monotonic() - began > nodes.PATIENCE or any(bare.process.status is not None for bare in copies):
                raise Failure("no recovery\n" + "\n".join(bare.last_words() for bare in copies))
            time.sleep(nodes.POLL)
        return time.monotonic() - began


def footprint(lab, method, program, seconds):
    """Of mgc itself, and of what else of mgc runs beside it (the relay of incremental transfers), with an idle cluster."""
    with disposed_of([UnderMgc(lab, number, method, program) for number in (1, 2, 3)]) as trio:
        began = time.monotonic()
        for node in trio:
            node.start()
        wait_synced(trio, began)
        wait_for_answers(trio)
        time.sleep(5)
        ours = {node.number: processes_of_mgc(node.process.pid) for node in trio}
        before = {pid: ticks(pid) for pids in ours.values() for pid in pids}
        time.sleep(seconds)
        used = {pid: ticks(pid) - before[pid] for pid in before}
        return {"seconds": seconds, "nodes": [
            {"run": figures(pids[:1], used, seconds), "with children": figures(pids, used, seconds)} for pids in ours.values()]}


def processes_of_mgc(pid):
    """`mgc run` first, then its children that are mgc too."""
    children = [int(entry) for entry in os.listdir("/proc") if entry.isdigit()
                and Path(f"/proc/{entry}/stat").read_text().rsplit(")", 1)[1].split()[1] == str(pid)]
    return [pid, *(child for child in children if os.path.basename(os.readlink(f"/proc/{child}/exe")) == "mgc")]


def ticks(pid):
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return int(fields[11]) + int(fields[12])


def figures(pids, used, seconds):
    def memory(pid, key):
        lines = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
        return int(lines[key].split()[0]) * 1024

    return {"resident bytes": sum(memory(pid, "VmRSS") for pid in pids),
            "highest resident bytes": sum(memory(pid, "VmHWM") for pid in pids),
            "core share": sum(used[pid] for pid in pids) / HERTZ / seconds}


def missing():
    packages = {"mariadbd": "mariadb-server-core", "mariadb-install-db": "mariadb-server-core", "mariadb": "mariadb-client-core",
                "mariadb-backup": "mariadb-backup", "rsync": "rsync", "setpriv": "util-linux"}
    return [f"{name} is not installed: apt-get install {package}" for name, package in packages.items() if programs.find(name) is None]
