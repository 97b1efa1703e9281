"""How long to wait before something that failed is tried again."""

from datetime import timedelta
from typing import Final

_MOST_DOUBLINGS: Final = 20  # an unbounded power overflows after a week of failures


def longer_each_time(tries: int, first: timedelta, longest: timedelta) -> timedelta:
    """Return the wait after so many failures in a row: twice as long after each, up to a limit."""
    return min(first * (1 << min(tries - 1, _MOST_DOUBLINGS)), longest)
