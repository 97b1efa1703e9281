"""What the pages show, worked out from what the provisioner and the hub say. No I/O here."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from zfs_provisioner.gc.fates import Fate
from zfs_provisioner.gc.policy import Policy
from zfs_provisioner.model import (
    Checkpoint,
    CheckpointKind,
    Dataset,
    Workspace,
    WorkspaceId,
    WorkspaceState,
)
from zfs_provisioner.naming import parse_checkpoint

from casahub.culling.rule import Rule
from casahub.portal.hub import Server
from casahub.portal.human import Moment, date, moment, size
from casahub.portal.idle import IdleFacts, IdleView, idle_view
from casahub.portal.measurements import Measured
from casahub.portal.prospects import Prospect, keep_label, prospect
from casahub.portal.sessions import (
    Servers,
    SessionState,
    server_of,
    state_of,
    without_workspace,
)

_REASONS: Final = {
    CheckpointKind.USER: "made by you",
    CheckpointKind.AUTO: "automatic",
    CheckpointKind.FINAL: "before trash",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What was found out for one page about one owner.

    Attributes
    ----------
    datasets, workspaces
        None when the provisioner did not answer.
    servers
        None when the hub did not answer.
    fates
        What becomes of workspaces that nobody uses, as far as that is known.
    policy
        None when it is not known.
    rule
        When idle sessions are stopped; None when it is not known.
    idle
        What is written down about sessions that run, by their names.
    """

    now: datetime
    datasets: Sequence[Dataset] | None = None
    workspaces: Sequence[Workspace] | None = None
    servers: Servers | None = None
    usage: Mapping[WorkspaceId, Measured] = field(default_factory=dict)
    checkpoints: Mapping[WorkspaceId, Sequence[Checkpoint]] = field(default_factory=dict)
    fates: Mapping[WorkspaceId, Fate] = field(default_factory=dict)
    policy: Policy | None = None
    rule: Rule | None = None
    idle: Mapping[str, IdleFacts] = field(default_factory=dict)
    troubles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionView:
    """A session, and where to watch or enter it.

    Attributes
    ----------
    url
        Empty when there is nothing to enter.
    image, size
        What it runs in; empty when it does not run, or the site offers none.
    idle
        What becomes of it if nothing happens in it; None when nothing does, or it does not run.
    """

    name: str
    title: str
    state: SessionState
    url: str
    since: Moment | None
    idle: IdleView | None = None
    image: str = ""
    size: str = ""

    @property
    def active(self) -> bool:
        """Whether there is something to stop."""
        return self.state not in {SessionState.STOPPED, SessionState.UNKNOWN}


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckpointView:
    """A checkpoint on the workspace page."""

    name: str
    kind: str
    reason: str
    created: Moment


@dataclass(frozen=True, slots=True, kw_only=True)
class BranchView:
    """What a workspace was branched from; its name is empty where the page does not know it."""

    workspace: str
    name: str
    created: Moment


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkspaceView:
    """A workspace on the home page and on its own.

    Attributes
    ----------
    size
        Empty while it is not known.
    branch
        None when it was made of a release.
    measuring
        Whether a newer size is under way.
    changed
        None while it is not known.
    held
        Why it cannot be restored or moved to trash now; empty when it can.
    prospect
        What becomes of it; None while it is used, or when that is not known.
    kept
        Until when it does not go to trash; None when it goes as others do.
    keep_label
        What the button says that keeps it longer; empty when that is not known.
    """

    id: str
    name: str
    release: str
    title: str
    branch: BranchView | None
    session: SessionView
    size: str
    measuring: bool
    changed: bool | None
    created: Moment
    checkpoints: tuple[CheckpointView, ...]
    trashed: Moment | None
    held: str
    prospect: Prospect | None
    kept: Moment | None
    keep_label: str

    @property
    def last_checkpoint(self) -> CheckpointView | None:
        """The newest checkpoint."""
        return self.checkpoints[0] if self.checkpoints else None

    @property
    def unsettled(self) -> bool:
        """Whether the page should look again soon."""
        return self.measuring or not self.session.state.settled


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseView:
    """A release to choose."""

    name: str
    size: str
    files: int
    created: Moment


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetView:
    """A dataset with what its form is filled with: a name, and the id of a new workspace."""

    name: str
    title: str
    facts: tuple[tuple[str, str], ...]
    description: str
    releases: tuple[ReleaseView, ...]
    suggested: str
    fresh: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HomeView:
    """The home page; its lists are None when they are not known."""

    workspaces: tuple[WorkspaceView, ...] | None
    sessions: tuple[SessionView, ...]
    trash: tuple[WorkspaceView, ...] | None
    datasets: tuple[DatasetView, ...] | None
    troubles: tuple[str, ...]

    @property
    def unsettled(self) -> bool:
        """Whether the page should look again soon."""
        return any(each.unsettled for each in self.workspaces or ()) or any(
            not each.state.settled for each in self.sessions
        )


def home(facts: Facts, progress_url: Callable[[str], str], new_id: Callable[[], str]) -> HomeView:
    """Return the home page. `progress_url` leads from a session to the hub's page of its start."""
    found = facts.workspaces
    views = None if found is None else [workspace(each, facts, progress_url) for each in found]
    taken = {each.name for each in views or ()}
    return HomeView(
        workspaces=None if views is None else tuple(v for v in views if v.trashed is None),
        trash=None if views is None else tuple(v for v in views if v.trashed is not None),
        sessions=tuple(
            _session(each, facts, progress_url)
            for each in without_workspace(found or (), facts.servers or {})
        ),
        datasets=None
        if facts.datasets is None
        else tuple(_dataset(each, facts.now, taken, new_id()) for each in facts.datasets),
        troubles=facts.troubles,
    )


