"""Times and sizes as people read them."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

_UNITS: Final = ("B", "kB", "MB", "GB", "TB", "PB")
_STEP: Final = 1000  # decimal, as disks and archives are labelled
_FINE: Final = 10  # below this one decimal is shown
_MOMENT: Final = timedelta(seconds=45)
_STEPS: Final = (
    (timedelta(minutes=1), "minute", 60),
    (timedelta(hours=1), "hour", 24),
    (timedelta(days=1), "day", 15),
)
_LONG_AGO: Final = timedelta(days=14)  # from then on a date says more than a count of days


@dataclass(frozen=True, slots=True)
class Moment:
    """A time in three writings: for people, exact for people, and for machines."""

    ago: str
    exact: str
    iso: str


def moment(when: datetime, now: datetime) -> Moment:
    """Return `when` as seen at `now`; a time slightly ahead, by another clock, is just now."""
    utc = when.astimezone(UTC)
    return Moment(
        ago=_ago(utc, now.astimezone(UTC)),
        exact=_exact(utc),
        iso=utc.isoformat(timespec="seconds"),
    )


def date(when: datetime) -> Moment:
    """Return a time of which the day matters, in the past or to come: `22 Feb 2027`."""
    utc = when.astimezone(UTC)
    return Moment(ago=_date(utc), exact=_exact(utc), iso=utc.isoformat(timespec="seconds"))


def clock(when: datetime, now: datetime) -> Moment:
    """Return a time of which the hour matters: `18:40 UTC`, on another day `30 Nov 18:40 UTC`."""
    utc = when.astimezone(UTC)
    day = "" if utc.date() == now.astimezone(UTC).date() else f"{utc.day} {utc:%b} "
    return Moment(
        ago=f"{day}{utc:%H:%M} UTC", exact=_exact(utc), iso=utc.isoformat(timespec="seconds")
    )


def _date(when: datetime) -> str:
    return f"{when.day} {when:%b %Y}"


def _exact(when: datetime) -> str:
    return when.strftime("%Y-%m-%d %H:%M:%S UTC")


def _ago(when: datetime, now: datetime) -> str:
    passed = now - when
    if passed < _MOMENT:
        return "just now"
    if passed >= _LONG_AGO:
        return _date(when)
    counts = ((max(1, round(passed / unit)), noun, limit) for unit, noun, limit in _STEPS)
    number, noun = next((number, noun) for number, noun, limit in counts if number < limit)
    return f"{number} {noun}{'' if number == 1 else 's'} ago"


def size(number: int) -> str:
    """Return bytes with a decimal unit: `34 MB`, `1.2 GB`."""
    value = float(number)
    for unit in _UNITS:
        shown = f"{value:.1f}" if unit != "B" else ""
        if not shown or float(shown) >= _FINE:
            shown = f"{value:.0f}"
        if float(shown) < _STEP or unit == _UNITS[-1]:
            return f"{shown} {unit}"
        value /= _STEP
    raise AssertionError(_UNITS)  # the last unit always returns
