"""Evaluation against streams whose answer is known. Run by `python3 -m unittest` in bench/."""

import unittest

from measure import arrivals
from measure.arrivals import Flow

RATE = 6_000_000  # bytes per second, 60,000 in each bin


def flow(bins, first_bin=100, width=0.01):
    return Flow(bins, first_bin, width, first_bin * width, (first_bin + len(bins)) * width)


def even(seconds):
    return [60_000] * round(seconds * 100)


class Windows(unittest.TestCase):
    def test_an_even_stream_is_exact_in_every_window(self):
        stream = flow(even(3))
        for seconds in (0.1, 1):
            self.assertEqual(arrivals.highest(stream, seconds), RATE)
            self.assertEqual(arrivals.lowest(stream, seconds), RATE)
        self.assertEqual(arrivals.mean(stream), RATE)

    def test_a_bucket_emptied_every_100_ms_doubles_a_window_when_it_is_late_once(self):
        chunks = ([600_000] + [0] * 9) * 20
        chunks[50], chunks[51] = 0, 600_000  # one chunk 10 ms late: two chunks in 100 ms
        self.assertEqual(arrivals.highest(flow(chunks), 0.1), 2 * RATE)
        self.assertEqual(arrivals.lowest(flow(chunks), 0.1), 0)
        self.assertAlmostEqual(arrivals.highest(flow(chunks), 1), 1.1 * RATE, delta=1)

    def test_windows_are_sliding_not_aligned(self):
        bins = even(2)
        bins[95:105] = [120_000] * 10  # straddles a second and a tenth
        self.assertEqual(arrivals.highest(flow(bins), 0.1), 2 * RATE)
        self.assertAlmostEqual(arrivals.highest(flow(bins), 1), 1.1 * RATE, delta=1)

    def test_a_burst_at_the_start_counts(self):
        self.assertEqual(arrivals.highest(flow([1_560_000] + even(2)), 1), (1_560_000 + 99 * 60_000))

    def test_the_half_filled_first_and_last_bins_are_not_a_gap(self):
        self.assertEqual(arrivals.lowest(flow([1] + even(2) + [1]), 0.1), RATE)

    def test_a_gap_is_found(self):
        bins = even(2)
        bins[50:55] = [0] * 5
        self.assertEqual(arrivals.lowest(flow(bins), 0.1), RATE / 2)

    def test_the_mean_of_chunks_does_not_count_one_chunk_too_many(self):
        chunks = ([1_500_000] + [0] * 24) * 8 + [1_500_000]
        self.assertEqual(arrivals.mean(flow(chunks)), RATE)

    def test_what_a_protocol_says_before_and_after_the_payload_is_cut_off(self):
        talk = [0, 200, 0, 100, 0, 0]
        cut = arrivals.payload(flow(talk + even(2) + talk), margin=301)
        self.assertEqual(cut.bins, even(1.98))
        self.assertEqual(cut.first_bin, 107)


class Flows(unittest.TestCase):
    def test_flows_are_added_on_one_grid(self):
        total = arrivals.merge([flow([1, 2, 3], 10), flow([10, 20], 12), flow([], 0)])
        self.assertEqual((total.bins, total.first_bin), ([1, 2, 13, 20], 10))

    def test_whole_bins_between_two_times(self):
        cut = flow([1, 2, 3, 4, 5], 100).between(1.005, 1.035)
        self.assertEqual((cut.bins, cut.first_bin), ([2, 3], 101))
        self.assertEqual(flow([1, 2, 3], 100).between(0, 9).bins, [1, 2, 3])

    def test_jain_index(self):
        self.assertEqual(arrivals.jain([5, 5, 5, 5]), 1)
        self.assertEqual(arrivals.jain([8, 0, 0, 0]), 0.25)

    def test_the_least_fair_window_is_found_where_all_flows_send(self):
        alone = [100] * 100  # before the second flow begins: not unfair
        fair, unfair = [100] * 200, [100] * 100 + [300] * 100
        lowest = arrivals.lowest_jain([flow(alone + fair, 0), flow(unfair, 100)], 0.5)
        self.assertAlmostEqual(lowest, (100 + 300) ** 2 / (2 * (100**2 + 300**2)))


