"""The part of a spawner that asks for room before it starts, and gives a little when told to."""

import asyncio
from collections.abc import Callable
from typing import Any, Final

from zfs_provisioner.client import ProvisionerClient
from zfs_provisioner.errors import NotSupportedError, ProvisionerError, UnknownWorkspaceError
from zfs_provisioner.model import Allowance, Dataset, Workspace, WorkspaceId, WorkspaceState

from casahub_spawner import rescue, room
from casahub_spawner.errors import InvalidOptionsError
from casahub_spawner.form import FormFacts
from casahub_spawner.offering import OffersMixin
from casahub_spawner.options import Choice, NewBranch, NewWorkspace, OpenWorkspace
from casahub_spawner.rescue import Rescue

_PATIENCE: Final = 20.0  # seconds; setting a quota takes milliseconds


class QuotaMixin(OffersMixin):
    """Refuses starts for which there is no room, and keeps what a rescue start was given."""

    # Of the spawner beside it.
    workspace_id: str
    user: Any
    user_options: dict[str, Any]
    orm_spawner: Any
    remember: Callable[[], None]
    _log_name: str

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._rescue = Rescue()
        super().__init__(*args, **kwargs)

    @property
    def provisioner(self) -> ProvisionerClient:
        """Whom to ask."""
        raise NotImplementedError

    @property
    def _owner(self) -> str:
        return str(self.user.name)

    async def form_facts(self) -> FormFacts:
        """Find out what the form shows."""
        client, owner = self.provisioner, self._owner
        datasets, workspaces, allowance = await asyncio.gather(
            client.datasets(), client.workspaces(owner), self._allowance()
        )
        live = [each.id for each in workspaces if each.state is WorkspaceState.LIVE]
        checkpoints = await asyncio.gather(*(client.checkpoints(each, owner) for each in live))
        return FormFacts(
            datasets=datasets,
            workspaces=workspaces,
            checkpoints=dict(zip(live, checkpoints, strict=True)),
            allowance=allowance,
            offers=self.offers,
            current=self.workspace_id or None,
            had=self.had,
        )

    async def _allowance(self) -> Allowance | None:
        try:
            return room.without(self._rescues(), await self.provisioner.allowance(self._owner))
        except NotSupportedError:
            return None

    async def refuse_impossible(
        self, choice: Choice, target: WorkspaceId | None, datasets: list[Dataset]
    ) -> None:
        """Refuse what the options alone do not tell: what is not there, or has no room.

        Parameters
        ----------
        target
            The workspace that is meant; it may not be there yet. None for one without an id so far.

        Raises
        ------
        InvalidOptionsError
            A branch of a checkpoint that is not there.
        UnknownWorkspaceError, QuotaExceededError, StorageFullError
            With what to do.
        """
        asked, client = choice.workspace, self.provisioner
        existing = await self._existing(target)
        if existing is not None:
            if existing.state is WorkspaceState.LIVE and not choice.rescue:
                await room.refuse_if_full(client, existing, self._rescues())
        elif isinstance(asked, OpenWorkspace):
            await client.workspace(asked.workspace, self._owner)  # says that there is none
        elif isinstance(asked, NewBranch):
            await self._refuse_without_checkpoint(asked)
            await room.refuse_if_no_room(client, self._owner, self._rescues(), needed=0)
        elif isinstance(asked, NewWorkspace):
            needed = _size_of(asked, datasets)
            await room.refuse_if_no_room(client, self._owner, self._rescues(), needed)

    async def _existing(self, target: WorkspaceId | None) -> Workspace | None:
        try:
            return await self.provisioner.workspace(target, self._owner) if target else None
        except UnknownWorkspaceError:
            return None

    async def _refuse_without_checkpoint(self, asked: NewBranch) -> None:
        there = await self.provisioner.checkpoints(asked.origin, self._owner)
        names = [each.name for each in there]
        if asked.checkpoint not in names:
            known = ", ".join(names) or "none yet"
            raise InvalidOptionsError(
                f"Workspace {asked.origin} has no checkpoint {asked.checkpoint!r}. It has: {known}."
            )

    async def begin_rescue(self, workspace: str) -> None:
        """Give the workspace a little more room; raises as `rescue.planned`."""
        # The next start without options is an ordinary one.
        asked = self.orm_spawner.user_options or {}
        self.orm_spawner.user_options = {
            key: value for key, value in asked.items() if key != "rescue"
        }
        client, owner = self.provisioner, self._owner
        self._rescue = await rescue.planned(client, owner, workspace, self._rescues())
        if self._rescue:
            self.log.info("Rescue start of %s: %s", self._log_name, self._rescue)
            # What is not in the database before the limit is raised may never be put back.
            self.remember()
            await rescue.given(client, owner, self._rescue)

    async def end_rescue(self) -> None:
        """Take back what a rescue gave; what cannot be now is tried at the session's next end."""
        if not self._rescue:
            return
        try:
            async with asyncio.timeout(_PATIENCE):
                left = await rescue.ended(self.provisioner, self._owner, self._rescue)
        except (ProvisionerError, TimeoutError) as error:
            self.log.warning("Rescue of %s is ended later: %s", self._log_name, error)
            return
        if left:
            self.log.warning("%s uses more than its quota; it stays: %s", self._log_name, left)
        self._rescue = left

    def _rescues(self) -> list[Rescue]:
        """Return those of all sessions of the user, as the hub keeps them."""
        kept = [each.state or {} for each in self.user.orm_user.orm_spawners.values()]
        return [self._rescue, *(Rescue.from_state(each.get("rescue", {})) for each in kept)]

    # State kept by the hub

    def load_state(self, state: dict[str, Any]) -> None:
        """Take up what a rescue gave."""
        super().load_state(state)
        self._rescue = Rescue.from_state(state.get("rescue", {}))

    def get_state(self) -> dict[str, Any]:
        """Return the state with what a rescue gave."""
        state = super().get_state()
        return state | {"rescue": self._rescue.state()} if self._rescue else state


def _size_of(asked: NewWorkspace, datasets: list[Dataset]) -> int:
    return next(
        release.size
        for dataset in datasets
        if dataset.name == asked.dataset
        for release in dataset.releases
        if release.name == asked.release
    )
