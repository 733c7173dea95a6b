"""A donor with its data, alone most of the time, and a joiner that begins with nothing, again and again."""

import subprocess

from measure import programs
from measure.lab import Failure
from measure.sst import segment
from measure.sst.node import USER, Node
from measure.sst.rows import Row

TABLES = 4
ROW_BYTES = 245  # of the datadir, for each row of sysbench's tables
MEBIBYTE = 1 << 20
NOT_COPIED = ("galera.cache", "ibtmp1")


class Cluster:
    def __init__(self, lab, network):
        self.lab, self.network = lab, network
        # Weights: the donor goes on alone whenever and however the joiner leaves.
        self.donor = Node(lab, network.donor, "donor", address=segment.DONOR, weight=1, members="", pool=768,
                          transfer_address=segment.DONOR_TRANSFER)
        self.joiner = Node(lab, network.joiner, "joiner", address=segment.JOINER, weight=0, members=segment.DONOR,
                           pool=256, transfer_address=segment.JOINER_TRANSFER)
        self.tables = 0  # of sysbench
        self.rows = 0  # in each of them

    def start(self):
        self.donor.install()
        self.configure(Row("", "", "rsync"))
        self.donor.start("--wsrep-new-cluster")
        self.wait_alone()
        self.donor.ask("CREATE DATABASE sbtest; CREATE DATABASE pulse;"
                       "CREATE TABLE pulse.beats (id BIGINT PRIMARY KEY);"
                       "CREATE USER sbtest@'10.0.0.%'; GRANT ALL ON sbtest.* TO sbtest@'10.0.0.%';"
                       f"CREATE USER {USER}@localhost IDENTIFIED VIA unix_socket; GRANT ALL ON *.* TO {USER}@localhost")

    def dismiss_joiner(self, failed=False):
        """Until the donor is alone. One that failed may not listen, and may have left scripts behind."""
        if failed:
            self.joiner.kill()
            self.donor.kill(but=self.donor.process.pid)
        self.joiner.stop()
        self.wait_alone()

    def configure(self, row):
        for node in (self.donor, self.joiner):
            node.configure(row.method, row.sst, row.mgc)
            (node.directory / "budget").unlink(missing_ok=True)  # it may keep the limit of another row
        if self.donor.process:
            self.donor.ask(f"SET GLOBAL wsrep_sst_method = '{row.method}'")

    def wait_alone(self):
        self.donor.wait_for(lambda: self.donor.status("wsrep_local_state_comment") == "Synced"
                            and self.donor.status("wsrep_cluster_size") == "1", "being alone and in sync")

    def load(self, megabytes):
        """sysbench's tables, made once."""
        self.rows = max(1000, megabytes * MEBIBYTE // ROW_BYTES // TABLES)
        self.tables = TABLES
        argv = ["sysbench", "oltp_read_only", f"--mysql-socket={self.donor.directory}/socket", "--mysql-user=root",
                f"--tables={TABLES}", f"--table-size={self.rows}", "--threads=2", "prepare"]
        made = subprocess.run(argv, capture_output=True, text=True, check=False)
        if made.returncode != 0:
            raise Failure(f"sysbench prepare: {made.stdout[-500:]}{made.stderr[-500:]}")
        self.settle()

    def grow(self, gigabytes):
        """More tables of the same kind, until the data is that large."""
        self.donor.ask("CREATE DATABASE large")
        number = 0
        while self.data_bytes("mariabackup") < gigabytes * 1024 * MEBIBYTE:
            self.donor.ask(f"CREATE TABLE large.copy{number} LIKE sbtest.sbtest1;"
                           f"INSERT INTO large.copy{number} SELECT * FROM sbtest.sbtest{number % TABLES + 1}")
            number += 1
        self.settle()

    def settle(self):
        """Until what was changed is in the tablespaces and no purge is under way: rows must meet the same donor."""
        self.donor.ask("SET GLOBAL innodb_io_capacity_max = 40000, innodb_io_capacity = 20000,"
                       "innodb_max_dirty_pages_pct = 0")
        self.donor.wait_for(lambda: int(self.donor.status("Innodb_buffer_pool_pages_dirty")) < 50, "writing pages", 300)
        self.donor.ask("SET GLOBAL innodb_max_dirty_pages_pct = DEFAULT, innodb_io_capacity = DEFAULT,"
                       "innodb_io_capacity_max = DEFAULT")

    def data_bytes(self, method):
        """What a transfer has to bring."""
        left_out = NOT_COPIED if method.endswith("rsync") else (*NOT_COPIED, "ib_logfile0")
        return int(subprocess.run(["du", "-sb", *(f"--exclude={name}" for name in left_out), self.donor.data],
                                  capture_output=True, text=True, check=True).stdout.split()[0])

    def check_equal(self):
        """A transfer that lost something is no transfer."""
        query = "CHECKSUM TABLE mysql.global_priv" + (", sbtest.sbtest1" if self.tables else "")
        if self.donor.ask(query) != self.joiner.ask(query):
            raise Failure("the joiner's tables differ from the donor's")


def missing():
    """What to install, a line for each."""
    packages = {
        "mariadbd": "mariadb-server", "mariadb-install-db": "mariadb-server", "mariadb": "mariadb-client",
        "wsrep_sst_rsync": "mariadb-server", "wsrep_sst_mariabackup": "mariadb-server",
        "mariadb-backup": "mariadb-backup", "mbstream": "mariadb-backup", "rsync": "rsync", "socat": "socat",
        "pv": "pv", "sysbench": "sysbench", "tc": "iproute2", "ip": "iproute2", "setpriv": "util-linux",
    }
    return sorted({f"{name} is not installed: apt-get install {package}"
                   for name, package in packages.items() if programs.find(name) is None})
