"""The faults of a seed: what strikes whom and when, and how long it lasts."""

import random
from dataclasses import dataclass

ALL = (1, 2, 3)
KINDS = {"kill_server": 3, "kill_mgc": 3, "kill_node": 4, "stop": 4, "pause": 3, "split": 4, "lose_disk": 2, "power_loss": 3}


@dataclass
class Fault:
    at: float  # seconds
    kind: str
    nodes: tuple
    seconds: float  # until it ends
    pause: float = 0  # between the starts of several nodes

    def __str__(self):
        return f"{self.kind} {','.join(map(str, self.nodes)) or 'all from all'} for {self.seconds:.1f} s"


def plan(seed, seconds, only_power_loss=False):
    """In the order of time, until `seconds`. Of a longer time, what is planned for a shorter one is the beginning."""
    choice = random.Random(seed)
    at = 3.0
    while at < seconds:
        kind = choice.choices(list(KINDS), list(KINDS.values()))[0]
        how_many = choice.choices((1, 2, 3), (6, 2, 2))[0]
        nodes = choice.sample(ALL, how_many)
        lasts, pause = choice.uniform(0.5, 12), choice.choice((0, 0, choice.uniform(0, 5)))
        # Now and then something else happens at the same moment, or before the last is over.
        gap = choice.choice((choice.uniform(0, 2), choice.uniform(3, 12), choice.uniform(12, 30)))
        if only_power_loss:
            kind, gap = "power_loss", 25
        if kind == "power_loss":
            kind, nodes = "kill_node", choice.sample(ALL, 3)
        elif kind == "lose_disk":
            nodes = nodes[:1]
        elif kind == "split":
            nodes = nodes[:1] if choice.random() < 0.7 else []
        yield Fault(at, kind, tuple(nodes), lasts, pause)
        at += gap
