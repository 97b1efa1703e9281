"""Whether there is room for what a session starts on: asked before anything starts.

A quota counts changes and checkpoints, of all live workspaces of an owner and of each alone. Where
the storage keeps none, the filesystem's free space is all that there is to ask.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from zfs_provisioner.client import ProvisionerClient
from zfs_provisioner.errors import NotSupportedError, QuotaExceededError, StorageFullError
from zfs_provisioner.model import Allowance, Workspace, WorkspaceState

from casahub_spawner.amounts import shown
from casahub_spawner.rescue import SPARE, Rescue, is_full, slack

_NAMED: Final = 3  # workspaces in a message; more are no help
_AT_ONCE: Final = 16  # questions under way; the provisioner has other callers, too
_COPY: Final = "copy"  # the way to make a workspace that takes all of its bytes again


@dataclass(frozen=True, slots=True)
class Taken:
    """What a workspace takes of its owner's quota, and how many checkpoints it has."""

    workspace: Workspace
    used: int
    checkpoints: int


async def refuse_if_no_room(
    client: ProvisionerClient, owner: str, rescues: Sequence[Rescue], needed: int
) -> None:
    """Refuse a new workspace for which there is no room.

    Parameters
    ----------
    rescues
        Those of the owner's sessions: what they were given is not there for new workspaces.
    needed
        Bytes in its files, which count where clones are copies.

    Raises
    ------
    QuotaExceededError, StorageFullError
        With what is used, and what could go.
    """
    try:
        found = await client.allowance(owner)
    except NotSupportedError:
        storage = await client.capabilities()
        wanted = SPARE + (needed if storage.clone_method == _COPY else 0)
        if storage.free < wanted:
            raise StorageFullError(
                f"There is no room for a new workspace: it needs {shown(wanted)}, and "
                f"{shown(storage.free)} of the site's storage are free. Delete files that you no "
                "longer need, or tell the site's administrators."
            ) from None
        return
    owners = without(rescues, found)
    if is_full(owners):
        biggest = await biggest_workspaces(client, owner)
        raise QuotaExceededError(
            f"There is no room for a new workspace: {usage(owners)}. {advice(biggest)}"
        )


async def refuse_if_full(
    client: ProvisionerClient, workspace: Workspace, rescues: Sequence[Rescue]
) -> None:
    """Refuse to open a workspace that nothing more can be written into; raises as above."""
    owner, name = workspace.spec.owner, workspace.spec.name
    try:
        owners = without(rescues, await client.allowance(owner))
        own = without(rescues, await client.allowance_of(workspace.id, owner))
    except NotSupportedError:
        storage = await client.capabilities()
        if storage.free < SPARE:
            raise StorageFullError(
                f"“{name}” cannot be written: {shown(storage.free)} of the site's storage are "
                "free. Tell the site's administrators, or choose the rescue start (option "
                "'rescue'), which opens it so that you can delete files."
            ) from None
        return
    if is_full(own) and own.limit is not None:
        raise QuotaExceededError(
            f"“{name}” is full: {shown(own.used)} of the {shown(own.limit)} that it may take are "
            "used by changes and checkpoints. Ask the site's administrators for more, or "
            f"{_rescue(own.limit)}."
        )
    if is_full(owners) and owners.limit is not None:
        biggest = await biggest_workspaces(client, owner)
        raise QuotaExceededError(
            f"“{name}” is full: {usage(owners)}. {advice(biggest)} Or {_rescue(owners.limit)}."
        )


async def biggest_workspaces(client: ProvisionerClient, owner: str) -> list[Taken]:
    """Return those of an owner's live workspaces that take most of the quota, the biggest first."""
    turns = asyncio.Semaphore(_AT_ONCE)

    async def used(workspace: Workspace) -> int:
        async with turns:
            return (await client.allowance_of(workspace.id, owner)).used

    live = [each for each in await client.workspaces(owner) if each.state is WorkspaceState.LIVE]
    found = zip(live, await asyncio.gather(*map(used, live)), strict=True)
    biggest = sorted(found, key=lambda each: each[1], reverse=True)[:_NAMED]
    checkpoints = await asyncio.gather(*(client.checkpoints(each.id, owner) for each, _ in biggest))
    return [
        Taken(workspace, size, len(those))
        for (workspace, size), those in zip(biggest, checkpoints, strict=True)
    ]


def usage(owners: Allowance) -> str:
    """Return how much of a quota is used, in words."""
    limit = shown(owners.limit or 0)
    return f"{shown(owners.used)} of your {limit} are used by changes and checkpoints"


def advice(biggest: Sequence[Taken]) -> str:
    """Return what an owner can do about a quota that is used up."""
    if not biggest:
        return "Ask the site's administrators for more."
    names = ", ".join(_named(each) for each in biggest)
    return (
        f"The biggest: {names}. Move one to trash on the home page, or delete files in it that no "
        "checkpoint keeps."
    )


def without(rescues: Sequence[Rescue], found: Allowance) -> Allowance:
    """Return an allowance as it is without what rescues gave."""
    for each in rescues:
        found = each.without(found)
    return found


def _named(taken: Taken) -> str:
    size, number = shown(taken.used), taken.checkpoints
    kept = f", {number} checkpoint{'' if number == 1 else 's'}" if number else ""
    return f"“{taken.workspace.spec.name}” ({size}{kept})"


def _rescue(limit: int) -> str:
    return (
        f"choose the rescue start (option 'rescue'): it gives {shown(slack(limit))} more while the "
        "session runs, so that you can delete files"
    )
