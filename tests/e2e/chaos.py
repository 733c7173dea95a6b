#!/usr/bin/env python3
"""Anything that can happen to three nodes under `mgc run` happens to them, at random moments, while clients write. At the end
everything is switched on again, and then nobody helps: all have to be one cluster, with every row that a client was told to
be committed on every node.

    chaos.py [BUILD_DIR] --minutes 60 --seed 7      the faults of a seed are always the same, and so are their times
    chaos.py [BUILD_DIR] --break                    can this find anything? With a server setting that loses rows when
                                                    all nodes crash together, it has to: exit code 0 if it did
    chaos.py --plan --seed 7                        only prints the faults

Only what no software could heal is not done: a disk is taken from a node only while the two others are healthy.
"""

import heapq
import itertools

from chaos_plan import plan
from words import words

words.add_argument("--minutes", type=float, default=3)
words.add_argument("--break", dest="broken", action="store_true", help="with a server setting that loses rows")
words.add_argument("--plan", action="store_true", help="print the faults and their times, and end")

asked = words.parse_known_args()[0]
if asked.plan:
    for fault in plan(asked.seed, asked.minutes * 60, asked.broken):
        print(f"{fault.at:7.1f}  {fault}")
    raise SystemExit

from orchestra import *  # noqa: E402
from writers import Writers  # noqa: E402

# Ends of mgc run: it was asked to; it was killed; its server was killed while it was asked to.
EXPECTED_ENDS = (0, -signal.SIGKILL, 128 + signal.SIGKILL)
HEALING = 180  # seconds for all to be one cluster again, once everything is on


class Chaos:
    def __init__(self, cluster):
        self.cluster = cluster
        self.began = time.monotonic()
        self.pending, self.order = [], itertools.count()  # what ends a fault: (when, order, what, how)
        self.paused, self.is_split = set(), False

    def say(self, what):
        print(f"{time.monotonic() - self.began:7.1f}  {what}", flush=True)

    def later(self, seconds, what, how):
        heapq.heappush(self.pending, (time.monotonic() - self.began + seconds, next(self.order), what, how))

    def wait_for(self, moment):
        """Until then, ending faults when they are due."""
        while True:
            now = time.monotonic() - self.began
            if self.pending and self.pending[0][0] <= min(now, moment):
                _, _, what, how = heapq.heappop(self.pending)
                self.say(what)
                how()
            elif now >= moment:
                return
            else:
                due = min(moment, self.pending[0][0]) if self.pending else moment
                time.sleep(max(0, min(due - now, 0.5)))
                self.nobody_gave_up()

    def nobody_gave_up(self):
        for node in self.cluster.nodes:
            if node.popen.poll() not in (None, *EXPECTED_ENDS):
                raise Failure(f"mgc run of {node} ended with {node.popen.returncode}")

    # ---- faults; those that do not fit what is the case now do nothing

    def strike(self, fault):
        nodes = [self.cluster.node(number) for number in fault.nodes]
        if fault.kind not in ("split", "heal") and any(node.number in self.paused for node in nodes):
            return self.say(f"({fault}: paused)")
        if not getattr(self, f"_{fault.kind}")(nodes, fault):
            return self.say(f"({fault}: not now)")
        return self.say(str(fault))

    def _start_later(self, nodes, fault):
        for position, node in enumerate(nodes):
            self.later(fault.seconds + position * fault.pause, f"start {node.number}", lambda node=node: node.runs() or node.start())

    def _kill_server(self, nodes, fault):
        servers = [node for node in nodes if node.runs() and node.server()]
        for node in servers:
            try:
                node.kill_server()
            except (AttributeError, ProcessLookupError, FileNotFoundError):
                pass
        return servers

    def _kill_mgc(self, nodes, fault):
        running = [node for node in nodes if node.runs()]
        for node in running:
            node.kill_mgc()
        self._start_later(running, fault)
        return running

    def _kill_node(self, nodes, fault):
        running = [node for node in nodes if node.runs()]
        kill_all(running)
        self._start_later(running, fault)
        return running

    def _stop(self, nodes, fault):
        running = [node for node in nodes if node.runs()]
        for node in running:
            node.terminate()

            def start(node=node, told=node.popen, seconds=90):
                if node.popen is not told:  # killed meanwhile, and started again by that
                    return None
                if node.runs():
                    if seconds == 0:
                        raise Failure(f"mgc run of {node} does not end")
                    return self.later(1, f"{node.number} is stopping", lambda: start(node, told, seconds - 1))
                self.nobody_gave_up()
                return node.start()

            self.later(fault.seconds, f"start {node.number}", start)
        return running

    def _pause(self, nodes, fault):
        for node in nodes:
            node.signal_all(signal.SIGSTOP)
            self.paused.add(node.number)

            def go_on(node=node):
                self.paused.discard(node.number)
                node.signal_all(signal.SIGCONT)

            self.later(fault.seconds, f"go on {node.number}", go_on)
        return nodes

    def _split(self, nodes, fault):
        if self.is_split:
            return False
        self.is_split = True
        self.cluster.split(*([set(fault.nodes)] + ([{1, 2, 3} - set(fault.nodes)] if len(fault.nodes) == 1 else [])))

        def heal():
            self.is_split = False
            self.cluster.heal()

        self.later(fault.seconds, "heal", heal)
        return True

    def _lose_disk(self, nodes, fault):
        node, = nodes
        others = self.cluster.others(node)
        if self.is_split or self.paused or any(entry[2].startswith("start") for entry in self.pending):
            return False
        if not node.runs() or not all(other.runs() and other.is_synced(3) for other in others):
            return False
        node.kill_everything()
        node.lose_disk()
        for other in others:  # that they are a cluster of two is a part of being healthy without it
            wait_until(f"{other} is without {node}", lambda other=other: other.is_synced(2), 60)
        self._start_later(nodes, fault)
        return True

    # ---- the end

    def calm(self):
        while self.pending:
            self.wait_for(self.pending[0][0])
        for node in self.cluster.nodes:
            if not node.runs():
                node.start()


