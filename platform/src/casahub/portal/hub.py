"""The hub's REST API, spoken with the user's own token."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from urllib.parse import quote

import httpx
from pydantic import BaseModel, ValidationError

_LOOK: Final = httpx.Timeout(10.0, connect=5.0)
# The hub answers a start or stop after its own slow_*_timeout, 10 s by default, at the latest.
_CHANGE: Final = httpx.Timeout(30.0, connect=5.0)


class HubError(Exception):
    """The hub refused or did not answer; the message can be shown to the user."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """One server of the user's as the hub sees it.

    Attributes
    ----------
    pending
        `spawn` or `stop` while that is under way, else None.
    workspace
        Id of the workspace that its last start asked for; empty when the hub does not know it.
    image, size
        What it was started in, by their names; empty where the site offers none.
    active_at
        When something happened in it last, its start included; None when it was never up.
    """

    name: str
    title: str
    url: str
    ready: bool
    pending: str | None
    workspace: str
    started: datetime | None
    active_at: datetime | None = None
    image: str = ""
    size: str = ""

    @property
    def active(self) -> bool:
        """Whether it runs, or is on its way up or down."""
        return self.ready or self.pending is not None


class _ServerModel(BaseModel):
    name: str
    display_name: str | None = None
    url: str
    ready: bool = False
    pending: str | None = None
    user_options: dict[str, Any] | None = None  # JSON of whoever started it
    started: datetime | None = None
    last_activity: datetime | None = None

    def value(self) -> Server:
        return Server(
            name=self.name,
            title=self.display_name or self.name or "default server",
            url=self.url,
            ready=self.ready,
            pending=self.pending,
            workspace=self._option("workspace"),
            image=self._option("image"),
            size=self._option("size"),
            started=self.started,
            active_at=max(
                (each for each in (self.started, self.last_activity) if each), default=None
            ),
        )

    def _option(self, name: str) -> str:
        found = (self.user_options or {}).get(name)
        return found if isinstance(found, str) else ""


class _UserModel(BaseModel):
    servers: dict[str, _ServerModel]


class _Refusal(BaseModel):
    message: str


class HubApi:
    """Calls on the hub for any user; each call carries that user's token.

    Every method raises `HubError` when the hub refuses or does not answer.
    """

    def __init__(self, api_url: str) -> None:
        self._http = httpx.AsyncClient(base_url=api_url.rstrip("/") + "/")

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def servers(self, user: str, token: str) -> dict[str, Server]:
        """Return the user's servers by name, stopped ones too."""
        path = f"users/{quote(user, '')}?include_stopped_servers=true"
        answer = await self._call("GET", path, token)
        try:
            models = _UserModel.model_validate_json(answer.content).servers
        except ValidationError as error:
            raise HubError(
                "The hub did not list your sessions: the portal's token lacks the scope "
                "'read:servers!user'. Tell the site's admin."
            ) from error
        return {name: model.value() for name, model in models.items()}

    async def start(
        self, user: str, token: str, session: str, *, title: str, options: Mapping[str, str]
    ) -> None:
        """Ask for the session; it is ready or on its way when this returns."""
        body = {"display_name": title, "user_options": dict(options)}
        await self._call("POST", _server(user, session), token, body)

    async def stop(self, user: str, token: str, session: str) -> None:
        """Ask for the session's end; it is stopped or on its way when this returns."""
        await self._call("DELETE", _server(user, session), token)

    async def _call(
        self, method: str, path: str, token: str, body: Mapping[str, object] | None = None
    ) -> httpx.Response:
        headers = {"Authorization": f"token {token}"}
        patience = _LOOK if method == "GET" else _CHANGE
        try:
            response = await self._http.request(
                method, path, headers=headers, json=body, timeout=patience
            )
        except httpx.TransportError as error:
            raise HubError(
                "The hub does not answer, so the state of sessions is not known; running ones "
                "go on. Try again in a minute."
            ) from error
        if response.is_error:
            raise HubError(_reason(response))
        return response


def _server(user: str, session: str) -> str:
    return f"users/{quote(user, '')}/servers/{quote(session, '')}"


def _reason(response: httpx.Response) -> str:
    try:
        return _Refusal.model_validate_json(response.content).message
    except ValidationError:
        return f"The hub refused with status {response.status_code} and gave no reason."
