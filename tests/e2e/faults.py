"""A transfer that is disturbed at a random moment, and what must hold then: the joiner ends with an error that says why,
or completes; what it had before is still there (mgc_mariabackup); nothing of the transfer is left; and its next start
succeeds. Node 1 is always there; node 2 is the donor that may be hurt; node 3 joins."""

from cluster import *

SECONDS = 4  # that a transfer takes here, at the least
_random = random.Random(options.seed)
print(f"--seed {options.seed}", flush=True)


class Lab:
    def __init__(self, method, **mgc):
        self.cluster = Cluster(method)
        self.first, self.donor, self.joiner = self.cluster.nodes(3)
        self.first.bootstrap()
        self.donor.start().wait_synced()
        self.joiner.mysqld = {"wsrep_sst_donor": "node2,"}  # the comma: or any other
        self.settings = {"transfer_limit": 12000, "transfer_compress": "off", "transfer_timeout": 5} | mgc

    @property
    def method(self):
        return self.cluster.method

    def start_transfer(self):
        """The joiner is started, and this returns in the middle of its transfer."""
        self.cluster.set_mgc(**self.settings)
        self.logged_before = len(self.donor.log())
        self.joiner.start()
        self.donor_script, self.joiner_script = self.donor.script(), self.joiner.script()
        moment = _random.uniform(0, SECONDS)
        print(f"{self.method}: after {moment:.1f} s", flush=True)
        time.sleep(moment)
        return moment

    def has_failed(self, *reasons):
        """The joiner has ended by itself, and what went wrong is told in its log, or, when the donor was the first to know
        and the group told the joiner, in the donor's."""
        code = self.joiner.wait_ended(60)
        lines = (self.joiner.log() + self.donor.log()[self.logged_before:]).splitlines()
        errors = [line for line in lines if "[ERROR]" in line or line.startswith("rsync:")]
        assert code != 0, "the joiner ended as if all were well"
        assert any(reason in line for reason in reasons for line in errors), "\n".join([f"none of {reasons} in", *errors])

    def donor_is_well(self):
        wait_until("the donor is synced", lambda: self.donor.state() == "Synced", 60, self.donor.alive)

    def kept(self, before):
        """The joiner's databases are what they were, where that is promised."""
        if self.method == "mgc_mariabackup":
            after = self.joiner.fingerprint()
            changed = [name for name in before.keys() | after.keys() if before.get(name) != after.get(name)]
            assert not changed, f"not as they were: {changed[:20]}"

    def next_start(self):
        """Without a limit, from whatever is left."""
        self.cluster.set_mgc()
        self.joiner.start().wait_synced()
        assert self.joiner.checksums() == self.first.checksums()
        self.cluster.no_leftovers()
        self.joiner.stop()
        self.joiner.forget_position()

    def old_data(self):
        """Gives the joiner other data than the donor's, which it is to lose only for something better."""
        self.joiner.forget_position()
        marker = self.joiner.data / "shop" / "old_data.txt"
        marker.write_text("of the joiner\n")
        sandbox.give_to_servers(self.joiner.data)
        return self.joiner.fingerprint()


METHODS = ("mgc_mariabackup", "mgc_rsync")
