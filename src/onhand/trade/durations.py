"""Lengths of time in microseconds, in which all times are kept (`clock.py`)."""

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