class Stalls(unittest.TestCase):
    def test_no_credit(self):
        found = arrivals.stall(flow(even(1) + [0] * 2000 + even(1)), RATE)
        self.assertAlmostEqual(found.silence, 20)
        self.assertAlmostEqual(found.excess, 60_000)  # what came within the first bin

    def test_a_quarter_second_of_credit_at_once(self):
        found = arrivals.stall(flow(even(1) + [0] * 500 + [1_500_000] + even(1)), RATE)
        self.assertAlmostEqual(found.excess, 1_500_000)

    def test_credit_spent_slowly_is_the_same_credit(self):
        slowly = [63_000] * 500  # 5 % too fast for 5 s
        found = arrivals.stall(flow(even(1) + [0] * 900 + slowly + even(1)), RATE)
        self.assertAlmostEqual(found.excess, 500 * 3_000 + 60_000, delta=1)


class Changes(unittest.TestCase):
    SLOW, FAST = 6_000, 20_000  # bytes in 1 ms

    def changed(self, bins, old, new, at=2.0):
        return arrivals.change(flow(bins, 0, 0.001), at, len(bins) / 1000, old * 1000, new * 1000)

    def test_at_once(self):
        found = self.changed([self.SLOW] * 2000 + [self.FAST] * 2000, self.SLOW, self.FAST)
        self.assertAlmostEqual(found.holds_from, 0, delta=0.002)
        self.assertAlmostEqual(found.excess, 0, delta=1)

    def test_forty_milliseconds_late(self):
        found = self.changed([self.SLOW] * 2040 + [self.FAST] * 2000, self.SLOW, self.FAST)
        self.assertAlmostEqual(found.holds_from, 0.040, delta=0.003)
        self.assertAlmostEqual(found.delay, 0.040, delta=0.001)
        self.assertAlmostEqual(found.excess, -40 * (self.FAST - self.SLOW), delta=self.FAST)

    def test_a_gift(self):
        found = self.changed([self.FAST] * 2000 + [900_000] + [self.SLOW] * 2000, self.FAST, self.SLOW)
        self.assertAlmostEqual(found.excess, 900_000 - self.SLOW, delta=self.SLOW)
        self.assertLess(found.holds_from, 0.010)

    def test_old_credit_that_must_be_used_up_first(self):
        found = self.changed([self.FAST] * 3000 + [self.SLOW] * 3000, self.FAST, self.SLOW)
        self.assertAlmostEqual(found.holds_from, 1.0, delta=0.01)
        self.assertAlmostEqual(found.delay, 1.0, delta=0.01)

    def test_a_hiccup_later_on_does_not_count(self):
        bins = [self.SLOW] * 2000 + [self.FAST] * 3000
        bins[4000:4010] = [0] * 9 + [10 * self.FAST]
        self.assertAlmostEqual(self.changed(bins, self.SLOW, self.FAST).holds_from, 0, delta=0.002)

    def test_bursts_are_ripple_not_disobedience(self):
        slow, fast = [600_000] + [0] * 99, [2_000_000] + [0] * 99
        found = self.changed(slow * 20 + fast * 50, self.SLOW, self.FAST)
        self.assertLess(found.holds_from, 0.1)
        self.assertAlmostEqual(found.delay, 0, delta=0.1)

    def test_between_two_bins(self):
        found = self.changed([self.SLOW] * 2000 + [self.FAST] * 2000, self.SLOW, self.FAST, at=1.9995)
        self.assertAlmostEqual(found.delay, 0.0005, delta=0.0001)


if __name__ == "__main__":
    unittest.main()
