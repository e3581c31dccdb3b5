#!/usr/bin/env python3
"""Prints the quantiles of Student's t that board_test.cpp holds. Needs scipy."""
from scipy.stats import t

for freedom in (1, 2, 3, 4, 9, 30, 1000):
    print(freedom, repr(float(t.ppf(0.975, freedom))))
