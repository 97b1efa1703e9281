"""What stops the garbage collection: pure questions, each with a sentence that says what to do.

Some stop a round and are over with their cause. Others pause the collection until an operator has
looked, because the next round would find nothing strange any more: the pause is on the storage and
outlives the provisioner.
"""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from zfs_provisioner.gc.plans import ActionKind, Plan
from zfs_provisioner.gc.policy import SafetyRules, format_duration
from zfs_provisioner.model import WorkspaceId

ALL = frozenset(ActionKind)
_RESUME = "`zfs-provisioner gc --resume` goes on"


class Brake(StrEnum):
    """Why it stopped."""

    PAUSED = "paused"
    CLOCK = "clock"
    SHRANK = "shrank"
    ABSENCE = "absence"
    TOO_MANY = "too_many"
    ACTIVITY = "activity"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """One reason not to act.

    Attributes
    ----------
    kinds
        What is not done; the rest goes on.
    pauses
        Whether only an operator ends it.
    """

    brake: Brake
    why: str
    kinds: frozenset[ActionKind] = ALL
    pauses: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Instant:
    """One moment on two clocks: the wall's, and seconds of one that nobody sets."""

    wall: datetime
    steady: float


def jumped(before: Instant | None, after: Instant, rules: SafetyRules) -> Stop | None:
    """Tell whether the clock was set since the last round, by comparing it with a steady one."""
    if before is None:
        return None
    passed = timedelta(seconds=after.steady - before.steady)
    jump = after.wall - before.wall - passed
    if abs(jump) <= rules.clock_jump:
        return None
    way = "forward" if jump > timedelta(0) else "back"
    return Stop(
        brake=Brake.CLOCK,
        pauses=True,
        why=(
            f"The clock jumped {way} by {abs(jump)} since the last round: see that it is right, "
            f"then {_RESUME}."
        ),
    )


def shrank(before: AbstractSet[WorkspaceId], after: AbstractSet[WorkspaceId]) -> Stop | None:
    """Tell whether workspaces are missing that nobody destroyed here.

    Parameters
    ----------
    before
        Those of the last look, without what was destroyed since.
    """
    missing = sorted(before - after)
    if not missing:
        return None
    named = ", ".join(missing[:3]) + (", …" if missing[3:] else "")
    return Stop(
        brake=Brake.SHRANK,
        pauses=True,
        why=(
            f"{len(missing)} of {len(before)} workspaces are gone that were there in the last "
            f"round, and not by the provisioner: {named}. Find out who removed them, or whether "
            f"the pool shows all that it has; then {_RESUME}."
        ),
    )


def too_many(plan: Plan, live: int, rules: SafetyRules) -> Stop | None:
    """Tell whether more of the live workspaces would go to trash than a good policy ever asks."""
    going = sum(each.kind is ActionKind.TRASH for each in plan.actions)
    most = max(rules.most_at_least, int(live * rules.most_percent / 100))
    if going <= most:
        return None
    return Stop(
        brake=Brake.TOO_MANY,
        kinds=frozenset({ActionKind.TRASH}),
        why=(
            f"{going} of {live} live workspaces would go to trash at once, and more than {most} "
            "is taken for a fault. Look at `zfs-provisioner gc`; if all is right, "
            "`zfs-provisioner gc --execute --allow-many` does it."
        ),
    )


def silent(
    expected: Sequence[str], heard: Mapping[str, datetime], now: datetime, rules: SafetyRules
) -> Stop | None:
    """Tell whether a source of activity that should report is silent."""
    quiet = [each for each in expected if each not in heard or now - heard[each] > rules.report_age]
    if not quiet:
        return None
    return Stop(
        brake=Brake.ACTIVITY,
        kinds=frozenset({ActionKind.TRASH}),
        why=(
            f"No report of activity from {' and '.join(quiet)} for "
            f"{format_duration(rules.report_age)}, so nobody knows what is idle: see that it runs."
        ),
    )


def absent(quiet_until: datetime | None, now: datetime) -> Stop | None:
    """Tell whether people still have time to notice that collection is back."""
    if quiet_until is None or now >= quiet_until:
        return None
    return Stop(
        brake=Brake.ABSENCE,
        why=(
            "There was no round for long, or the clock was wrong: nothing goes before "
            f"{quiet_until:%Y-%m-%d %H:%M}, so that people can notice. {_RESUME} at once."
        ),
    )


def paused(why: str) -> Stop | None:
    """Tell whether it is paused on the storage."""
    return Stop(brake=Brake.PAUSED, why=f"Paused: {why}", pauses=True) if why else None
