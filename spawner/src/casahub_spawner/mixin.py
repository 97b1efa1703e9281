"""The workspace under a session: from the user's choice to the checkpoint at the end.

JupyterHub's order of calls, which this code answers: `load_state` (hub start), `clear_state`
(before every start and after every stop), `apply_user_options`, `start`, `poll` (also during
`start`), `stop` (not called when the server died by itself), `run_post_stop_hook` (after every end,
also of a failed start), `delete_forever`.
"""

import asyncio
import inspect
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, ClassVar, Final

from jupyterhub import orm
from traitlets import Integer, Unicode, default
from zfs_provisioner.client import ProvisionerClient
from zfs_provisioner.errors import (
    ProvisionerError,
    UnknownWorkspaceError,
    WorkspaceInUseError,
)
from zfs_provisioner.model import Workspace, WorkspaceId

from casahub_spawner.closing import Closings
from casahub_spawner.compat import refused
from casahub_spawner.errors import InvalidOptionsError
from casahub_spawner.form import Options, options_from_form, render_form, render_trouble
from casahub_spawner.found import FoundSession, holder_of
from casahub_spawner.options import (
    Asked,
    NewBranch,
    NewWorkspace,
    OpenWorkspace,
    branch_name,
    is_branch,
    parse_options,
)
from casahub_spawner.progress import StartLog
from casahub_spawner.quotas import QuotaMixin
from casahub_spawner.recent import Kind, RecentStarts, Started, with_start
from casahub_spawner.refusals import in_time, refusal, sentence
from casahub_spawner.server import ServerMixin

_RENEWALS: Final = 4  # a lease is renewed this many times in its length
_CLOSING: Final = 300.0  # seconds that the end of a session waits for its checkpoint


