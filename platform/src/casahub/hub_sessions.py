"""All sessions of all users, as the hub's REST API lists them for a service."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime

import httpx
from pydantic import BaseModel

from casahub.hub_service import Page, page_of


@dataclass(frozen=True, slots=True, kw_only=True)
class HubSession:
    """A session as the hub knows it.

    Attributes
    ----------
    name
        That of its server, which for the default server is empty: so do the workspaces call it.
    url
        Its path on the site.
    running
        Whether it is up, and neither starting nor stopping.
    gone
        Whether it is stopped for good, until somebody starts it.
    active
        When it was last active, as far as its present run is concerned: its start counts. None when
        it was never up.
    """

    owner: str
    name: str
    url: str
    running: bool
    gone: bool
    active: datetime | None


class _Server(BaseModel):
    url: str = ""
    ready: bool = False
    pending: str | None = None
    started: datetime | None = None
    last_activity: datetime | None = None

    def value(self, owner: str, name: str) -> HubSession:
        known = [each for each in (self.started, self.last_activity) if each is not None]
        return HubSession(
            owner=owner,
            name=name,
            url=self.url,
            running=self.ready and self.pending is None,
            gone=not self.ready and self.pending is None,
            active=max(known, default=None),
        )


class _User(BaseModel):
    name: str
    servers: dict[str, _Server] = {}


async def hub_sessions(hub: httpx.AsyncClient) -> AsyncIterator[HubSession]:
    """Yield every session of each user, stopped ones too.

    Parameters
    ----------
    hub
        Its base is the hub's API, and its token has the scopes `list:users` and `read:servers`.

    Raises
    ------
    httpx.HTTPError
        The hub does not answer, or refuses.
    ValidationError
        What answers is no hub.
    """
    offset: int | None = 0
    while offset is not None:
        page = await page_of(hub, Page[_User], offset)
        for user in page.items:
            for name, server in user.servers.items():
                yield server.value(user.name, name)
        offset = page.next
