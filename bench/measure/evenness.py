"""How exactly and how evenly a limiter sends: the figures of the limited transfers and of the sweep."""

from measure import arrivals


def of(flow, rate):
    """Ratios to the rate: mean, and the fullest and emptiest windows from the first to the last byte."""
    return {
        "mean": arrivals.mean(flow) / rate,
        "highest 100 ms": arrivals.highest(flow, 0.1) / rate,
        "lowest 100 ms": arrivals.lowest(flow, 0.1) / rate,
        "highest 1 s": arrivals.highest(flow, 1) / rate,
        "lowest 1 s": arrivals.lowest(flow, 1) / rate,
    }


COLUMNS = ["mean", "highest 100 ms", "lowest 100 ms", "highest 1 s", "lowest 1 s"]


def cells(figures):
    return [f"{figures['mean']:.4f}", *(f"{figures[column]:.3f}" for column in COLUMNS[1:])]
