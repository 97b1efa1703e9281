"""What a provisioner keeps, as an operator wants to see it: releases with who holds them."""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from zfs_provisioner.client import ProvisionerClient
from zfs_provisioner.model import Dataset, Release, Workspace, WorkspaceId

_AT_ONCE: Final = 16  # questions under way; the provisioner has other callers, too


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldRelease:
    """A release, and how many workspaces were cloned from it, those in trash too."""

    release: Release
    workspaces: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CountedWorkspace:
    """A workspace and how many checkpoints it has."""

    workspace: Workspace
    checkpoints: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Inventory:
    """All releases by dataset, newest first, and all workspaces by owner."""

    releases: tuple[HeldRelease, ...]
    workspaces: tuple[CountedWorkspace, ...]


def inventory(
    datasets: Sequence[Dataset],
    workspaces: Sequence[Workspace],
    checkpoints: Mapping[WorkspaceId, int],
) -> Inventory:
    """Return the inventory of what was found."""
    held = Counter((each.spec.dataset, each.spec.release) for each in workspaces)
    ordered = sorted(workspaces, key=lambda each: (each.spec.owner, each.spec.name, each.id))
    return Inventory(
        releases=tuple(
            HeldRelease(release=each, workspaces=held[each.dataset, each.name])
            for dataset in datasets
            for each in dataset.releases
        ),
        workspaces=tuple(
            CountedWorkspace(workspace=each, checkpoints=checkpoints[each.id]) for each in ordered
        ),
    )


async def take_inventory(client: ProvisionerClient) -> Inventory:
    """Ask a provisioner for all that it keeps."""
    datasets, workspaces = await asyncio.gather(client.datasets(retired=True), client.workspaces())
    few = asyncio.Semaphore(_AT_ONCE)

    async def count(workspace: Workspace) -> tuple[WorkspaceId, int]:
        async with few:
            found = await client.checkpoints(workspace.id, workspace.spec.owner)
        return workspace.id, len(found)

    counts = await asyncio.gather(*(count(each) for each in workspaces))
    return inventory(datasets, workspaces, dict(counts))
