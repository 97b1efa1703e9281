"""What becomes of one workspace, when, and why.

The planner asks this about all, the executor once more about each that it is going to touch, and a
person about one.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from zfs_provisioner.gc.ladder import Ladder
from zfs_provisioner.gc.plans import ActionKind, Inventory
from zfs_provisioner.gc.policy import Policy, format_duration
from zfs_provisioner.gc.pressure import Pressure, Terms, pressure_of, terms_under
from zfs_provisioner.model import Owner, Workspace, WorkspaceId, WorkspaceState
from zfs_provisioner.residents import Kept, Resident


@dataclass(frozen=True, slots=True, kw_only=True)
class Fate:
    """What becomes of a workspace that nobody uses from now on.

    Attributes
    ----------
    hindrance
        Why it is left alone all the same, if it is.
    """

    kind: ActionKind
    due: datetime
    why: str
    hindrance: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """What decides about one workspace and is not its own: the rules and everything else there."""

    policy: Policy
    now: datetime
    pressure: Pressure
    terms: Terms
    ladder: Ladder
    active: Mapping[WorkspaceId, datetime]
    seen: Mapping[int, datetime]
    held_off: Mapping[int, str]
    above_cap: frozenset[int]

    def last_active(self, workspace: Workspace) -> datetime:
        """Return when a workspace was last in use, as any source says."""
        last = workspace.active or workspace.created
        if workspace.lease is not None and workspace.lease.until > last:
            last = workspace.lease.until
        seen = self.active.get(workspace.id)
        return seen if seen is not None and seen > last else last

    def is_confirmed(self, identity: int) -> bool:
        """Tell whether it was past its time in two looks that are far enough apart."""
        first = self.seen.get(identity)
        return first is not None and self.now - first >= self.policy.safety.apart

    def confirmed_at(self, identity: int) -> datetime:
        """Return when what is past its time will have been so in two looks."""
        return self.seen.get(identity, self.now) + self.policy.safety.apart


def circumstances(inventory: Inventory, policy: Policy, now: datetime) -> Circumstances:
    """Return what decides about each workspace of an inventory."""
    survey = inventory.survey
    pressure = pressure_of(survey.free, survey.size, policy.pressure)
    return Circumstances(
        policy=policy,
        now=now,
        pressure=pressure,
        terms=terms_under(pressure, policy),
        ladder=Ladder.of(policy.checkpoints),
        active=inventory.active,
        seen=inventory.seen,
        held_off=inventory.held_off,
        above_cap=_above_cap(survey.residents, policy.trash.per_owner),
    )


def fate_of(
    resident: Resident, about: Circumstances, horizon: datetime | None = None
) -> Fate | None:
    """Return what becomes of a workspace, None while it is in use or if it is after the horizon."""
    workspace = resident.workspace
    if workspace.in_use(about.now):
        return None
    if workspace.state is WorkspaceState.TRASHED:
        return _fate_in_trash(resident, about, horizon)
    last = about.last_active(workspace)
    terms = about.terms
    idle = terms.idle_unchanged if resident.unchanged else terms.idle
    due = last + idle
    if workspace.keep is not None and workspace.keep > due:
        due = workspace.keep
    if horizon is not None and due > horizon:
        return None
    hold = "unchanged ones" if resident.unchanged else "idle ones"
    why = f"not used since {_day(last)}; {hold} stay for {format_duration(idle)}"
    if due == workspace.keep:
        why += f", and it was to be kept until {_day(due)}"
    return Fate(
        kind=ActionKind.TRASH,
        due=due,
        why=_under(about, why),
        hindrance=_hindrance(resident, about),
    )


def _fate_in_trash(
    resident: Resident, about: Circumstances, horizon: datetime | None
) -> Fate | None:
    since = resident.workspace.trashed
    if since is None:
        hindrance = "it is in trash without a time, so nobody knows for how long"
        return Fate(kind=ActionKind.DESTROY, due=about.now, why="in trash", hindrance=hindrance)
    stay = about.terms.trash_unchanged if resident.unchanged else about.terms.trash
    above_cap = resident.identity in about.above_cap
    if above_cap:
        stay = min(stay, about.policy.trash.floor)
    due = since + stay
    if horizon is not None and due > horizon:
        return None
    why = f"in trash since {_day(since)}, where it stays for {format_duration(stay)}"
    if above_cap:
        why += " and no longer, because its owner's trash takes more than allowed"
    return Fate(
        kind=ActionKind.DESTROY,
        due=due,
        why=_under(about, why),
        hindrance=_hindrance(resident, about),
    )


def _hindrance(resident: Resident, about: Circumstances) -> str:
    parts = [*resident.odd, *resident.users]
    if resident.workspace.state is WorkspaceState.TRASHED:
        parts += [each.odd for each in resident.checkpoints if each.odd]
    if resident.identity in about.held_off:
        parts.append(about.held_off[resident.identity])
    return "; ".join(parts)


def prunable(resident: Resident, about: Circumstances) -> tuple[Kept, ...]:
    """Return the checkpoints of a live workspace that the ladder lets go; none while it is used."""
    workspace = resident.workspace
    if len(resident.checkpoints) <= about.ladder.last or resident.users:
        return ()
    if resident.identity in about.held_off:
        return ()
    if workspace.state is WorkspaceState.TRASHED or workspace.in_use(about.now):
        return ()
    return about.ladder.removable(resident.checkpoints, workspace.base, about.now.timestamp())


def _above_cap(residents: Sequence[Resident], cap: int | None) -> frozenset[int]:
    """Return the identities of the oldest in trash whose going brings their owners below the cap.

    What has an unknown size counts as nothing, and is not taken for it.
    """
    if cap is None:
        return frozenset()
    trash: dict[Owner, list[tuple[datetime, WorkspaceId, int, int]]] = defaultdict(list)
    for each in residents:
        one = each.workspace
        if one.state is WorkspaceState.TRASHED and one.trashed is not None and each.size:
            trash[one.spec.owner].append((one.trashed, one.id, each.identity, each.size))
    above: set[int] = set()
    for owned in trash.values():
        taken = sum(size for *_, size in owned)
        for _trashed, _id, identity, size in sorted(owned):
            if taken <= cap:
                break
            above.add(identity)
            taken -= size
    return frozenset(above)


def _under(about: Circumstances, why: str) -> str:
    if about.pressure is Pressure.NONE:
        return why
    return f"{why} (the pool is getting full: {about.pressure})"


def _day(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d}"
