"""The five acts of the demo, in their order. Each checks what it shows: a Problem ends the demo."""

import itertools
import re
import time

import ports
import screen
from clients import Reader, Writer
from connection import Connection
from place import Problem
from screen import green, say, why
from settings import LIMIT, NUMBERS, SCHEMA, USER
from watching import Watch

PATIENCE = 180  # seconds; nothing waits for it to pass, it ends what would never end
CHUNK = 4000  # rows in one transaction
KB = 1024
DONOR, JOINER, VICTIM = 1, 3, 2
HOLDS_BACK = {"tokens": "the limit", "source": "reading on node1", "sink": "writing on node3", "pause": "a pause"}


class Play:
    """`rows` of a kilobyte are what a copy has to carry."""

    def __init__(self, nodes, settings, rows):
        self.nodes, self.settings, self.rows = nodes, settings, rows
        self.calm = None  # what the reader saw before anything happened

    def perform(self):
        self.form()
        self.load()
        self.measure()
        self.replace_disk()
        self.lose_node()

    # ---- 1

    def form(self):
        screen.heading(1, "Three nodes form a cluster")
        why("Started in the wrong order, with nothing but environment variables. Nobody is told to be first.")
        began, seen = time.monotonic(), {}

        def tell():
            for number in NUMBERS:
                node = watch.status(number).get("node")
                if node and seen.get(number) != (told := _phase(node)):
                    seen[number] = told
                    say(f"{time.monotonic() - began:4.1f} s  {screen.bold(f'node{number}')}  {screen.fits(told, 18)}")

        with Watch(self.nodes, *NUMBERS) as watch:
            for number in reversed(NUMBERS):
                self.nodes.begin(number)
                say(f"{time.monotonic() - began:4.1f} s  {screen.bold(f'node{number}')}  {self.settings.address(number)} starts")
                for _ in range(8):
                    time.sleep(0.2)
                    tell()
            self._wait("the cluster forms", lambda: tell() or all(_is_synced(watch, number) for number in NUMBERS))
        say(green(f"3 of 3 nodes are Synced after {time.monotonic() - began:.0f} s."))

    # ---- 2

    def load(self):
        screen.heading(2, "Data")
        why("Random bytes, so that no compression makes the copy smaller than it is.")
        began, connection = time.monotonic(), self._connect(DONOR)
        connection.query("CREATE TABLE data (id INT PRIMARY KEY, filler VARBINARY(1000) NOT NULL)")
        connection.query("CREATE TABLE written (id INT PRIMARY KEY, filler CHAR(32) NOT NULL)")
        with screen.Picture() as picture:
            for first in range(1, self.rows + 1, CHUNK):
                last = min(first + CHUNK - 1, self.rows)
                connection.query(f"INSERT INTO data SELECT seq, RANDOM_BYTES(1000) FROM seq_{first}_to_{last}")
                done = 100 * last / self.rows
                picture.draw([("load", f"[{screen.bar(done, 40)}] {done:3.0f} %  {last / 1000:.0f} of {self.rows / 1000:.0f} MB")],
                             last=last == self.rows)
        connection.close()
        say(f"On all three nodes after {time.monotonic() - began:.0f} s.")

    # ---- 3

    def measure(self):
        screen.heading(3, "A client reads from node1")
        why("How it feels without a copy: what the next act is to be compared with.")
        with self._reader() as reader, screen.Picture() as picture:
            began = time.monotonic()
            time.sleep(2)  # the first answers come from a cold cache
            while time.monotonic() < began + 8:
                time.sleep(0.5)
                picture.draw([("client", _latency(reader.since(began + 2)))], last=time.monotonic() >= began + 8)
            self.calm = reader.since(began + 2)

    # ---- 4

    def replace_disk(self):
        screen.heading(4, f"The disk of node3 is replaced; it comes back at {LIMIT} KB/s")
        why("It needs a copy of everything, from node1, while the client keeps reading there.")
        say(f"node3: kill -9 of {self.nodes.kill(JOINER)} processes, and its files are removed.")
        self.nodes.wipe(JOINER)
        samples = []
        with self._reader() as reader, Watch(self.nodes, DONOR, JOINER) as watch, screen.Picture() as picture:
            self.nodes.begin(JOINER)
            began = time.monotonic()
            copying = None  # since when

            def back():
                nonlocal copying
                status, moment = watch.latest[DONOR] or ({}, 0)
                transfer = (status.get("transfers") or [None])[0]
                if transfer:
                    copying = copying or moment
                    samples.append((transfer["seconds"], transfer["bytes"], "limit lifted" in transfer["stage"]))
                synced = _is_synced(watch, JOINER)
                picture.draw(self._transfer_lines(transfer, samples, time.monotonic() - began)
                             + [("client", self._compared(reader.since(time.monotonic() - 5)))]
                             + [("cluster", _cluster(watch.nodes(DONOR)))], last=synced)
                return synced

            self._wait("node3 comes back", back)
            # A second in which the copy ended is none of it.
            during = reader.since(copying + 1) if copying else None
            self._judge(samples, during, time.monotonic() - began)

    def _judge(self, samples, during, seconds):
        # While the backup has locks that clients would wait for, there is no limit: that much at the end is left out.
        limited = list(itertools.takewhile(lambda sample: not sample[2], samples))
        if not limited or limited[-1][0] <= limited[0][0]:
            raise Problem("node3 is back, but no limited copy from node1 was seen")
        (begin, first, _), (end, last, _) = limited[0], limited[-1]
        rate = (last - first) / (end - begin) / KB
        say(green(f"node3 is Synced again after {seconds:.0f} s. The copy: {samples[-1][1] / 1e6:.0f} MB at {rate:.0f} KB/s."))
        if during:
            say(f"The client, all the while: p99 {during[2]:.1f} ms. Before: {self.calm[2]:.1f} ms.")
            say("(Here they share processors and a disk; what a full network link does to clients, README.md shows.)")
        if rate > LIMIT * (1.05 + 0.25 / (end - begin)):  # the shaper's credit is a quarter of a second's worth
            raise Problem(f"that is more than the limit of {LIMIT} KB/s")

    @staticmethod
    def _transfer_lines(transfer, samples, seconds):
        if transfer is None:
            told = "everything is sent; node3 prepares it and catches up" if samples else "node3 asks for it"
            return [("copy", f"{told} ({seconds:.0f} s)"), ("", "")]
        held = transfer["held_back_by"]
        percent, total, left = transfer["percent"] or 0, transfer["total_bytes"], transfer["remaining_seconds"]
        return [("copy", f"[{screen.bar(percent, 24)}] {percent:3.0f} %  {transfer['bytes'] / 1e6:.0f} of "
                         f"{f'{total / 1e6:.0f}' if total else '?'} MB  {transfer['bytes_per_second'] / KB:.0f} KB/s  "
                         f"{'' if left is None else f'{left:.0f} s to go'}"),
                ("", f"now {transfer['stage']}; held back by {HOLDS_BACK.get(held, held or 'nothing')}")]

    def _compared(self, found):
        return f"{_latency(found)}   (before: p99 {self.calm[2]:.1f} ms)"

    # ---- 5

    def lose_node(self):
        screen.heading(5, "A client writes to node2, and node2 is killed")
        why("Each row is a transaction. The client counts those that it was told to be committed.")
        order = [self.settings.address(number) for number in (VICTIM, JOINER, DONOR)]
        with Watch(self.nodes, DONOR, VICTIM) as watch, Writer(order, self.settings.password) as writer:
            self._watch_writer(writer, watch, lambda began: time.monotonic() > began + 4 and writer.acknowledged)
            before, logged = len(writer.acknowledged), len(self.nodes.server_log(VICTIM))
            say(f"node2: kill -9 of {self.nodes.kill(VICTIM)} processes.")
            self._watch_writer(writer, watch, lambda began: len(writer.acknowledged) > before + 200)
            say(f"The writer went on {self._name(writer.at)}; its longest wait for an answer was {writer.longest:.1f} s.")
            self.nodes.begin(VICTIM)
            say("node2 starts again.")
            self._watch_writer(writer, watch, lambda began: _is_synced(watch, VICTIM))
        say(f"node2 is Synced again, {self._how_joined(VICTIM, logged)}.")
        self._prove(writer)

    def _watch_writer(self, writer, watch, until):
        began = time.monotonic()
        with screen.Picture() as picture:
            def enough():
                done = until(began)
                picture.draw([("writer", f"{len(writer.acknowledged)} rows acknowledged, {self._name(writer.at)}"),
                              ("cluster", _cluster(watch.nodes(DONOR)))], last=done)
                return done

            self._wait("node2 and its writer", enough)

    def _how_joined(self, number, logged):
        """By its server's log since then; a copy of everything would be a failure of the demo."""
        log = self.nodes.server_log(number)[logged:]
        if re.search(r"mgc_\w+ joiner: .* moved in", log):
            raise Problem(f"node{number} took a full copy, though node1 and node3 had what it missed")
        sent = re.search(r"Receiving IST: (\d+) writesets", log)
        return f"by IST: the others had kept the {sent[1]} write-sets that it missed" if sent else "and had missed nothing"

    def _prove(self, writer):
        """What was acknowledged is there, everywhere the same."""
        sums, lost = set(), set()
        for number in NUMBERS:
            connection = self._connect(number)
            connection.query("SET SESSION wsrep_sync_wait = 15")
            rows = {int(row[0]) for row in connection.query("SELECT id FROM written")}
            found = tuple(row[1] for row in connection.query("CHECKSUM TABLE written, data EXTENDED"))
            sums.add(found)
            connection.close()
            missing = writer.acknowledged - rows
            lost |= missing
            say(f"{screen.bold(f'node{number}')}  {len(writer.acknowledged) - len(missing)} of {len(writer.acknowledged)} acknowledged "
                f"rows   checksums {' '.join(found)}")
        if lost or len(sums) > 1 or not writer.acknowledged:
            raise Problem(f"{len(lost)} acknowledged rows are missing, there are {len(sums)} different sets of tables")
        say(green("Nothing was lost: every acknowledged row is on every node, and their tables are equal."))

    # ---- for all of them

    def _connect(self, number):
        return Connection(self.settings.address(number), ports.PORT, USER, self.settings.password, SCHEMA, patience=120)

    def _reader(self):
        return Reader(self.settings.address(DONOR), self.settings.password, self.rows)

    def _name(self, address):
        return f"at node{ports.ADDRESSES.index(address) + 1}" if address else "looking for a node"

    def _wait(self, what, condition):
        deadline = time.monotonic() + PATIENCE
        while not condition():
            for number in NUMBERS:
                if reason := self.nodes.ended(number):
                    raise Problem(f"while {what}: {reason}")
            if time.monotonic() > deadline:
                raise Problem(f"waited {PATIENCE} s: {what}")
            time.sleep(0.2)


def _latency(found):
    return "connects" if not found else f"{found[0]:.0f} reads/s, p50 {found[1]:.2f} ms, p99 {found[2]:.1f} ms"


def _is_synced(watch, number):
    """As the node itself says: what others know of it may be some seconds old."""
    node = watch.status(number).get("node") or {}
    return node.get("wsrep_state") == "Synced" and node["cluster_size"] == len(NUMBERS)


def _phase(node):
    """Without what is too long to be read: the path of a socket."""
    return f"{node['phase']}: {(node['reason'] or '').partition(': server at')[0]}"


def _cluster(nodes):
    """What each is, in a few words."""
    return "is asked" if not nodes else "   ".join(f"node{number} {(nodes[number]['wsrep_state'] or nodes[number]['phase']) if number in nodes else 'down'}"
                      for number in NUMBERS)
