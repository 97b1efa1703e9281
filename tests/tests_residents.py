"""Workspaces as a survey finds them, made up: the planner reads values, and no storage."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from uuid import UUID

from zfs_provisioner.gc.planner import plan
from zfs_provisioner.gc.plans import Action, ActionKind, Inventory, Plan
from zfs_provisioner.gc.policy import Policy
from zfs_provisioner.model import (
    CheckpointKind,
    CheckpointName,
    DatasetName,
    Holder,
    Lease,
    Owner,
    ReleaseName,
    Workspace,
    WorkspaceId,
    WorkspaceSpec,
    WorkspaceState,
)
from zfs_provisioner.naming import format_checkpoint
from zfs_provisioner.residents import Kept, Resident, Survey

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
FREE, SIZE = 500, 1000  # of a pool that is half empty

_numbers = count(1)


def wid(number: int) -> WorkspaceId:
    """Return the id of this number."""
    return WorkspaceId(str(UUID(int=number)))


def kept(
    age: timedelta = DAY,
    kind: CheckpointKind = CheckpointKind.AUTO,
    *,
    branches: Sequence[WorkspaceId] = (),
    odd: str = "",
    now: datetime = NOW,
) -> Kept:
    """Return a checkpoint that is so old."""
    number = next(_numbers)
    made = (now - age).replace(microsecond=0)
    return Kept(
        name=format_checkpoint(kind, made, number),
        identity=10**12 + number,
        created=int(made.timestamp()),
        branches=tuple(branches),
        odd=odd,
    )


def hourly(number: int, youngest: timedelta = DAY) -> tuple[Kept, ...]:
    """Return so many `auto` checkpoints, an hour apart, oldest first."""
    return tuple(kept(youngest + HOUR * each) for each in reversed(range(number)))


def live(
    idle: timedelta = DAY,
    *,
    owner: str = "alice",
    leased: timedelta | None = None,
    keep: timedelta | None = None,
    session: str | None = None,
    base: CheckpointName | None = None,
    checkpoints: Sequence[Kept] = (),
    size: int | None = 100,
    written: int | None = 10,
    odd: Sequence[str] = (),
    users: Sequence[str] = (),
    now: datetime = NOW,
) -> Resident:
    """Return a workspace that was not used for so long; its lease and keep end so much later."""
    number = next(_numbers)
    workspace = Workspace(
        id=wid(number),
        spec=_spec(owner),
        state=WorkspaceState.LIVE,
        created=now - idle - DAY,
        path=f"/workspaces/{number}",
        session=session,
        lease=None if leased is None else Lease(holder=Holder("hub"), until=now + leased),
        base=base,
        active=now - idle,
        keep=None if keep is None else now + keep,
    )
    return Resident(
        workspace=workspace,
        identity=number,
        checkpoints=tuple(checkpoints),
        size=size,
        written=written,
        odd=tuple(odd),
        users=tuple(users),
    )


def trashed(
    since: timedelta | None = DAY,
    *,
    owner: str = "alice",
    leased: timedelta | None = None,
    checkpoints: Sequence[Kept] = (),
    size: int | None = 100,
    written: int | None = 10,
    odd: Sequence[str] = (),
    users: Sequence[str] = (),
    now: datetime = NOW,
) -> Resident:
    """Return a workspace that is in trash for so long; None for one that does not say it."""
    number = next(_numbers)
    ago = DAY if since is None else since
    workspace = Workspace(
        id=wid(number),
        spec=_spec(owner),
        state=WorkspaceState.TRASHED,
        created=now - ago - DAY,
        path=f"/workspaces/{number}",
        trashed=None if since is None else now - since,
        lease=None if leased is None else Lease(holder=Holder("hub"), until=now + leased),
    )
    return Resident(
        workspace=workspace,
        identity=number,
        checkpoints=tuple(checkpoints),
        size=size,
        written=written,
        odd=tuple(odd),
        users=tuple(users),
    )


def _spec(owner: str) -> WorkspaceSpec:
    return WorkspaceSpec(
        owner=Owner(owner), dataset=DatasetName("obs"), release=ReleaseName("1"), name="x"
    )


def survey(residents: Iterable[Resident], *, free: int = FREE) -> Survey:
    """Return what finds these in a pool of 1000 bytes."""
    return Survey(residents=tuple(residents), free=free, size=SIZE)


def found(*residents: Resident, free: int = FREE, **known: object) -> Inventory:
    """Return the inventory of these, in which nothing was seen before unless `seen` says so."""
    return Inventory(survey=survey(residents, free=free), **known)  # type: ignore[arg-type]


def seen_all(residents: Iterable[Resident], at: datetime = NOW - DAY) -> dict[int, datetime]:
    """Return that all, and their checkpoints, were past their time when looked at before."""
    return {
        identity: at
        for each in residents
        for identity in (each.identity, *(one.identity for one in each.checkpoints))
    }


def planned(
    *residents: Resident, policy: Policy | None = None, free: int = FREE, now: datetime = NOW
) -> Plan:
    """Return the plan for what was past its time the day before too."""
    inventory = found(*residents, free=free, seen=seen_all(residents, now - DAY))
    return plan(inventory, policy or Policy(), now)


def done(residents: Sequence[Resident], actions: Sequence[Action], now: datetime = NOW) -> Survey:
    """Return what a survey finds after these actions."""
    left = {each.identity: each for each in residents}
    for action in actions:
        one = left[action.identity]
        going = {each.identity for each in action.checkpoints}
        match action.kind:
            case ActionKind.DESTROY:
                del left[action.identity]
                left = {key: without_branch(each, one) for key, each in left.items()}
            case ActionKind.TRASH:
                left[action.identity] = changed(one, state=WorkspaceState.TRASHED, trashed=now)
            case ActionKind.PRUNE:
                rest = tuple(each for each in one.checkpoints if each.identity not in going)
                left[action.identity] = replace(one, checkpoints=rest)
    return survey(left.values())


def changed(resident: Resident, **record: object) -> Resident:
    """Return a workspace with another record."""
    return replace(resident, workspace=replace(resident.workspace, **record))  # type: ignore[arg-type]


def without_branch(resident: Resident, branch: Resident) -> Resident:
    """Return a workspace that the branch no longer needs."""
    gone = branch.workspace.id
    rest = tuple(
        replace(each, branches=tuple(one for one in each.branches if one != gone))
        for each in resident.checkpoints
    )
    return replace(resident, checkpoints=rest)
