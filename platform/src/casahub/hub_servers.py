"""All servers of all users, as the hub's REST API tells them."""

from datetime import datetime
from typing import Any

import httpx
from casahub_spawner.reconciling.looks import Server
from pydantic import AliasChoices, BaseModel, Field

from casahub.errors import SiteError
from casahub.hub_service import Page, page_of


class _State(BaseModel):
    """What of a spawner's state is about the session; see `WorkspaceMixin.get_state`."""

    workspace: str = ""
    # The second is DockerSpawner's word.
    engine_id: str = Field(default="", validation_alias=AliasChoices("engine_id", "object_id"))


class _Server(BaseModel):
    """A server; `state` is there for those only who may see it, and must not be taken for empty."""

    name: str
    pending: str | None
    ready: bool
    started: datetime | None
    last_activity: datetime | None
    state: dict[str, Any] | None

    def value(self, owner: str) -> Server:
        state = _State.model_validate(self.state or {})
        return Server(
            owner=owner,
            session=self.name,
            pending=self.pending or None,
            ready=self.ready,
            started=self.started,
            touched=None if self.ready else self.last_activity,
            workspace=state.workspace,
            engine_id=state.engine_id,
        )


class _User(BaseModel):
    name: str
    servers: dict[str, _Server]


async def all_servers(hub: httpx.AsyncClient) -> list[Server]:
    """Return all servers that the hub knows, stopped ones too; none is left out.

    Raises
    ------
    httpx.HTTPError
        The hub does not answer, or refuses.
    ValidationError
        What answers is no hub, or one that does not let us see the servers' state.
    SiteError
        Users came or went while they were listed.
    """
    found: list[Server] = []
    offset, last = 0, ""
    while True:
        page = await page_of(hub, Page[_User], offset)
        # A page begins with the last user of the one before: else somebody may stand in neither.
        if last and [each.name for each in page.items[:1]] != [last]:
            raise SiteError("Users came or went while the hub listed them: try again.")
        for user in page.items[1 if last else 0 :]:
            found += [server.value(user.name) for server in user.servers.values()]
        if page.next is None:
            return found
        offset, last = page.next - 1, page.items[-1].name
