"""What every part gets: the lab, the options, and the contenders in an order that favours none."""

import sys

from measure import passage


class Bench:
    def __init__(self, lab, options):
        self.lab, self.options = lab, options

    @staticmethod
    def say(what):
        print(f"  {what}", file=sys.stderr, flush=True)

    def wanted(self, contestants):
        return [contender for contender in contestants if not set(contender.programs) & set(self.options.skip)]

    def choose(self, option, usual, quick):
        """What the user asked for, or else the default, which is another one for a quick run."""
        given = getattr(self.options, option)
        return given if given is not None else quick if self.options.quick else usual

    def rounds(self, contestants, usual):
        """All contenders in each round, each round beginning with another one."""
        contestants = self.wanted(contestants)
        for number in range(self.choose("rounds", usual, quick=1)):
            shift = number % len(contestants)
            for contender in contestants[shift:] + contestants[:shift]:
                self.say(f"round {number + 1}: {contender.name}")
                yield contender

    def carry(self, contender, size, timeout, **options):
        return passage.carry(self.lab, contender, size, timeout, **options)
