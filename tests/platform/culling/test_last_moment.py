"""What happens while the culler looks at a session that it is about to stop."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

import httpx
from casahub.culling.asking import Sessions
from casahub.culling.culler import Culler
from casahub.culling.notes import Hindrances, Keeps
from casahub.culling.rule import Rule
from tests_lost import World, leased
from zfs_provisioner.client import ProvisionerClient
from zfs_provisioner.model import Workspace

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
YESTERDAY = (NOW - timedelta(days=1)).isoformat()
LEASED = leased()
KEY = (LEASED.owner, LEASED.lease.holder.rpartition("/")[2])


class Provisioner:
    """Has the session's workspace, with nothing in it to keep."""

    async def workspaces(self, _owner: str) -> list[Workspace]:
        return await World(leases={LEASED.workspace: LEASED}).site.provisioner.workspaces()

    async def keep_changes(self, _workspace: str, _owner: str) -> None:
        return None


def culler(place: Path, *, asked: Callable[[Keeps], None], deleted: list[str]) -> Culler:
    """Return one for a site of a session that was idle for long; each question calls `asked`."""
    server = {"url": "/user/ada/first/", "ready": True, "started": YESTERDAY}
    users = {
        "items": [{"name": KEY[0], "servers": {KEY[1]: server}}],
        "_pagination": {"next": None},
    }
    keeps = Keeps(place)

    def hub(request: httpx.Request) -> httpx.Response:
        if request.method == "DELETE":
            deleted.append(request.url.path)
        return httpx.Response(200, json=users)

    def session(_request: httpx.Request) -> httpx.Response:
        asked(keeps)
        return httpx.Response(200, json={"busy": False, "active": YESTERDAY, "because": ""})

    def client(answer: Callable[[httpx.Request], httpx.Response]) -> httpx.AsyncClient:
        return httpx.AsyncClient(base_url="http://hub/", transport=httpx.MockTransport(answer))

    return Culler(
        rule=Rule(idle=timedelta(hours=12), keep=timedelta(days=7)),
        hub=client(hub),
        sessions=Sessions(client(session), "/services/portal/"),
        provisioner=cast(ProvisionerClient, Provisioner()),
        keeps=keeps,
        hindrances=Hindrances(place),
        clock=lambda: NOW,
    )


async def test_a_session_that_nobody_keeps_is_stopped(tmp_path: Path) -> None:
    deleted: list[str] = []
    await culler(tmp_path, asked=lambda _keeps: None, deleted=deleted).sweep()
    assert deleted == ["/users/ada/servers/first"]


async def test_one_that_is_kept_while_it_is_asked_for_the_last_time_goes_on(tmp_path: Path) -> None:
    deleted: list[str] = []
    questions: list[None] = []

    def asked(keeps: Keeps) -> None:
        questions.append(None)
        if len(questions) == 2:
            keeps.keep(KEY, NOW + timedelta(days=1))

    await culler(tmp_path, asked=asked, deleted=deleted).sweep()
    assert (len(questions), deleted) == (2, [])