def only_workspace(facts: Facts, progress_url: Callable[[str], str]) -> WorkspaceView:
    """Return the workspace that the facts are about."""
    (found,) = list(facts.workspaces or ())
    return workspace(found, facts, progress_url)


def workspace(found: Workspace, facts: Facts, progress_url: Callable[[str], str]) -> WorkspaceView:
    """Return one workspace as both pages show it."""
    measured = facts.usage.get(found.id, Measured(None, current=True))
    session = _session_of(found, facts, progress_url)
    newest_first = reversed(facts.checkpoints.get(found.id, ()))
    return WorkspaceView(
        id=found.id,
        name=found.spec.name,
        release=f"{found.spec.dataset}@{found.spec.release}",
        title=_title(found, facts.datasets or ()),
        branch=_branch(found, facts),
        session=session,
        size=size(measured.usage.size) if measured.usage else "",
        measuring=not measured.current,
        changed=measured.usage.changed if measured.usage else None,
        created=moment(found.created, facts.now),
        checkpoints=tuple(_checkpoint(each, facts.now) for each in newest_first),
        trashed=_trashed(found, facts.now),
        held=_held(found, session, facts.now),
        prospect=_prospect(found, session, facts),
        kept=_kept(found, facts.now),
        keep_label=keep_label(facts.policy) if facts.policy else "",
    )


def _title(found: Workspace, datasets: Sequence[Dataset]) -> str:
    for each in datasets:
        if each.name == found.spec.dataset:
            return each.info.title
    return found.spec.dataset


def _branch(found: Workspace, facts: Facts) -> BranchView | None:
    origin = found.spec.branch
    if origin is None:
        return None
    names = {each.id: each.spec.name for each in facts.workspaces or ()}
    return BranchView(
        workspace=origin.workspace,
        name=names.get(origin.workspace, ""),
        created=moment(parse_checkpoint(origin.checkpoint).created, facts.now),
    )


def _trashed(found: Workspace, now: datetime) -> Moment | None:
    if found.state is not WorkspaceState.TRASHED:
        return None
    return moment(found.trashed or found.created, now)


def _session_of(found: Workspace, facts: Facts, progress_url: Callable[[str], str]) -> SessionView:
    if facts.servers is None:
        return _no_session(found, SessionState.UNKNOWN)
    server = server_of(found, facts.servers)
    if server is None:
        return _no_session(found, SessionState.STOPPED)
    return _session(server, facts, progress_url)


def _no_session(found: Workspace, state: SessionState) -> SessionView:
    return SessionView(
        name=found.session or "", title=found.spec.name, state=state, url="", since=None
    )


def _session(server: Server, facts: Facts, progress_url: Callable[[str], str]) -> SessionView:
    state = state_of(server)
    urls = {
        SessionState.RUNNING: f"{server.url}lab",
        SessionState.STARTING: progress_url(server.name),
    }
    return SessionView(
        name=server.name,
        title=server.title,
        state=state,
        url=urls.get(state, ""),
        since=moment(server.started, facts.now) if server.started else None,
        idle=_idle(server, facts) if state is SessionState.RUNNING else None,
        image=server.image if server.active else "",
        size=server.size if server.active else "",
    )


def _idle(server: Server, facts: Facts) -> IdleView | None:
    if facts.rule is None:
        return None
    return idle_view(server, facts.idle.get(server.name, IdleFacts()), facts.rule, facts.now)


def _held(found: Workspace, session: SessionView, now: datetime) -> str:
    if session.active:
        return "A session has it open: stop the session first."
    if found.lease is None or not found.in_use(now):
        return ""
    if session.state is SessionState.UNKNOWN:
        return "A session may have it open, and the hub does not answer: try again in a minute."
    until = found.lease.until.strftime("%H:%M UTC")
    return f"A session that ended without saying so holds it until {until} at the latest."


def _prospect(found: Workspace, session: SessionView, facts: Facts) -> Prospect | None:
    fate = facts.fates.get(found.id)
    if fate is None or session.active:
        return None
    return prospect(fate, facts.now)


def _kept(found: Workspace, now: datetime) -> Moment | None:
    if found.state is WorkspaceState.TRASHED or found.keep is None or found.keep <= now:
        return None
    return date(found.keep)


def _checkpoint(found: Checkpoint, now: datetime) -> CheckpointView:
    return CheckpointView(
        name=found.name,
        kind=found.kind.value,
        reason=_REASONS[found.kind],
        created=moment(found.created, now),
    )


def _dataset(found: Dataset, now: datetime, taken: Collection[str], fresh: str) -> DatasetView:
    info = found.info
    facts = (
        ("Source", info.source),
        ("Telescope", info.telescope),
        ("Observed", info.observed),
        ("Size", size(found.newest.size)),
    )
    return DatasetView(
        name=found.name,
        title=info.title,
        facts=tuple((label, value) for label, value in facts if value),
        description=info.description,
        releases=tuple(
            ReleaseView(
                name=each.name,
                size=size(each.size),
                files=each.files,
                created=moment(each.created, now),
            )
            for each in found.releases
        ),
        suggested=free_name(info.source or info.title, taken),
        fresh=fresh,
    )


def free_name(wanted: str, taken: Collection[str]) -> str:
    """Return the name, with a number when a workspace of it exists already."""
    name, number = wanted, 1
    while name in taken:
        number += 1
        name = f"{wanted} {number}"
    return name