class WorkspaceMixin(QuotaMixin, ServerMixin):
    """Puts a workspace under the server that the spawner beside it starts.

    Subclasses override `attach_workspace`. State kept by the hub: the workspace's id, the request
    that it was made for, whether this session holds its lease, and how long its starts took lately.
    """

    provisioner_socket = Unicode(
        help="Path of the provisioner's Unix socket.",
    ).tag(config=True)

    site = Unicode(
        help="Name of the site: an engine marks its sessions with it, since several may use one.",
    ).tag(config=True)

    lease_seconds = Integer(
        3600,
        min=60,
        help="""
        Length of the lease on a workspace, in seconds. A running server renews it; after a crash of
        the whole machine the workspace is free again when it ended.
        """,
    ).tag(config=True)

    workspace_id = Unicode(help="Id of the workspace, empty before the first start.")

    # One client for all users of the hub, so that they share its connections.
    _clients: ClassVar[dict[str, ProvisionerClient]] = {}
    _closings: ClassVar[Closings] = Closings()
    _recent: ClassVar[RecentStarts] = RecentStarts()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._request: dict[str, str] = {}
        self._leased = False
        self._renewed = 0.0
        self._renewal: asyncio.Task[None] | None = None
        self._kind: Kind = ()
        self._starts: list[Started] = []
        super().__init__(*args, **kwargs)

    @property
    def provisioner(self) -> ProvisionerClient:
        """The client for the configured socket."""
        client = self._clients.get(self.provisioner_socket)
        if client is None:
            client = ProvisionerClient(Path(self.provisioner_socket))
            self._clients[self.provisioner_socket] = client
        return client

    @property
    def _holder(self) -> str:
        """Who holds the lease: the same before and after a restart of the hub."""
        return holder_of(self._owner, self.name)

    def found_as(self, engine_id: str) -> FoundSession:
        """Return the session as its engine finds it, under the id that the engine knows it by."""
        return FoundSession(self.site, self._owner, self.name, self.workspace_id, engine_id)

    # What the user may choose

    async def get_options_form(self) -> str:
        """Return the form: the user's workspaces, the archive, images and sizes."""
        try:
            facts = await in_time(self.form_facts())
        except ProvisionerError as error:
            self.log.warning("No spawn form for %s: %s", self._owner, error)
            return render_trouble(sentence(error))
        return render_form(facts)

    @default("options_form")
    def _default_options_form(self) -> str:
        return "made by get_options_form"  # any text: an empty one would skip the form

    @default("options_from_form")
    def _default_options_from_form(self) -> Callable[..., Options]:
        return options_from_form

    @default("apply_user_options")
    def _default_apply_user_options(self) -> Callable[..., Awaitable[None]]:
        return _check_options

    # Start

    async def start(self) -> str | tuple[str, int]:
        """Create or open the workspace, lease it, attach it, start the server until it listens.

        Raises
        ------
        HTTPError
            With the provisioner's sentence or the engine's words: what is wrong, and the remedy.
        """
        if self._log_of_start.ended:
            self._log_of_start = StartLog()
        self._log_of_start.begin()
        self._starting = True
        try:
            workspace = await self._leased_workspace()
            await self.attach_workspace(workspace)
            async with self.turn() as waited:
                self.tell_stage(70, "Starting the notebook server")
                where = await super().start()
        except ProvisionerError as error:
            raise refusal(error) from error
        finally:
            self._starting = False
            self._log_of_start.end()
        took = self._log_of_start.seconds - waited
        self._recent.add(self._kind, took)
        self._starts = with_start(self._starts, self._kind, took)
        return where

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[float]:
        """Run the block when the server may start; yield the seconds that this took."""
        yield 0.0

    async def _leased_workspace(self) -> Workspace:
        workspace = await self._workspace()
        self.workspace_id = workspace.id
        self._closings.forget(self._lease_key)
        self._leased = True  # before the answer, which a start that is cancelled never hears
        self.remember()
        try:
            leased = await self._lease()
        except WorkspaceInUseError:
            self._leased = False
            raise
        self.tell_stage(65, f"Workspace “{workspace.spec.name}” is ready")
        return leased

    async def _workspace(self) -> Workspace:
        datasets = await in_time(self.provisioner.datasets())
        choice = parse_options(self.user_options, datasets, self.offers)
        self.use_offers(choice)
        self._expect(choice.workspace)
        await self.end_rescue()  # that of an earlier session, whose end could not
        if isinstance(choice.workspace, NewWorkspace | NewBranch):
            return await self._created(choice.workspace)
        wanted = self.target(choice.workspace)
        if not wanted:
            raise refused(
                "Nothing was chosen: send the option 'dataset', 'branch' or 'workspace', or use "
                "the form.",
                "no_workspace",
            )
        self.tell_stage(5, "Opening your workspace")
        workspace = await self.provisioner.workspace(wanted, self._owner)
        if choice.rescue:
            self.workspace_id = workspace.id
            await self.begin_rescue(workspace.id)
        return workspace

    def target(self, asked: Asked | None) -> WorkspaceId | None:
        """Return the id that a request means; None for one that needs a new id."""
        if asked is not None and asked.workspace:
            return asked.workspace
        same = asked is None or self._request == _request(asked)
        return WorkspaceId(self.workspace_id) if same and self.workspace_id else None

    async def _created(self, asked: NewWorkspace | NewBranch) -> Workspace:
        request = _request(asked)
        workspace_id = self.target(asked) or WorkspaceId(str(uuid.uuid4()))
        # Before the answer: a start that is cancelled meanwhile means the same workspace next time.
        self._request, self.workspace_id = request, workspace_id
        self.remember()
        report = self._log_of_start.tell_progress
        if isinstance(asked, NewWorkspace):
            self.tell_stage(5, f"Preparing a workspace of {asked.dataset}@{asked.release}")
            return await self.provisioner.create(
                workspace_id, self._owner, **request, report=report
            )
        self.tell_stage(5, f"Branching from the checkpoint {asked.checkpoint}")
        there = await self._existing(workspace_id)
        if there is not None and is_branch(there, asked):
            return there  # what it was branched from may be gone by now
        origin = await self.provisioner.workspace(asked.origin, self._owner)
        return await self.provisioner.branch(
            workspace_id,
            self._owner,
            origin=origin.id,
            checkpoint=asked.checkpoint,
            name=asked.name or branch_name(origin, asked.checkpoint),
            report=report,
        )

    async def attach_workspace(self, workspace: Workspace) -> None:
        """Make the workspace appear as `~/work` of the server that starts next."""
        raise NotImplementedError

    def _expect(self, asked: Asked | None) -> None:
        """Say how long such starts took lately: of this engine, in this image, with a new clone."""
        clone = "new" if isinstance(asked, NewWorkspace | NewBranch) else "open"
        self._kind = (type(self).__name__, getattr(self, "image", ""), clone)
        self._recent.recall(self._starts_of_all())
        self._log_of_start.expect(self._recent.usual(self._kind))

    def _starts_of_all(self) -> Iterator[list[Started]]:
        for (state,) in self.user.db.query(orm.Spawner.state):
            yield (state or {}).get("starts", [])

    # While it runs, and its end

    async def _lease(self) -> Workspace:
        leased = await self.provisioner.lease(
            self.workspace_id,
            self._owner,
            holder=self._holder,
            session=self.name,
            duration=timedelta(seconds=self.lease_seconds),
        )
        self._renewed = time.monotonic()
        return leased

    @property
    def _lease_key(self) -> str:
        return f"{self.workspace_id} {self._holder}"

    async def poll(self) -> int | None:
        """Return None while the server runs, and let the lease of one that does be renewed.

        That is not waited for: the answer is the engine's alone.
        """
        status = await super().poll()
        due = time.monotonic() >= self._renewed + self.lease_seconds / _RENEWALS
        renewing = self._renewal is not None and not self._renewal.done()
        if status is None and self._leased and due and not (self._starting or renewing):
            self._renewal = asyncio.create_task(self._renew())
        return status

    async def _renew(self) -> None:
        try:
            await in_time(self._lease())
        except ProvisionerError as error:
            self.log.warning("Lease of %s not renewed: %s", self._log_name, error)

    async def run_post_stop_hook(self) -> None:
        """End the lease however the server ended; changed content gets a checkpoint.

        What may go on may write: its workspace keeps the lease, until the reconciler ends both.
        """
        if await self.clear_away():
            await self._end_lease()
            await self.end_rescue()
        else:
            self.log.error("%s may go on, and keeps its lease", self._log_name)
        configured = super().run_post_stop_hook()
        if inspect.isawaitable(configured):
            await configured

    async def _end_lease(self) -> None:
        if not self._leased:
            return
        if self._renewal is not None:
            await asyncio.wait([self._renewal])  # else it could come after the end, and stay
        try:
            await in_time(self._close(), _CLOSING)
        except ProvisionerError as error:
            self._close_later(error)

    def _close_later(self, error: ProvisionerError) -> None:
        if error.retry:
            self.log.warning("Lease of %s is ended later: %s", self._log_name, error)
            self._closings.try_later(self._lease_key, self._close, self._close_failed)
        else:
            self._close_failed(error)

    def _close_failed(self, error: ProvisionerError) -> None:
        # The lease ends by itself; nothing is lost but the checkpoint.
        self.log.error("Lease of %s could not be ended", self._log_name, exc_info=error)

    async def _close(self) -> None:
        try:
            made = await self.provisioner.release_lease(
                self.workspace_id, self._owner, holder=self._holder
            )
            self.log.info("Workspace of %s closed, checkpoint: %s", self._log_name, made)
        except UnknownWorkspaceError:
            self.log.info("%s ended before it had a workspace", self._log_name)
        self._leased = False

    async def delete_forever(self) -> None:
        """Put the workspace into trash, from where its owner can bring it back."""
        if not self.workspace_id:
            return
        try:
            await self.provisioner.trash(self.workspace_id, self._owner)
        except UnknownWorkspaceError:
            self.log.info("Workspace %s of %s is gone already", self.workspace_id, self._log_name)

    # State kept by the hub

    def load_state(self, state: dict[str, Any]) -> None:
        """Take up the workspace after a restart of the hub."""
        super().load_state(state)
        self.workspace_id = state.get("workspace", "")
        self._request = state.get("request", {})
        self._leased = state.get("leased", False)
        self._starts = state.get("starts", [])

    def get_state(self) -> dict[str, Any]:
        """Return the engine's state and ours."""
        state: dict[str, Any] = super().get_state()
        if self.workspace_id:
            state |= {
                "workspace": self.workspace_id,
                "request": self._request,
                "leased": self._leased,
                "starts": self._starts,
            }
        return state

    # `clear_state` is upstream's: it forgets the server. The workspace outlives its servers.


async def _check_options(spawner: WorkspaceMixin, options: dict[str, Any]) -> None:
    """Refuse what cannot be fulfilled: the REST API bypasses the form."""
    try:
        datasets = await in_time(spawner.provisioner.datasets())
        choice = parse_options(options, datasets, spawner.offers)
        target = spawner.target(choice.workspace)
        await in_time(spawner.refuse_impossible(choice, target, datasets))
    except InvalidOptionsError as error:
        raise refused(str(error), "invalid_options") from error
    except ProvisionerError as error:
        raise refusal(error) from error


def _request(asked: Asked) -> dict[str, str]:
    """Return what a new workspace is made from, as it is kept with the session."""
    match asked:
        case NewWorkspace():
            return {"dataset": asked.dataset, "release": asked.release, "name": asked.name}
        case NewBranch():
            return {"origin": asked.origin, "checkpoint": asked.checkpoint, "name": asked.name}
        case OpenWorkspace():
            return {}
