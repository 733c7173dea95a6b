"""What one join cost and how it went, from what was seen. Pure arithmetic; times are seconds of CLOCK_MONOTONIC,
rates bytes per second.

Bytes are the transfer's payload: what the joiner's second card received, less the headers of its packets. The
*transfer* lasts from 2 % to 98 % of them: without the hello before and the good-bye after, during which the
link is idle. Readers and writer count while it lasts, the writer also from its beginning to the joiner's being a
full member, as locks may outlast the bytes.
"""

from bisect import bisect_left
from math import ceil, floor

from measure import arrivals
from measure.sst.segment import OVERHEAD

EDGE = 0.02  # share of the bytes at either end that is not the transfer proper
PICTURE_BINS = 10  # of 10 ms, in one bar of the picture


def payload(counted):
    """Cumulative bytes without headers, beginning with 0."""
    first = counted["bytes"][0] - OVERHEAD * counted["packets"][0]
    return [size - OVERHEAD * packets - first for size, packets in zip(counted["bytes"], counted["packets"])]


def at(times, totals, moment):
    """The cumulative bytes at any moment, in a straight line between two readings."""
    index = bisect_left(times, moment)
    if index == 0:
        return totals[0]
    if index == len(times):
        return totals[-1]
    share = (moment - times[index - 1]) / (times[index] - times[index - 1])
    return totals[index - 1] + share * (totals[index] - totals[index - 1])


def flow(times, totals, begin, end, width=0.01):
    """The bytes in bins on the grid of the clock, the first and the last one of which received some."""
    low, high = floor(begin / width), ceil(end / width)
    edges = [at(times, totals, index * width) for index in range(low, high + 1)]
    bins = [later - earlier for earlier, later in zip(edges, edges[1:])]
    while bins and bins[0] <= 0:
        bins.pop(0)
        low += 1
    while bins and bins[-1] <= 0:
        bins.pop()
    return arrivals.Flow(bins, low, width, low * width, (low + len(bins)) * width)


def span(times, totals, low, high):
    """When these shares of the bytes had come."""
    begin = bisect_left(totals, low * totals[-1])
    return times[begin], times[min(bisect_left(totals, high * totals[-1]), len(times) - 1)]


def percentile(values, share):
    """The smallest value that at least this share of all do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, ceil(share * len(ordered)) - 1)] if ordered else None


def reads(transactions, begin, end):
    """Transactions that ended within [begin, end)."""
    taken = [done - begun for begun, done in transactions if begin <= done < end]
    return {"tps": len(taken) / (end - begin), "p99": 1000 * percentile(taken, 0.99) if taken else None,
            "transactions": len(taken)}


def reads_by_second(transactions, begin, end):
    """p99 in ms of the transactions that ended in each whole second after `begin`; None where none did."""
    taken = [[] for _ in range(int(end - begin))]
    for begun, done in transactions:
        if 0 <= done - begin < len(taken):
            taken[int(done - begin)].append(1000 * (done - begun))
    return [percentile(second, 0.99) for second in taken]


def longest_stall(writes, begin, end):
    """ms from when a row was due until it was committed, the longest of those that overlap the time."""
    return max((1000 * (done - due) for due, done in writes if done >= begin and due < end), default=None)


def evenness(whole, rate, begin, end):
    """The fullest windows from the first byte on, the emptiest second and the mean of the transfer, all before `end`
    and against the limit."""
    limited, steady = whole.between(0, end), whole.between(begin, end)
    if len(steady.bins) <= 1 / whole.width:
        return None
    return {
        "highest 1 s": arrivals.highest(limited, 1) / rate,
        "highest 100 ms": arrivals.highest(limited, 0.1) / rate,
        "lowest 1 s": min(arrivals.sliding(steady.bins, round(1 / whole.width))) / rate,
        "mean": steady.bytes / (len(steady.bins) * whole.width) / rate,
    }


def of(row, *, began, seen, data_bytes, counted, writes, transactions):
    times, totals = counted["times"], payload(counted)
    end = seen["synced"]
    found = {"name": row.name, "title": row.title, "stage": row.stage, "limit": row.limit, "data bytes": data_bytes}
    if row.stage == "idle":
        begin, until = began, end
    else:
        begin, until = span(times, totals, EDGE, 1 - EDGE)
        whole = flow(times, totals, began, end)
        found |= {"wall": end - began, "transfer": until - begin, "wire bytes": round(totals[-1])}
        found |= {f"{name} after": seen[name] - began for name in ("asked", "locked", "received") if name in seen}
        found["rate"] = by_time(whole, began)
        if row.limit:
            found["even"] = evenness(whole, row.limit * 1024, begin, min(until, seen.get("locked", until)))
        if "cpu" in seen:
            moved = max(totals[-1], data_bytes)  # compressed bytes were more before
            found["cpu per GB"] = {host: used * (1 << 30) / moved for host, used in seen["cpu"].items()}
    found["stall"] = longest_stall(writes, begin, end)
    found["transfer begins"], found["transfer ends"] = begin - began, until - began
    if transactions is not None:
        found |= reads(transactions, begin, until)
        found["p99 by second"] = reads_by_second(transactions, began, end)
    return found


def by_time(whole, began):
    """KB/s in each 100 ms after `began`."""
    before = max(0, whole.first_bin - floor(began / whole.width))
    bins = [0] * before + whole.bins
    return [round(sum(bins[index : index + PICTURE_BINS]) / 1024 / (PICTURE_BINS * whole.width))
            for index in range(0, len(bins), PICTURE_BINS)]
