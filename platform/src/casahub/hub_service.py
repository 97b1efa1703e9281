"""What the hub's services without pages share: asking the hub, saying what fails, ending."""

import asyncio
import logging
import signal
import sys
from collections.abc import Awaitable, Callable
from typing import Final, Generic, TypeVar

import httpx
from casahub_spawner.found import EngineError
from pydantic import BaseModel, Field, ValidationError
from zfs_provisioner.errors import ProvisionerError

from casahub.errors import SiteError

User = TypeVar("User")

_PATIENCE: Final = httpx.Timeout(30.0, connect=5.0)
_USERS: Final = 100  # in one answer, so that the hub is never busy with it for long
_PAGES: Final = "application/jupyterhub-pagination+json"  # asks for the model below, not for a list


class _Next(BaseModel):
    offset: int


class _Pagination(BaseModel):
    next: _Next | None


class Page(BaseModel, Generic[User]):
    """Some of the hub's users; each is read as a model of who asks."""

    items: list[User]
    pagination: _Pagination = Field(alias="_pagination")

    @property
    def next(self) -> int | None:
        """Offset of the page after this one, None after the last."""
        return self.pagination.next.offset if self.pagination.next else None


def hub_client(api_url: str, token: str) -> httpx.AsyncClient:
    """Return a client that asks the hub with the rights of a token."""
    headers = {"Authorization": f"token {token}"}
    return httpx.AsyncClient(base_url=api_url.rstrip("/") + "/", headers=headers, timeout=_PATIENCE)


async def page_of(hub: httpx.AsyncClient, kind: type[Page[User]], offset: int) -> Page[User]:
    """Return a page of all users, with their servers, stopped ones too.

    Raises
    ------
    httpx.HTTPError
        The hub does not answer, or refuses.
    ValidationError
        What answers is no hub, or tells less than the model wants.
    """
    query: dict[str, str | int] = {
        "include_stopped_servers": "true",
        "limit": _USERS,
        "offset": offset,
    }
    answer = await hub.get("users", params=query, headers={"Accept": _PAGES})
    return kind.model_validate_json(answer.raise_for_status().content)


def sentence(error: Exception) -> str:
    """Return what does not answer, and how, in words."""
    if isinstance(error, ProvisionerError):
        return f"the provisioner: {error}"
    if isinstance(error, ValidationError):
        return "the hub's answer is not understood"
    if isinstance(error, httpx.HTTPStatusError):
        return f"the hub refuses with status {error.response.status_code}"
    if isinstance(error, httpx.HTTPError):
        return f"the hub: {str(error) or type(error).__name__}"
    return str(error)


def run(name: str, serve: Callable[[], Awaitable[None]]) -> None:
    """Serve until SIGTERM or SIGINT, with a log; exit with a sentence if it cannot be.

    Parameters
    ----------
    name : str
        Of the service's module.
    serve : callable
        Goes on until it is cancelled. A KeyError names a variable that the hub would have set.
    """
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)  # it reports every call at INFO
    try:
        asyncio.run(_until_told(serve))
    except (SiteError, EngineError) as error:
        sys.exit(f"{name}: {error}")
    except KeyError as missing:
        sys.exit(f"{name}: {missing} is not set: it is a service that the hub starts.")
    except asyncio.CancelledError:
        logging.getLogger(name).info("stopped")


async def _until_told(serve: Callable[[], Awaitable[None]]) -> None:
    serving = asyncio.current_task()
    for number in (signal.SIGTERM, signal.SIGINT):
        if serving is not None:
            asyncio.get_running_loop().add_signal_handler(number, serving.cancel)
    await serve()
