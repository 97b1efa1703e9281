"""When an idle session is stopped. No I/O here."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

_EVERY: Final = timedelta(minutes=5)  # a stop some minutes late costs nothing, a sweep asks the hub
_PER_IDLE: Final = 20  # sweeps in the time of a site that stops sooner
_OFFERS: Final = (timedelta(days=1), timedelta(days=3), timedelta(days=7), timedelta(days=30))


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """What comes of a session if nothing happens in it.

    Attributes
    ----------
    stops
        When it is stopped.
    soon
        Whether that is near enough to tell its owner without being asked.
    due
        Whether the time has come.
    """

    stops: datetime
    soon: bool
    due: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A site's rule.

    Attributes
    ----------
    idle
        A session in which nothing happened for so long is stopped; zero: none ever is.
    keep
        How far ahead somebody may ask to leave a session alone.
    """

    idle: timedelta
    keep: timedelta

    @property
    def stops_any(self) -> bool:
        """Whether sessions are stopped at all."""
        return self.idle > timedelta(0)

    @property
    def every(self) -> timedelta:
        """Time between two sweeps."""
        return min(_EVERY, self.idle / _PER_IDLE)

    def outlook(self, active: datetime, kept: datetime | None, now: datetime) -> Outlook:
        """Return what comes of a session that was active last at a time, and is kept until one.

        Half of the time is left when it is told: with 12 hours, somebody who went home at night
        reads it until the next morning.
        """
        stops = max(active + self.idle, kept or active)
        return Outlook(stops=stops, soon=stops - now <= self.idle / 2, due=stops <= now)

    def offers(self) -> Iterator[timedelta]:
        """Yield for how long a session can be kept, by one button each."""
        yield from (each for each in _OFFERS if each < self.keep)
        yield self.keep

    def latest(self, wanted: timedelta, now: datetime) -> datetime:
        """Return until when a session is kept for which so long is asked, now."""
        return now + min(max(wanted, timedelta(0)), self.keep)
