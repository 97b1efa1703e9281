"""Nothing that a hub started is left over: sessions, containers, leases, mounts, workspaces."""

import asyncio
from collections.abc import Collection
from pathlib import Path

from casahub.hub_servers import all_servers
from casahub.hub_service import hub_client
from casahub_spawner.engines import engine_named
from casahub_spawner.reconciling.findings import find
from casahub_spawner.reconciling.looks import Look
from casahub_spawner.reconciling.looks import Site as Asked
from casahub_spawner.reconciling.reconciler import described
from tests_hub import TOKEN, HubSite, until
from tests_processes import processes_of
from zfs_provisioner.client import ProvisionerClient
from zfs_provisioner.model import WorkspaceState


def refuse_leaks(site: HubSite, *, apart: Collection[str] = (), seconds: float = 30) -> None:
    """Fail unless all that is there is what the hub knows, soon; call it at a system test's end.

    Parameters
    ----------
    apart
        Ids of workspaces that may live without a server of the hub, since the test made them so.
    """
    found: list[str] = []

    def nothing() -> bool:
        found[:] = leaks(site, apart=apart)
        return not found

    try:
        until("nothing is leaked", nothing, seconds)
    except AssertionError as error:
        raise AssertionError("leaked:\n" + "\n".join(found)) from error


def leaks(site: HubSite, *, apart: Collection[str] = ()) -> list[str]:
    """Return a line for each thing that lost what it belongs to, as it is at this moment."""
    look = asyncio.run(look_at(site))
    return [
        *map(described, find(look)),
        *_forgotten_workspaces(site, look, apart),
        *_idle_mounts(site, look),
    ]


async def look_at(site: HubSite) -> Look:
    """Return what the site's engine, provisioner and hub say, with the tests' own rights."""
    settings = site.settings
    async with (
        hub_client(f"{site.url}/hub/api", TOKEN) as hub,
        ProvisionerClient(site.socket) as provisioner,
    ):
        asked = Asked(
            name=str(settings.state),
            engine=engine_named(settings.engine),
            provisioner=provisioner,
            servers=lambda: all_servers(hub),
        )
        return await asked.look()


def _forgotten_workspaces(site: HubSite, look: Look, apart: Collection[str]) -> list[str]:
    known = {each.workspace for each in look.servers}
    return [
        f"a workspace that no server has: {each.id} of {each.spec.owner}"
        for each in site.ask(lambda client: client.workspaces())
        if each.state is WorkspaceState.LIVE and each.id not in known and each.id not in apart
    ]


def _idle_mounts(site: HubSite, look: Look) -> list[str]:
    """Return mounts of workspaces that nobody has a lease on; on a directory there are none."""
    idle = {
        each.path: each.id
        for each in site.ask(lambda client: client.workspaces())
        if each.id not in {one.workspace for one in look.leases}
    }
    places = [line.split()[4] for line in Path("/proc/self/mountinfo").read_text().splitlines()]
    return [f"a mount of workspace {idle[each]} at {each}" for each in places if each in idle]


def refuse_leftovers(site: HubSite) -> None:
    """Fail if any process of a site that was stopped is alive, or any session of its engine."""
    sessions = asyncio.run(engine_named(site.settings.engine).sessions(str(site.settings.state)))
    assert (sessions, processes_of(site.settings.state)) == ([], {})
