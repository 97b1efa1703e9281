"""What becomes of a workspace that nobody uses, as the pages say it. No I/O here."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from zfs_provisioner.gc.fates import Fate
from zfs_provisioner.gc.policy import Policy, format_duration

from casahub.portal.human import Moment, date

SOON: Final = timedelta(days=30)  # what comes within it is said on the home page
_YEAR: Final = timedelta(days=365)
_DAY: Final = re.compile(r"\b\d{4}-\d{2}-\d{2}\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class Prospect:
    """That a workspace goes to trash, or is destroyed in it.

    Attributes
    ----------
    day
        When; None when its time has come.
    why
        The provisioner's reason.
    hindrance
        Why it stays all the same; empty when nothing is in the way.
    soon
        Whether its owner should be told without asking.
    """

    day: Moment | None
    why: str
    hindrance: str
    soon: bool


def prospect(fate: Fate, now: datetime) -> Prospect:
    """Return what the pages say of a fate."""
    return Prospect(
        day=date(fate.due) if fate.due > now else None,
        why=_DAY.sub(_as_people_write, fate.why),
        hindrance=fate.hindrance,
        soon=fate.due - now <= SOON,
    )


def longest_keep(policy: Policy) -> timedelta:
    """Return for how long one button keeps a workspace: a year, or what is allowed of it."""
    return min(_YEAR, policy.workspaces.keep_longest)


def keep_label(policy: Policy) -> str:
    """Return what that button says."""
    length = longest_keep(policy)
    return f"Keep for {'a year' if length == _YEAR else format_duration(length)}"


def _as_people_write(day: re.Match[str]) -> str:
    return date(datetime.fromisoformat(day[0]).replace(tzinfo=UTC)).ago
