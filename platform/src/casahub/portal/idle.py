"""What becomes of a session in which nothing happens, and what its owner can do about it."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from zfs_provisioner.gc.policy import format_duration

from casahub.culling.notes import Hindrances, Keeps
from casahub.culling.rule import Rule
from casahub.portal.hub import Server
from casahub.portal.human import Moment, clock


@dataclass(frozen=True, slots=True)
class IdleFacts:
    """What is written down about one session.

    Attributes
    ----------
    kept
        Until when its owner asked to leave it alone.
    hindrance
        Why it goes on although its time is over; empty when nothing is in the way.
    """

    kept: datetime | None = None
    hindrance: str = ""


@dataclass(frozen=True, slots=True)
class IdleSessions:
    """The site's rule for idle sessions, and what is written down about them."""

    rule: Rule
    keeps: Keeps
    hindrances: Hindrances

    def of(self, owner: str, session: str) -> IdleFacts:
        """Return what is written down about a session."""
        key = (owner, session)
        return IdleFacts(self.keeps.until(key), self.hindrances.of(key))


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A button that keeps a session."""

    label: str
    seconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class IdleView:
    """That a session is stopped when nothing happens in it.

    Attributes
    ----------
    stops
        When; None when the time has come.
    since
        Since when nothing happened.
    after
        How long a session may be idle, in words.
    soon
        Whether its owner should be told without asking.
    kept
        Until when it is left alone; None when nobody asked for that.
    hindrance
        Why it goes on all the same; empty when nothing is in the way.
    offers
        For how long it can be kept.
    """

    stops: Moment | None
    since: Moment
    after: str
    soon: bool
    kept: Moment | None
    hindrance: str
    offers: tuple[Offer, ...]


def idle_view(server: Server, facts: IdleFacts, rule: Rule, now: datetime) -> IdleView | None:
    """Return what the pages say of a running session; None when nothing comes."""
    if server.active_at is None or not rule.stops_any:
        return None
    kept = facts.kept if facts.kept and facts.kept > now else None
    comes = rule.outlook(server.active_at, kept, now)
    return IdleView(
        stops=None if comes.due else clock(comes.stops, now),
        since=clock(server.active_at, now),
        after=in_words(rule.idle),
        soon=comes.soon or bool(facts.hindrance),
        kept=clock(kept, now) if kept else None,
        hindrance=facts.hindrance if comes.due else "",
        offers=tuple(_offer(each, now) for each in rule.offers()),
    )


def in_words(length: timedelta) -> str:
    """Return a length of time as people say it: `12 hours`."""
    whole = length >= timedelta(minutes=1)
    return format_duration(length) if whole else f"{length.total_seconds():.0f} seconds"


def _offer(length: timedelta, now: datetime) -> Offer:
    until = (now + length).astimezone(UTC)
    day = f"{until:%A}" if length < timedelta(days=7) else f"{until.day} {until:%b}"
    label = "tomorrow" if length == timedelta(days=1) else day
    if length < timedelta(days=1):
        label = f"{until:%H:%M} UTC"
    return Offer(label=label, seconds=round(length.total_seconds()))
