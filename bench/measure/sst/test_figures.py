"""Evaluation against joins whose answer is known. Run by `python3 -m unittest` in bench/."""

import unittest

from measure.sst import figures
from measure.sst.rows import Row
from measure.sst.segment import OVERHEAD

RATE = 6000 * 1024
STEP = 0.005


def counted(rates, begin=100.0):
    """What the counter reads every 5 ms of a card that receives at `rates` (bytes per second), in packets of 1000 bytes
    payload."""
    times, sizes, packets, total = [begin], [5000], [7], 0.0
    for rate in rates:
        total += rate * STEP
        times.append(times[-1] + STEP)
        packets.append(7 + round(total / 1000))
        sizes.append(round(5000 + total + OVERHEAD * (packets[-1] - 7)))
    return {"times": times, "bytes": sizes, "packets": packets}


def seconds(count, rate=RATE):
    return [rate] * round(count / STEP)


def join(rates, synced, row=Row("row", "Row", "mariabackup", limit=6000), writes=(), transactions=(), **seen):
    return figures.of(row, began=100.0, seen={"synced": synced, **seen}, data_bytes=1, counted=counted(rates),
                      writes=writes, transactions=list(transactions))


class Bytes(unittest.TestCase):
    def test_headers_are_not_payload(self):
        self.assertAlmostEqual(join(seconds(1, 0) + seconds(10), 112)["wire bytes"], 10 * RATE, delta=10)

    def test_the_transfer_is_neither_the_hello_nor_the_silence_after_it(self):
        found = join(seconds(1, 20000) + seconds(10, 0) + seconds(10) + seconds(3, 0), 124)
        self.assertAlmostEqual(found["transfer begins"], 11.2, delta=0.02)
        self.assertAlmostEqual(found["transfer"], 9.6, delta=0.02)
        self.assertEqual(found["wall"], 24)

    def test_the_rate_over_time_begins_with_the_join(self):
        rate = join(seconds(1, 0) + seconds(2) + seconds(1, 0), 104)["rate"]
        self.assertEqual((rate[5], rate[20], len(rate)), (0, 6000, 30))


class Limit(unittest.TestCase):
    def test_an_even_stream_is_within_a_thousandth(self):
        even = join(seconds(1, 0) + seconds(20), 122)["even"]
        self.assertAlmostEqual(even["highest 1 s"], 1, delta=0.001)
        self.assertAlmostEqual(even["lowest 1 s"], 1, delta=0.001)

    def test_a_burst_at_the_start_counts(self):
        even = join(seconds(0.1, 50 * RATE) + seconds(19), 122)["even"]
        self.assertAlmostEqual(even["highest 1 s"], 5.9, delta=0.1)

    def test_a_pause_counts(self):
        even = join(seconds(5) + seconds(0.5, 0) + seconds(5), 122)["even"]
        self.assertAlmostEqual(even["lowest 1 s"], 0.5, delta=0.01)

    def test_what_is_sent_under_the_backup_locks_is_not_limited(self):
        rates = seconds(10) + seconds(1, 3 * RATE)
        self.assertGreater(join(rates, 122)["even"]["highest 1 s"], 2)
        self.assertAlmostEqual(join(rates, 122, locked=110.0)["even"]["highest 1 s"], 1, delta=0.001)


class Cost(unittest.TestCase):
    GB = 1 << 30

    def per_gb(self, data_bytes):
        found = figures.of(Row("row", "Row", "mgc_rsync"), began=100.0, data_bytes=data_bytes,
                           counted=counted(seconds(8, self.GB / 8)), writes=(), transactions=None,
                           seen={"synced": 110.0, "cpu": {"donor": 0.5, "joiner": 0.25}})
        return found["cpu per GB"]

    def test_time_is_for_each_gigabyte_on_the_wire(self):
        self.assertAlmostEqual(self.per_gb(self.GB // 2)["donor"], 0.5, delta=0.001)

    def test_compressed_bytes_count_as_what_they_were(self):
        self.assertAlmostEqual(self.per_gb(2 * self.GB)["joiner"], 0.125, delta=0.001)


class Clients(unittest.TestCase):
    def test_only_transactions_during_the_transfer_count(self):
        slow = [(101 + index / 10, 101 + index / 10 + 0.05) for index in range(99)]
        found = join(seconds(1, 0) + seconds(10), 115, transactions=[(99.0, 100.9), *slow, (111.5, 113.0)])
        self.assertAlmostEqual(found["p99"], 50, delta=0.001)
        self.assertAlmostEqual(found["tps"], 10, delta=0.2)

    def test_p99_is_exceeded_by_one_in_a_hundred(self):
        self.assertEqual(figures.percentile(range(1, 201), 0.99), 198)
        self.assertEqual(figures.percentile([5], 0.99), 5)
        self.assertIsNone(figures.percentile([], 0.99))

    def test_a_second_without_a_transaction_has_no_p99(self):
        self.assertEqual(figures.reads_by_second([(10.0, 10.5), (12.0, 12.25)], 10, 13), [500, None, 250])

    def test_the_stall_of_a_write_that_outlasts_the_bytes_counts(self):
        writes = [(101.0, 101.01), (110.0, 113.5), (120.0, 129.0)]
        self.assertAlmostEqual(join(seconds(1, 0) + seconds(10), 115, writes=writes)["stall"], 3500)


if __name__ == "__main__":
    unittest.main()