def lost_rows(cluster, writers):
    """By node: the acknowledged rows that it does not have."""
    lost = {}
    for node in cluster.nodes:
        rows = {int(row[0]) for row in node.sql("SET SESSION wsrep_sync_wait=15; SELECT id FROM chaos", "shop")}
        missing = sorted(writers.acknowledged - rows)
        if missing:
            lost[node] = missing
        invented = rows - writers.tried
        assert not invented, f"{node} has rows that nobody wrote: {sorted(invented)[:10]}"
    return lost


def main():
    cluster = Orchestra("chaos", **({"my_innodb_flush_log_at_trx_commit": 0} if options.broken else {}))
    print(f"--seed {options.seed} --minutes {options.minutes}", flush=True)
    cluster.start()
    cluster.wait_synced()
    cluster.node(1).sql("CREATE TABLE chaos (id INT PRIMARY KEY, filler VARCHAR(200))", "shop")
    chaos = Chaos(cluster)
    writers = Writers([node.address for node in cluster.nodes], cluster.port, "app", APP_PASSWORD, "shop.chaos", 4,
                      options.seed).start()
    struck, healed = 0, None
    for fault in plan(options.seed, options.minutes * 60, options.broken):
        chaos.wait_for(fault.at)
        chaos.strike(fault)
        struck += 1
    chaos.wait_for(options.minutes * 60)
    chaos.calm()
    chaos.say("everything is on")
    healed = time.monotonic()
    for node in cluster.nodes:
        node.wait_synced(3, HEALING)
    healed = time.monotonic() - healed
    chaos.say(f"one cluster again after {healed:.1f} s")
    time.sleep(1)
    writers.stop()
    lost = lost_rows(cluster, writers)
    told = f"{struck} faults, {len(writers.acknowledged)} of {len(writers.tried)} rows acknowledged"
    if options.broken:
        print(f"{told}; lost: {({str(node): len(rows) for node, rows in lost.items()})}")
        sys.exit(0 if lost else "nothing was lost with a setting that loses rows: this test finds nothing")
    if lost:
        raise Failure(f"lost: {({str(node): (len(rows), rows[:10]) for node, rows in lost.items()})}")
    sums = {str(node.sql("CHECKSUM TABLE shop.chaos EXTENDED")) for node in cluster.nodes}
    assert len(sums) == 1, f"tables differ: {sums}"
    assert len(writers.acknowledged) > 20 * options.minutes, f"hardly a row was written: {told}"
    cluster.stop()
    print(f"{told}, none lost")


if __name__ == "__main__":
    main()
