"""Short ways to make what the portal's pages show."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from casahub.culling.notes import Hindrances, Keeps
from casahub.culling.rule import Rule
from casahub.portal.hub import Server
from casahub.portal.idle import IdleSessions
from zfs_provisioner.gc.fates import Fate
from zfs_provisioner.gc.plans import ActionKind
from zfs_provisioner.model import (
    Dataset,
    DatasetInfo,
    DatasetName,
    Holder,
    Lease,
    Owner,
    Release,
    ReleaseName,
    Workspace,
    WorkspaceId,
    WorkspaceSpec,
    WorkspaceState,
)

NOW = datetime(2026, 8, 2, 14, 3, 5, tzinfo=UTC)
ID = WorkspaceId("0b5f5a3c-9a55-4c0e-8f4f-0a6d6f2f7c11")
DATASET, RELEASE = DatasetName("ngc5921"), ReleaseName("2026-01")


def a_workspace(name: str = "NGC 5921", *, id: str = ID, session: str | None = None) -> Workspace:  # noqa: A002
    return Workspace(
        id=WorkspaceId(id),
        spec=WorkspaceSpec(owner=Owner("ada"), dataset=DATASET, release=RELEASE, name=name),
        state=WorkspaceState.LIVE,
        created=NOW - timedelta(hours=3),
        path="/site/ws/ada/x",
        session=session,
    )


def leased(workspace: Workspace, until: datetime = NOW + timedelta(hours=1)) -> Workspace:
    return replace(workspace, lease=Lease(holder=Holder("hub:ada/x"), until=until))


def in_trash(workspace: Workspace) -> Workspace:
    return replace(workspace, state=WorkspaceState.TRASHED, trashed=NOW - timedelta(days=2))


def a_fate(*, days: int, hindrance: str = "") -> Fate:
    """Return the fate of a workspace that is due in so many days after 90 without use."""
    due = NOW + timedelta(days=days)
    return Fate(
        kind=ActionKind.TRASH,
        due=due,
        why=f"not used since {due - timedelta(days=90):%Y-%m-%d}; idle ones stay for 90 days",
        hindrance=hindrance,
    )


def a_server(
    name: str,
    *,
    workspace: str = "",
    ready: bool = False,
    pending: str | None = None,
    active: datetime | None = None,
) -> Server:
    return Server(
        name=name,
        title=name.upper(),
        url=f"/user/ada/{name}/",
        ready=ready,
        pending=pending,
        workspace=workspace,
        started=NOW - timedelta(minutes=5) if ready else None,
        active_at=active,
    )


def idle_sessions(place: Path) -> IdleSessions:
    rule = Rule(idle=timedelta(hours=12), keep=timedelta(days=7))
    return IdleSessions(rule, Keeps(place), Hindrances(place))


def servers(*found: Server) -> dict[str, Server]:
    return {each.name: each for each in found}


def a_dataset(title: str = "NGC 5921, H I line", source: str = "NGC 5921") -> Dataset:
    release = Release(
        dataset=DATASET, name=RELEASE, created=NOW, size=34_000_000, files=12, digest="0" * 64
    )
    return Dataset(name=DATASET, info=DatasetInfo(title=title, source=source), releases=(release,))
