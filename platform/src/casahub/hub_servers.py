"""All servers of all users, as the hub's REST API tells them."""

from datetime import datetime
from typing import Any, Final

import httpx
from casahub_spawner.reconciling.looks import Server
from pydantic import AliasChoices, BaseModel, Field

from casahub.errors import SiteError

_PATIENCE: Final = httpx.Timeout(30.0, connect=5.0)
_PAGE: Final = 100  # users in one answer, so that the hub is never busy with it for long
_PAGES: Final = "application/jupyterhub-pagination+json"  # asks for the model below, not for a list


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


class _Next(BaseModel):
    offset: int


class _Pagination(BaseModel):
    next: _Next | None


class _Users(BaseModel):
    items: list[_User]
    pagination: _Pagination = Field(alias="_pagination")


def hub_client(api_url: str, token: str) -> httpx.AsyncClient:
    """Return a client that asks the hub with the rights of a token."""
    headers = {"Authorization": f"token {token}", "Accept": _PAGES}
    return httpx.AsyncClient(base_url=api_url.rstrip("/") + "/", headers=headers, timeout=_PATIENCE)


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
        query: dict[str, str | int] = {
            "include_stopped_servers": "true",
            "limit": _PAGE,
            "offset": offset,
        }
        answer = await hub.get("users", params=query)
        page = _Users.model_validate_json(answer.raise_for_status().content)
        # A page begins with the last user of the one before: else somebody may stand in neither.
        if last and [each.name for each in page.items[:1]] != [last]:
            raise SiteError("Users came or went while the hub listed them: try again.")
        for user in page.items[1 if last else 0 :]:
            found += [server.value(user.name) for server in user.servers.values()]
        if page.pagination.next is None:
            return found
        offset, last = page.pagination.next.offset - 1, page.items[-1].name
