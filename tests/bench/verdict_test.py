#!/usr/bin/python3
"""Tests verdict.py."""
import sys
import unittest

sys.dont_write_bytecode = True

from verdict import MET, NOT_DECIDED, NOT_MET, Spread, Target, judge, worst

AT_LEAST, AT_MOST = Target(">=", 0.65), Target("<=", 1.7)


class VerdictTest(unittest.TestCase):
    def test_judge(self):
        for values, target, wanted in (
            ([0.76, 0.80, 0.82], AT_LEAST, MET),
            ([0.50, 0.52, 0.55], AT_LEAST, NOT_MET),
            ([0.64, 0.66, 0.68], AT_LEAST, NOT_DECIDED),
            ([0.70, 0.80, 1.00], AT_LEAST, NOT_DECIDED),
            ([1.30, 1.35, 1.40], AT_MOST, MET),
            ([2.00, 2.10, 2.20], AT_MOST, NOT_MET),
            ([1.60, 1.65, 1.75], AT_MOST, NOT_DECIDED),
            ([0.65, 0.65, 0.65], AT_LEAST, MET),
            ([0.90, 0.90], AT_LEAST, NOT_DECIDED),
        ):
            with self.subTest(values=values, target=str(target)):
                self.assertEqual(judge(Spread.of(values), target), wanted)

    def test_worst(self):
        self.assertEqual(worst([MET, NOT_DECIDED]), NOT_DECIDED)
        self.assertEqual(worst([NOT_DECIDED, NOT_MET]), NOT_MET)
        self.assertEqual(worst([MET, MET]), MET)

    def test_median_of_an_even_number(self):
        self.assertEqual(Spread.of([4, 1, 3, 2]), Spread(2.5, 1, 4, 4))


if __name__ == "__main__":
    unittest.main()
