"""A page shows what is known, whatever is not."""

import uuid
from contextlib import aclosing
from pathlib import Path

from casahub.portal.facts import Sources, about_all, about_one
from casahub.portal.hub import HubApi
from casahub.portal.measurements import Measurements
from tests_portal import idle_sessions
from tests_provisioner import Clock, clock
from tests_service import import_observation, in_process, ready
from zfs_provisioner.client import ProvisionerClient
from zfs_provisioner.errors import StorageDamagedError
from zfs_provisioner.gc.outlook import WorkspaceFate
from zfs_provisioner.storage.directory import DirectoryStorage

__all__ = ["clock"]


class Unknowing(ProvisionerClient):
    """A provisioner that cannot say what becomes of workspaces."""

    async def fates(self, owner: str | None = None) -> list[WorkspaceFate]:
        raise StorageDamagedError("what the collection remembers is not what it wrote")


async def test_a_page_does_not_need_to_know_what_comes(tmp_path: Path, clock: Clock) -> None:
    root, socket, mine = tmp_path / "root", tmp_path / "p.sock", str(uuid.uuid4())
    async with (
        in_process(root, DirectoryStorage(root), socket, clock),
        Unknowing(socket) as unknowing,
        ProvisionerClient(socket) as knowing,
        aclosing(HubApi("http://127.0.0.1:9/hub/api")) as hub,
    ):
        await ready(knowing)
        await import_observation(knowing, tmp_path)
        await knowing.create(mine, "ada", dataset="obs", release="1", name="Mine")
        for client in (knowing, unknowing):
            measurements = Measurements(client)
            sources = Sources(client, hub, measurements, clock, idle_sessions(tmp_path))
            home = await about_all(sources, "ada", "a token")
            alone = await about_one(sources, "ada", "a token", mine)
            await measurements.aclose()
            for facts in (home, alone):
                assert [each.id for each in facts.workspaces or ()] == [mine]
                assert facts.datasets
                assert len(facts.troubles) == 1  # the hub's, which is not there
                assert list(facts.fates) == ([mine] if client is knowing else [])
