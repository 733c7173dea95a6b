"""One row: the readers and the writer at work on the donor, a node that joins with nothing, and all that can be
seen of it."""

import json
import shutil
import time

from measure.lab import Failure
from measure.sst import figures, segment
from measure.sst.clients import Readers, Writer
from measure.sst.counter import received as read_card
from measure.sst.rows import IDLE
from measure.sst.watch import CpuTime, Log

WARM_UP = 3  # seconds of readers before anything is measured
SETTLE = 0.5  # and of everything after it
PATIENCE = 120  # seconds of a join without a sign of life: bytes, more than an ARP packet now and then
SIGN_OF_LIFE = 4096
POLL = 0.02
COUNTER = "counter.py"

JOINER_LOG = {
    "asked": r"Running: 'wsrep_sst_",
    "received": r"SST (received|succeeded)|Installed new state from SST",
    "synced": r"Synchronized with group, ready for connections",
}
BACKUP_LOG = {"locked": r"BACKUP STAGE BLOCK_DDL"}  # from here on a limit is lifted, as clients wait


class Bench:
    def __init__(self, lab, network, cluster, program, options):
        self.lab, self.network, self.cluster, self.program, self.options = lab, network, cluster, program, options
        self.written = 0  # rows of the writer
        self.grown = False

    def measure(self, row):
        """The figures of a row. Afterwards the donor is alone again, also if it failed."""
        cluster = self.cluster
        cluster.configure(row)
        cluster.joiner.empty()
        counter = self.count_arrivals()
        readers = self.read() if row.readers else None
        writer = Writer(cluster.donor, self.written)
        began = time.monotonic()
        try:
            seen = self.wait_idle() if row.stage == IDLE else self.join(row, counter)
            time.sleep(SETTLE)
            if readers and readers.process.status is not None:
                raise Failure(f"sysbench ended: {readers.process.describe()}")
        finally:
            for watcher in filter(None, (writer, readers, counter)):
                watcher.stop()
            self.written = writer.next
        try:
            if row.stage != IDLE:
                cluster.check_equal()
        finally:
            cluster.dismiss_joiner()
        return figures.of(row, began=began, seen=seen, data_bytes=cluster.data_bytes(row.method),
                          counted=json.loads(counter.counted.read_text()), writes=writer.writes,
                          transactions=readers.transactions() if readers else None)

    def read(self):
        readers = Readers(self.lab, self.network.client, self.cluster, self.options.range_size)
        time.sleep(WARM_UP)
        return readers

    def wait_idle(self):
        time.sleep(self.options.idle)
        return {"synced": time.monotonic()}

    def count_arrivals(self):
        counted = self.lab.path("counted")
        script = __file__.rpartition("/")[0] + "/" + COUNTER
        with self.network.joiner.inside():
            counter = self.lab.start(["python3", script, segment.TRANSFER_CARD, counted])
        counter.counted = counted
        return counter

    def join(self, row, counter):
        """Starts the joiner and waits until it is a full member. When what was seen, and the CPU time of mgc."""
        donor, joiner = self.cluster.donor, self.cluster.joiner
        backup_log = donor.data / "mariabackup.backup.log"
        backup_log.unlink(missing_ok=True)
        joiner.start()
        logs = [Log(joiner.log, JOINER_LOG), Log(backup_log, BACKUP_LOG), Log(donor.log, BACKUP_LOG)]
        cpu = CpuTime(self.program, {"donor": donor.namespace, "joiner": joiner.namespace}) if row.ours else None
        heard, deadline = 0, time.monotonic() + PATIENCE
        while "synced" not in logs[0].seen:
            now, received = time.monotonic(), received_by(counter)
            if received >= heard + SIGN_OF_LIFE:
                heard, deadline = received, now + PATIENCE
            for log in logs:
                log.poll(now)
            if cpu:
                cpu.poll()
            if joiner.process.status is not None or now > deadline:
                what = f"ended with {joiner.process.status}" if now <= deadline else f"got nothing for {PATIENCE} s"
                said = f"{joiner.last_words()}\n{donor.last_words()}"
                self.cluster.dismiss_joiner(failed=True)
                raise Failure(f"the joiner {what}\n{said}")
            time.sleep(POLL)
        seen = {name: moment for log in reversed(logs) for name, moment in log.seen.items()}
        return {**seen, **({"cpu": cpu.seconds()} if cpu else {})}


def received_by(counter):
    """Bytes on the card that the counter counts."""
    with open(f"/proc/{counter.pid}/net/dev", encoding="ascii") as file:
        return read_card(file, segment.TRANSFER_CARD)[0]


def copy_programs(lab, build):
    """mgc under all its names, where the servers' user can run it and no build changes it meanwhile."""
    directory = lab.path("programs")
    directory.mkdir()
    shutil.copy(build / "mgc", directory / "mgc")
    for name in ("wsrep_sst_mgc_mariabackup", "wsrep_sst_mgc_rsync", "mgc-shaper"):
        (directory / name).symlink_to("mgc")
    return directory / "mgc"
