"""Find out what a page needs: all questions at once, and a trouble instead of a failure."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, TypeVar

from zfs_provisioner.client import ProvisionerClient
from zfs_provisioner.errors import ProvisionerError, ProvisionerUnreachableError
from zfs_provisioner.gc.fates import Fate
from zfs_provisioner.gc.policy import Policy
from zfs_provisioner.model import Checkpoint, Workspace, WorkspaceId, WorkspaceState

from casahub.portal.hub import HubApi, HubError
from casahub.portal.idle import IdleFacts, IdleSessions
from casahub.portal.measurements import Measurements
from casahub.portal.sessions import Servers
from casahub.portal.troubles import STORAGE_DOWN
from casahub.portal.views import Facts

_PATIENCE: Final = 1.0  # seconds that a page waits for sizes
_LONGEST: Final = 10.0  # seconds that a page waits for anything else of the provisioner's

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Sources:
    """Whom to ask."""

    provisioner: ProvisionerClient
    hub: HubApi
    measurements: Measurements
    clock: Callable[[], datetime]
    idle: IdleSessions


async def about_all(sources: Sources, owner: str, token: str) -> Facts:
    """Return what the home page needs; those who do not answer are named in `troubles`."""
    (
        (datasets, first),
        (workspaces, second),
        (servers, third),
        fates,
        policy,
    ) = await asyncio.gather(
        _ask(_in_time(sources.provisioner.datasets())),
        _ask(_in_time(sources.provisioner.workspaces(owner))),
        _ask(sources.hub.servers(owner, token)),
        _fates(sources.provisioner, owner),
        _policy(sources.provisioner),
    )
    facts = Facts(
        now=sources.clock(),
        datasets=datasets,
        workspaces=workspaces,
        servers=servers,
        fates=fates,
        policy=policy,
        # Both questions to the provisioner usually fail for one reason, said once.
        troubles=tuple(dict.fromkeys(text for text in (first, second, third) if text)),
        rule=sources.idle.rule,
        idle=_idle(sources, owner, servers),
    )
    return await _with_details(sources, facts, workspaces or ())


async def about_one(sources: Sources, owner: str, token: str, workspace: str) -> Facts:
    """Return what the page of one workspace needs, which is the only one in it.

    Raises
    ------
    ProvisionerError
        The owner has no such workspace, or the provisioner does not answer.
    """
    found, (datasets, first), (servers, second), fates, policy = await asyncio.gather(
        _in_time(sources.provisioner.workspace(workspace, owner)),
        _ask(_in_time(sources.provisioner.datasets())),
        _ask(sources.hub.servers(owner, token)),
        _fates(sources.provisioner, owner),
        _policy(sources.provisioner),
    )
    facts = Facts(
        now=sources.clock(),
        datasets=datasets,
        workspaces=[found],
        servers=servers,
        fates=fates,
        policy=policy,
        troubles=tuple(text for text in (first, second) if text),
        rule=sources.idle.rule,
        idle=_idle(sources, owner, servers),
    )
    return await _with_details(sources, facts, [found])


def _idle(sources: Sources, owner: str, servers: Servers | None) -> dict[str, IdleFacts]:
    return {name: sources.idle.of(owner, name) for name, it in (servers or {}).items() if it.ready}


async def _with_details(sources: Sources, facts: Facts, workspaces: Iterable[Workspace]) -> Facts:
    live = [each for each in workspaces if each.state is WorkspaceState.LIVE]
    usage, checkpoints = await asyncio.gather(
        sources.measurements.of(live, _PATIENCE), _checkpoints(sources.provisioner, live)
    )
    return replace(facts, usage=usage, checkpoints=checkpoints)


async def _checkpoints(
    provisioner: ProvisionerClient, workspaces: list[Workspace]
) -> dict[WorkspaceId, list[Checkpoint]]:
    answers = await asyncio.gather(
        *(_ask(_in_time(provisioner.checkpoints(each.id, each.spec.owner))) for each in workspaces)
    )
    return {each.id: found or [] for each, (found, _) in zip(workspaces, answers, strict=True)}


async def _fates(provisioner: ProvisionerClient, owner: str) -> dict[WorkspaceId, Fate]:
    """Return what becomes of an owner's workspaces; nothing when that is not known.

    A page that cannot say it says everything else, and makes no trouble of it: whoever looks can do
    nothing about it, and what keeps it from being known keeps the collection from acting too.
    """
    found, _ = await _ask(_in_time(provisioner.fates(owner)))
    return {each.workspace: each.fate for each in found or () if each.fate is not None}


async def _policy(provisioner: ProvisionerClient) -> Policy | None:
    found, _ = await _ask(_in_time(provisioner.policy()))
    return found


async def _ask(question: Awaitable[Answer]) -> tuple[Answer | None, str]:
    """Return the answer, or None and the trouble in a sentence."""
    try:
        return await question, ""
    except ProvisionerUnreachableError:
        return None, STORAGE_DOWN
    except (ProvisionerError, HubError) as error:
        return None, error.message


async def _in_time(question: Awaitable[Answer]) -> Answer:
    """Return the answer; storage that hangs is for a page the same as storage that is away."""
    try:
        async with asyncio.timeout(_LONGEST):
            return await question
    except TimeoutError as error:
        raise ProvisionerUnreachableError(f"no answer within {_LONGEST:.0f} s") from error
