"""What arrived when, and what that says about a limiter. Pure: no clock, no files but load().

A Flow holds the bytes of one connection in bins (10 ms unless said otherwise) on a grid of CLOCK_MONOTONIC that
all flows share. Time begins with the first byte: what a limiter does before is start-up, not sending. Rates are
bytes per second, times are seconds of CLOCK_MONOTONIC.
"""

import json
from dataclasses import dataclass
from itertools import accumulate
from math import ceil
from statistics import median, quantiles


@dataclass
class Flow:
    bins: list  # bytes; of a whole flow the first and the last one are never 0
    first_bin: int  # bins[0] covers [first_bin, first_bin + 1) * width
    width: float = 0.01  # seconds
    first: float = 0.0  # arrival of the first and of the last byte
    last: float = 0.0
    end: str = "fin"  # or "reset", or "open" when the sink left first

    @property
    def bytes(self):
        return sum(self.bins)

    @property
    def end_bin(self):
        return self.first_bin + len(self.bins)

    def between(self, begin, end):
        """The whole bins within [begin, end), as a flow."""
        low = max(self.first_bin, ceil(begin / self.width - 1e-6))
        high = min(self.end_bin, int(end / self.width + 1e-6))
        bins = self.bins[low - self.first_bin : max(low, high) - self.first_bin]
        return Flow(bins, low, self.width, low * self.width, high * self.width, self.end)


def load(path):
    with open(path, encoding="ascii") as file:
        return [Flow(seen["bins"], seen["first_bin"], seen["bin_ns"] / 1e9, seen["first_ns"] / 1e9,
                     seen["last_ns"] / 1e9, seen["end"]) for seen in json.load(file)["flows"]]


def merge(flows):
    """All flows as one: their sum on the grid. Empty flows do not count."""
    flows = [flow for flow in flows if flow.bins]
    begin = min(flow.first_bin for flow in flows)
    bins = [0] * (max(flow.end_bin for flow in flows) - begin)
    for flow in flows:
        for index, count in enumerate(flow.bins, flow.first_bin - begin):
            bins[index] += count
    ends = {flow.end for flow in flows}
    return Flow(bins, begin, flows[0].width, min(f.first for f in flows), max(f.last for f in flows),
                ends.pop() if len(ends) == 1 else "mixed")


def throughput(flow):
    """All bytes over the time from the first to the last one: for transfers that nothing limits."""
    return flow.bytes / (flow.last - flow.first)


def mean(flow):
    """The rate of a stream of chunks, however large: bytes that came after the first bin, over the time from the
    first to the last bin that received any. Counting the first chunk too would add one chunk to every mean."""
    return sum(flow.bins[1:]) / ((len(flow.bins) - 1) * flow.width)


def sliding(bins, count):
    """Sums of all windows of `count` bins."""
    cumulative = [0, *accumulate(bins)]
    return [later - earlier for earlier, later in zip(cumulative, cumulative[count:])]


def highest(flow, seconds):
    """Rate of the fullest window, from the first byte on: a burst at the start counts."""
    return max(sliding(flow.bins, round(seconds / flow.width))) / seconds


def lowest(flow, seconds):
    """Rate of the emptiest window. The first and the last bin are left out: bytes moved in a part of them only."""
    return min(sliding(flow.bins[1:-1], round(seconds / flow.width))) / seconds


def payload(flow, margin):
    """Without the first and last `margin` bytes: for a protocol that talks before and after it sends (rsync)."""
    low, high = 0, len(flow.bins)
    head = tail = 0
    while head < margin:
        head += flow.bins[low]
        low += 1
    while tail < margin:
        high -= 1
        tail += flow.bins[high]
    while not flow.bins[low]:
        low += 1
    while not flow.bins[high - 1]:
        high -= 1
    return Flow(flow.bins[low:high], flow.first_bin + low, flow.width,
                (flow.first_bin + low) * flow.width, (flow.first_bin + high) * flow.width, flow.end)


def jain(rates):
    """Jain's index of fairness: 1 when all are equal, 1/n when one has everything."""
    squares = sum(rate * rate for rate in rates)
    return sum(rates) ** 2 / (len(rates) * squares) if squares else 1.0


def lowest_jain(flows, seconds):
    """The least fair window of the time in which all flows were sending."""
    begin = max(flow.first_bin + 1 for flow in flows)
    end = min(flow.end_bin - 1 for flow in flows)
    count = round(seconds / flows[0].width)
    windows = zip(*(sliding(f.bins[begin - f.first_bin : end - f.first_bin], count) for f in flows))
    return min(jain(rates) for rates in windows)


@dataclass
class Stall:
    silence: float  # seconds without a byte, as the sink saw it
    excess: float  # bytes: the most that came after it beyond rate x time


def stall(flow, rate):
    """The longest silence, and how far the bytes after it ran ahead of the rate. Time counts from the bin of the
    first byte after the silence, so the excess is at most one bin too large."""
    longest = begin = run = 0
    for index, count in enumerate(flow.bins):
        run = 0 if count else run + 1
        if run > longest:
            longest, begin = run, index + 1
    after = accumulate(flow.bins[begin:])
    excess = max(total - rate * index * flow.width for index, total in enumerate(after))
    return Stall(longest * flow.width, excess)


@dataclass
class Change:
    holds_from: float  # seconds after the change: from here on the bytes follow the new rate
    excess: float  # bytes beyond new rate x time since the change that remained for good; negative: missing
    delay: float  # seconds of the old rate after the change that explain the excess


def change(flow, at, until, old, new):
    """What became of a limit changed from `old` to `new` at `at`; nothing else may change before `until`.

    The excess E(t) = bytes since the change - new rate x time is flat once the new rate holds. Its level is what
    the change gave away or kept back, its ripple is how evenly the limiter sends. Both are taken from the second
    half of the time; the rate holds from when E is within twice that ripple for half a second.
    """
    before = flow.between(0, at).bytes + share_of_bin(flow, at)
    start = int(at / flow.width) + 1  # first whole bin after the change
    totals = list(accumulate(flow.bins))
    excess = [
        totals[index - 1 - flow.first_bin] - before - new * (index * flow.width - at)
        for index in range(start, min(flow.end_bin, int(until / flow.width)))
    ]
    settled = excess[len(excess) // 2 :]
    level = median(settled)
    ripple = quantiles((abs(value - level) for value in settled), n=20)[-1] + new * 0.001
    within = 0
    for index, value in enumerate(excess):
        within = within + 1 if abs(value - level) <= 2 * ripple else 0
        if within * flow.width >= 0.5:
            break
    first = index + 1 - within
    return Change((start + first) * flow.width - at if first else 0.0, level, level / (old - new))


def share_of_bin(flow, at):
    """Bytes of the bin that contains `at` taken to have come before it."""
    index = int(at / flow.width) - flow.first_bin
    inside = at / flow.width - int(at / flow.width)
    return flow.bins[index] * inside if 0 <= index < len(flow.bins) else 0
