"""Days of the year, as stations write them, to dates."""

from datetime import date, datetime, timedelta

_HALF_A_YEAR = timedelta(days=182)


def first_of_january(observed: date, day: float) -> date:
    """Return 1 January of the year that a day of the year is in.

    Parameters
    ----------
    observed : date
        Day of the observation; a day more than half a year before it belongs to the next year.
    day : float
        Day of the year; 1.0 is 0 h on 1 January.
    """
    start = date(observed.year, 1, 1)
    if start + timedelta(days=int(day) - 1) < observed - _HALF_A_YEAR:
        return date(observed.year + 1, 1, 1)
    return start


def days_after(observed: date, day: float) -> float:
    """Return how many days after 0 h of the day of observation a day of the year is."""
    return (first_of_january(observed, day) - observed).days + day - 1.0


def moment(observed: date, day: float, seconds: float) -> datetime:
    """Return the time, UTC, that is some seconds after 0 h of a day of the year."""
    start = first_of_january(observed, day)
    midnight = datetime(start.year, 1, 1)  # noqa: DTZ001 - CASA's text knows UTC only
    return midnight + timedelta(days=int(day) - 1, seconds=seconds)
