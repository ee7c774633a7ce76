"""Many visits in a row: nothing grows, nothing is missed, nothing comes twice."""

import re
import time
import unittest

import station
from fixture import Bench

VISITS = 2000 if station.FULL else 100
READERS = {0: ("LOCK_FRONT", "CONTACT_FRONT"), 1: ("LOCK_BACK", "CONTACT_BACK")}
SETTLED = VISITS // 4  # caches are full by then


class Soak(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.bench = Bench(release="3s")
        cls.bench.plug(0)
        cls.bench.plug(1)
        cls.bench.start()

    @classmethod
    def tearDownClass(cls):
        cls.bench.close()

    def resident(self):
        status = open(f"/proc/{station.pid()}/status", encoding="ascii").read()
        return int(re.search(r"VmRSS:\s+(\d+) kB", status)[1])

    def visit_pair(self, number):
        """Two at once, at two doors."""
        for reader in READERS:
            self.bench.readers("present", reader, person=2000 + 2 * number + reader)
        for reader, (lock, contact) in READERS.items():
            self.assertTrue(station.comes(lambda lock=lock: self.bench.chip.level(lock), step=0.01), f"visit {number}, {lock}")
            self.bench.chip.pull(contact, True)
            self.bench.readers("remove", reader)
        # A contact must rest for its debounce time to count.
        time.sleep(0.1)
        for lock, contact in READERS.values():
            self.bench.chip.pull(contact, False)
        for lock, contact in READERS.values():
            self.assertTrue(station.comes(lambda lock=lock: not self.bench.chip.level(lock), step=0.01), "relocks on closing")
        time.sleep(0.6)  # so long a card must be away to be a new one

    def test_many_visits_leave_as_many_records_and_no_more_memory(self):
        outlets = [f"a{number}" for number in range(1, 9)]
        sizes = []
        for number in range(VISITS // 2):
            self.visit_pair(number)
            station.run("stationctl", "outlet", outlets[number % 8], "on" if number // 8 % 2 == 0 else "off")
            if number * 2 >= SETTLED:
                sizes.append(self.resident())
        records = self.bench.new_records()
        self.assertEqual([r["seq"] for r in records], list(range(self.bench.first + 1, self.bench.first + 1 + len(records))))
        for type in ("granted", "entered", "door-opened", "door-closed"):
            self.assertEqual(sum(r["type"] == type for r in records), VISITS, type)
        self.assertTrue(station.comes(lambda: {r["seq"] for r in records} <= set(self.bench.centre.records()), 60))
        for seq, heard in self.bench.centre.records().items():
            self.assertEqual(len(heard), 1, f"record {seq} came once: nobody was cut off")
        print(f"\nsample: {VISITS} visits, {len(records)} records")
        print(f"figure: stationd resident {sizes[0]} kB after {SETTLED} visits, {sizes[-1]} kB after {VISITS}")
        self.assertLessEqual(sizes[-1], sizes[0] + 512, "resident size is flat")
