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
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any, ClassVar, Final, TypeVar

from jupyterhub.spawner import Spawner, SpawnException
from traitlets import Integer, Unicode, default
from zfs_provisioner.client import ProvisionerClient
from zfs_provisioner.errors import (
    ProvisionerError,
    ProvisionerUnreachableError,
    UnknownWorkspaceError,
    WorkspaceInTrashError,
    WorkspaceInUseError,
)
from zfs_provisioner.model import Workspace, WorkspaceId

from casahub_spawner.closing import Closings
from casahub_spawner.form import options_from_form, render_form, render_trouble
from casahub_spawner.offers import Image
from casahub_spawner.options import (
    InvalidOptionsError,
    NewWorkspace,
    OpenWorkspace,
    parse_options,
)
from casahub_spawner.progress import Event, StartLog

Answer = TypeVar("Answer")

_RENEWALS: Final = 4  # a lease is renewed this many times in its length
_PATIENCE: Final = 20.0  # seconds for an answer that needs no copy; a listing takes milliseconds
_CLOSING: Final = 300.0  # seconds that the end of a session waits for its checkpoint
_UNREACHABLE: Final = (
    "The storage does not answer. Running sessions and your data are safe: try again in a minute; "
    "if it stays so, tell the site's administrators."
)


class WorkspaceMixin(Spawner):  # type: ignore[misc]  # JupyterHub ships no types
    """Puts a workspace under the server that the spawner beside it starts.

    Subclasses override `attach_workspace`. State kept by the hub: the workspace's id, the request
    that it was made for, and whether this session holds its lease.
    """

    provisioner_socket = Unicode(
        help="Path of the provisioner's Unix socket.",
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

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._request: dict[str, str] = {}
        self._leased = False
        self._renewed = 0.0
        self._starting = False
        self._log_of_start = StartLog()
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
    def _owner(self) -> str:
        return str(self.user.name)

    @property
    def _holder(self) -> str:
        """Who holds the lease: the same before and after a restart of the hub."""
        return f"hub:{self._owner}/{self.name}"

    # What the user may choose

    async def get_options_form(self) -> str:
        """Return the form: the user's workspaces, and the archive."""
        try:
            datasets = await _in_time(self.provisioner.datasets())
            workspaces = await _in_time(self.provisioner.workspaces(self._owner))
        except ProvisionerError as error:
            self.log.warning("No spawn form for %s: %s", self._owner, error)
            return render_trouble(_sentence(error))
        return render_form(datasets, workspaces, self.workspace_id or None)

    @default("options_form")
    def _default_options_form(self) -> str:
        return "made by get_options_form"  # any text: an empty one would skip the form

    @default("options_from_form")
    def _default_options_from_form(self) -> Callable[..., dict[str, str]]:
        return options_from_form

    @default("apply_user_options")
    def _default_apply_user_options(self) -> Callable[..., Awaitable[None]]:
        return _check_options

    # Start

    async def start(self) -> object:
        """Create or open the workspace, lease it, attach it, start the server.

        Raises
        ------
        SpawnException
            With the provisioner's sentence: what is wrong, and the remedy.
        """
        if self._log_of_start.ended:
            self._log_of_start = StartLog()
        self._log_of_start.begin()
        self._starting = True
        try:
            workspace = await self._leased_workspace()
            await self.attach_workspace(workspace)
            self._log_of_start.tell(70, "Starting the notebook server")
            where = await super().start()
            self._log_of_start.tell(90, "Waiting for the notebook server to answer")
        except ProvisionerError as error:
            raise _refusal(error) from error
        finally:
            self._starting = False
            self._log_of_start.end()
        return where

    async def _leased_workspace(self) -> Workspace:
        workspace = await self._workspace()
        self.workspace_id = workspace.id
        self._closings.forget(self._lease_key)
        self._leased = True  # before the answer, which a start that is cancelled never hears
        try:
            leased = await self._lease()
        except WorkspaceInUseError:
            self._leased = False
            raise
        self._log_of_start.tell(65, f"Workspace “{workspace.spec.name}” is ready")
        return leased

    async def _workspace(self) -> Workspace:
        asked = parse_options(self.user_options, await _in_time(self.provisioner.datasets()))
        if isinstance(asked, NewWorkspace):
            return await self._created(asked)
        wanted = asked.workspace if isinstance(asked, OpenWorkspace) else self.workspace_id
        if not wanted:
            raise _refused(
                "Nothing was chosen: send the option 'dataset' or 'workspace', or use the form.",
                "no_workspace",
            )
        self._log_of_start.tell(5, "Opening your workspace")
        return await self.provisioner.workspace(wanted, self._owner)

    async def _created(self, asked: NewWorkspace) -> Workspace:
        request = {"dataset": asked.dataset, "release": asked.release, "name": asked.name}
        workspace_id = asked.workspace
        if workspace_id is None:
            same = self.workspace_id and self._request == request
            workspace_id = WorkspaceId(self.workspace_id if same else str(uuid.uuid4()))
        self._log_of_start.tell(5, f"Preparing a workspace of {asked.dataset}@{asked.release}")
        # Before the answer: a start that is cancelled meanwhile means the same workspace next time.
        self._request, self.workspace_id = request, workspace_id
        return await self.provisioner.create(
            workspace_id, self._owner, **request, report=self._log_of_start.tell_progress
        )

    async def attach_workspace(self, workspace: Workspace) -> None:
        """Make the workspace appear as `~/work` of the server that starts next."""
        raise NotImplementedError

    # What an engine may tell; see `HostWorkspaceMixin` and the spawners

    def use_image(self, image: Image) -> None:
        """Let the server that starts next run in this image."""
        raise NotImplementedError

    @property
    def runtime_directory(self) -> Path | None:
        """Where the server tells that it listens, as a path of this machine; None for elsewhere."""
        return None

    async def exited(self) -> int | None:
        """Wait for the end of the running server and return its status, None if it is not known.

        Engines tell at once; without one, nothing does, and the hub's own polling finds out.
        """
        await asyncio.Event().wait()
        return None

    async def last_words(self) -> str:
        """Return the end of what a server wrote that ended by itself, or why it did not start."""
        return ""

    async def progress(self) -> AsyncIterator[Event]:
        """Yield the stages of the start; it only reads what `start` told."""
        async for event in self._log_of_start.follow():
            yield event

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
        """Return None while the server runs, and renew the lease of one that does.

        A provisioner that does not answer says nothing about the server: the answer is then the
        engine's alone.
        """
        if self._starting:
            return None
        status: int | None = await super().poll()
        due = self._renewed + self.lease_seconds / _RENEWALS
        if status is None and self._leased and time.monotonic() >= due:
            try:
                await _in_time(self._lease())
            except ProvisionerError as error:
                self.log.warning("Lease of %s not renewed: %s", self._log_name, error)
        return status

    async def stop(self, now: bool = False) -> None:  # JupyterHub's call
        """Stop the server; `run_post_stop_hook`, which the hub calls next, closes the workspace."""
        await super().stop(now=now)

    async def run_post_stop_hook(self) -> None:
        """End the lease however the server ended; changed content gets a checkpoint."""
        if self._leased:
            try:
                await _in_time(self._close(), _CLOSING)
            except ProvisionerError as error:
                self._close_later(error)
        configured = super().run_post_stop_hook()
        if inspect.isawaitable(configured):
            await configured

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

    def get_state(self) -> dict[str, Any]:
        """Return the engine's state and ours."""
        state: dict[str, Any] = super().get_state()
        if self.workspace_id:
            state |= {
                "workspace": self.workspace_id,
                "request": self._request,
                "leased": self._leased,
            }
        return state

    # `clear_state` is upstream's: it forgets the server. The workspace outlives its servers.


async def _check_options(spawner: WorkspaceMixin, options: dict[str, Any]) -> None:
    """Refuse what cannot be fulfilled: the REST API bypasses the form."""
    try:
        asked = parse_options(options, await _in_time(spawner.provisioner.datasets()))
        if isinstance(asked, OpenWorkspace):
            await _in_time(spawner.provisioner.workspace(asked.workspace, spawner.user.name))
    except InvalidOptionsError as error:
        raise _refused(str(error), "invalid_options") from error
    except ProvisionerError as error:
        raise _refusal(error) from error


def _refusal(error: ProvisionerError) -> SpawnException:
    """Return the hub's form of a provisioner's error."""
    return _refused(_sentence(error), error.code, error.status)


def _refused(sentence: str, reason: str, status: int = 400) -> SpawnException:
    refusal = SpawnException(sentence, reason=reason, status_code=status)
    refusal.jupyterhub_message = sentence  # else the progress page shows the exception's class
    return refusal


def _sentence(error: ProvisionerError) -> str:
    """Return what a user can do about it; the log has what an administrator can do."""
    if isinstance(error, ProvisionerUnreachableError):
        return _UNREACHABLE
    if isinstance(error, WorkspaceInTrashError):
        return f"{error.message} The home page has a button for it."
    return error.message


async def _in_time(asked: Awaitable[Answer], seconds: float | None = None) -> Answer:
    """Return the provisioner's answer; one that does not come is that of nobody there."""
    seconds = _PATIENCE if seconds is None else seconds
    try:
        async with asyncio.timeout(seconds):
            return await asked
    except TimeoutError as error:
        message = f"The provisioner gave no answer in {seconds:.0f} s: look into its log."
        raise ProvisionerUnreachableError(message) from error
