"""A little more room for the time of a session, so that its user can delete files.

The provisioner has no quotas for a time: the limit is raised, and put back when the session ended.
What it was is kept by the hub with the session's state, so that no crash makes it permanent. A
limit that somebody else changed meanwhile is theirs, and stays.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Final, Self

from zfs_provisioner.client import ProvisionerClient
from zfs_provisioner.errors import (
    NotSupportedError,
    QuotaBelowUsageError,
    QuotaExceededError,
    UnknownWorkspaceError,
)
from zfs_provisioner.model import Allowance

_PART: Final = 50  # two percent of the limit are given,
_LEAST: Final = 50_000_000  # but at least so many bytes,
_MOST: Final = 1_000_000_000  # and at most so many: this is for deleting, not for working
SPARE: Final = 10_000_000  # bytes; a session with less cannot even save its notebooks
_SHARE: Final = 100  # of a small quota its hundredth part is enough


def is_full(allowance: Allowance) -> bool:
    """Tell whether too little is left to work with."""
    if allowance.limit is None:
        return False
    return allowance.limit - allowance.used <= min(SPARE, allowance.limit // _SHARE)


def slack(limit: int) -> int:
    """Return by how many bytes a limit is raised."""
    return min(max(limit // _PART, _LEAST), _MOST)


@dataclass(frozen=True, slots=True)
class Raised:
    """A limit that was raised; both in bytes."""

    limit: int
    raised: int


@dataclass(frozen=True, slots=True)
class Rescue:
    """What one session was given: of the owner's quota, of its workspace's, or of none."""

    workspace: str = ""
    owners: Raised | None = None
    workspaces: Raised | None = None

    def __bool__(self) -> bool:
        return not (self.owners is None and self.workspaces is None)

    def without(self, found: Allowance) -> Allowance:
        """Return an allowance as it is without this."""
        for each in (self.owners, self.workspaces):
            if each is not None and found.limit == each.raised:
                return replace(found, limit=each.limit)
        return found

    def state(self) -> dict[str, Any]:
        """Return it as the hub keeps it."""
        return asdict(self)

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> Self:
        """Return what the hub kept."""
        return cls(
            workspace=state.get("workspace", ""),
            **{
                which: Raised(**state[which])
                for which in ("owners", "workspaces")
                if state.get(which)
            },
        )


async def planned(
    client: ProvisionerClient, owner: str, workspace: str, earlier: Iterable[Rescue]
) -> Rescue:
    """Return what a rescue of a workspace raises; nothing is changed yet.

    Only what is full is raised, and what an earlier rescue raised, also in another session, is not
    raised again.

    Raises
    ------
    QuotaExceededError
        What a rescue gives is used up, too.
    """
    try:
        owners = await client.allowance(owner)
        own = await client.allowance_of(workspace, owner)
    except NotSupportedError:
        return Rescue()
    rescues = list(earlier)
    return Rescue(workspace, _raise_of(owners, rescues), _raise_of(own, rescues))


async def given(client: ProvisionerClient, owner: str, rescue: Rescue) -> None:
    """Raise what was planned; doing it again does nothing."""
    if rescue.owners:
        await client.limit_owner(owner, rescue.owners.raised)
    if rescue.workspaces:
        await client.limit(rescue.workspace, owner, rescue.workspaces.raised)


async def ended(client: ProvisionerClient, owner: str, rescue: Rescue) -> Rescue:
    """Put limits back, and return what could not be: more is used already."""
    workspace, owners, workspaces = rescue.workspace, rescue.owners, rescue.workspaces
    if owners:
        owners = await _put_back(
            await client.allowance(owner), owners, lambda limit: client.limit_owner(owner, limit)
        )
    if workspaces:
        try:
            workspaces = await _put_back(
                await client.allowance_of(workspace, owner),
                workspaces,
                lambda limit: client.limit(workspace, owner, limit),
            )
        except UnknownWorkspaceError:
            workspaces = None
    return Rescue(workspace, owners, workspaces)


SetLimit = Callable[[int], Awaitable[object]]


def _raise_of(found: Allowance, earlier: Iterable[Rescue]) -> Raised | None:
    before = found
    for each in earlier:
        before = each.without(before)
    if before.limit is None or not is_full(before):
        return None
    raised = before.limit + slack(before.limit)
    if is_full(replace(before, limit=raised)):
        raise QuotaExceededError(
            "What a rescue start gives is used up, too: move a workspace to trash on the home "
            "page, or ask the site's administrators for a larger quota."
        )
    return Raised(before.limit, raised)


async def _put_back(found: Allowance, given: Raised, set_limit: SetLimit) -> Raised | None:
    if found.limit != given.raised:
        return None  # never raised, or somebody else has set another one
    try:
        await set_limit(given.limit)
    except QuotaBelowUsageError:
        return given
    return None
