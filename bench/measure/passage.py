"""One transfer from source to sink through a contender."""

import time
from dataclasses import dataclass

from measure import arrivals
from measure.lab import Failure

SETTLE = 0.3  # seconds from the last process started to the first byte: all are asleep by then


@dataclass
class Carried:
    flows: list  # as the sink saw them
    cpu: float  # seconds, user and system, of the contender's processes

    @property
    def flow(self):
        return arrivals.merge(self.flows)


class Passage:
    """Assembled on construction, so starting it is not measured; release() lets the bytes go.

    `size` is bytes of each of `connections`; None: as many as fit into `seconds` after the first byte.
    """

    def __init__(self, lab, contender, size=None, *, seconds=None, connections=1, realtime=True, bin_us=10_000,
                 source=()):
        self.lab, self.size = lab, size
        sender = [*source, "--connections", connections]
        receiver = ["--connections", connections, "--bin", bin_us]
        sender += ["--bytes", size] if size is not None else []
        receiver += ["--seconds", seconds] if seconds is not None else []
        receiver += ["--realtime"] if realtime and lab.realtime else []
        self.assembly = contender.assemble(lab, sender, receiver)
        if not self.assembly.released:
            time.sleep(SETTLE)
        self.check_alive()
        for carrier in self.assembly.carriers:
            carrier.mark_start()

    def check_alive(self):
        for process in (*self.assembly.carriers, self.assembly.source, self.assembly.sink):
            if process.status is not None:
                raise Failure(f"ended with {process.status} before the first byte: {process.describe()}")

    def release(self):
        if not self.assembly.released:
            self.lab.release(self.assembly.source)
        return self

    def finish(self, timeout, alone=True):
        """Waits for the sink, then ends the rest. A transfer of known size must have arrived whole and ended cleanly.
        `alone`: nothing else is running in the lab."""
        place = self.assembly
        if place.sink.wait(timeout) != 0:
            raise Failure(f"the sink failed: {place.sink.describe()}")
        flows = self.lab.flows(place.sink)
        for carrier in place.carriers:
            if place.stays or self.size is None:
                carrier.stop()
            else:
                carrier.wait(5)
        if self.size is not None:
            self.check_complete(flows)
        carried = Carried(flows, sum(carrier.cpu() for carrier in place.carriers))
        if alone:
            self.lab.stop_all()
        return carried

    def check_complete(self, flows):
        if self.assembly.source.wait(5) != 0:
            raise Failure(f"the source failed: {self.assembly.source.describe()}")
        for flow in flows:
            if flow.end != "fin" or flow.bytes != self.size:
                who = "; ".join(carrier.describe() for carrier in self.assembly.carriers)
                raise Failure(f"{flow.bytes} of {self.size} bytes arrived, end: {flow.end}: {who}")


def carry(lab, contender, size, timeout, **options):
    if hasattr(contender, "carry"):  # brings its own source and sink
        return contender.carry(lab, size, timeout)
    return Passage(lab, contender, size, **options).release().finish(timeout)
