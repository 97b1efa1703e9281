"""How the client reaches a provisioner: where it is, what proves who calls, what errors mean."""

import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self, TypeVar

import httpx
from httpx_sse import ServerSentEvent, aconnect_sse
from pydantic import BaseModel, TypeAdapter, ValidationError

from zfs_provisioner.api.models import ErrorAnswer
from zfs_provisioner.errors import (
    BY_CODE,
    InvalidSettingsError,
    ProvisionerError,
    ProvisionerUnreachableError,
)
from zfs_provisioner.listening import is_loopback
from zfs_provisioner.model import Progress

Report = Callable[[Progress], None]
Answer = TypeVar("Answer")

_CONNECT: Final = 5.0  # seconds; within one site anything slower is a fault
_SILENCE: Final = 45.0  # seconds; a stream of events has a heartbeat every 15
_PROGRESS: Final = TypeAdapter(Progress)
_ADAPTERS: Final[dict[object, TypeAdapter[Any]]] = {}
_TIMEOUT: Final = httpx.Timeout(None, connect=_CONNECT)  # a copy takes as long as it takes
# A stream keeps its connection for as long as it lasts, so that a limit would let a hundred imports
# hold up everybody else; idle connections are kept for as many callers as a hub has at once.
_LIMITS: Final = httpx.Limits(max_connections=None, max_keepalive_connections=64)
_WATCHING: Final = httpx.Timeout(None, connect=_CONNECT, read=_SILENCE)


class Transport:
    """Connections to one provisioner. Use as an async context manager, or call `aclose`.

    Parameters
    ----------
    place
        The path of a Unix socket, or a URL such as `https://storage1.example.org:8300`.
    token
        What a provisioner behind a URL wants to be shown.
    ca_file
        PEM file with the authority of its certificate; without it, those that the machine trusts.

    Raises
    ------
    InvalidSettingsError
        The URL is none, or the token would cross a network readable.
    """

    def __init__(
        self, place: Path | str, *, token: str | None = None, ca_file: Path | None = None
    ) -> None:
        self._place = place
        if isinstance(place, Path):
            transport = httpx.AsyncHTTPTransport(uds=str(place), limits=_LIMITS)
            base = "http://provisioner"
        else:
            base = _safe_url(place)
            # Proxies of the environment are for the outer world, not for one's own storage.
            transport = httpx.AsyncHTTPTransport(
                verify=_trusting(ca_file), trust_env=False, limits=_LIMITS
            )
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._http = httpx.AsyncClient(
            transport=transport, base_url=f"{base}/v1/", timeout=_TIMEOUT, headers=headers
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def _call(
        self,
        method: str,
        path: str,
        answer: type[Answer],
        *,
        body: BaseModel | None = None,
        **query: str | None,
    ) -> Answer:
        content = await self._tell(method, path, body=body, **query)
        return _adapter(answer).validate_json(content)

    async def _tell(
        self, method: str, path: str, *, body: BaseModel | None = None, **query: str | None
    ) -> bytes:
        """Make a call of which only the success matters; return its content."""
        async with self._answering():
            response = await self._http.request(method, path, **_request(body, query))
        if response.is_error:
            raise error_of(response.content)
        return response.content

    async def _watch(
        self,
        method: str,
        path: str,
        answer: type[Answer],
        report: Report,
        *,
        body: BaseModel,
        **query: str | None,
    ) -> Answer:
        async with (
            self._answering(),
            aconnect_sse(self._http, method, path, **_request(body, query)) as source,
        ):
            if source.response.is_error:
                raise error_of(await source.response.aread())
            results = []
            # Read to the end, where the connection can be used again.
            async for event in source.aiter_sse():
                if event.event == "progress":
                    report(_PROGRESS.validate_json(event.data))
                elif event.event == "result":
                    results.append(_adapter(answer).validate_json(event.data))
                else:
                    raise error_of(event.data.encode())
            if results:
                return results[-1]
        raise ProvisionerUnreachableError(
            "The provisioner stopped in the middle of its answer: ask again, the same request "
            "continues where it was."
        )

    async def _stream(
        self, path: str, headers: dict[str, str], **query: str | None
    ) -> AsyncIterator[ServerSentEvent]:
        async with (
            self._answering(),
            aconnect_sse(
                self._http,
                "GET",
                path,
                headers=headers,
                timeout=_WATCHING,
                **_request(None, query),
            ) as source,
        ):
            if source.response.is_error:
                raise error_of(await source.response.aread())
            async for event in source.aiter_sse():
                # The library makes an empty event of each comment after an event with a number.
                if event.data:
                    yield event

    @asynccontextmanager
    async def _answering(self) -> AsyncIterator[None]:
        try:
            yield
        except httpx.TransportError as error:
            raise ProvisionerUnreachableError(
                f"The provisioner does not answer at {self._place} ({_said(error)}): "
                f"{self._remedy()}"
            ) from error

    def _remedy(self) -> str:
        if isinstance(self._place, Path):
            return "start the site with `make run`, or look into its log."
        return "see whether it runs there, and whether the certificate is the one expected."


def _adapter(answer: type[Answer]) -> TypeAdapter[Answer]:
    """Return what validates an answer; making it takes longer than a call."""
    if answer not in _ADAPTERS:
        _ADAPTERS[answer] = TypeAdapter(answer)
    return _ADAPTERS[answer]


def error_of(content: bytes) -> ProvisionerError:
    """Return the exception that an answer stands for."""
    try:
        answer = ErrorAnswer.model_validate_json(content)
    except ValidationError:
        text = content.decode(errors="replace")[:500]
        return ProvisionerError(f"The provisioner gave an answer that is not its own: {text}")
    return BY_CODE.get(answer.error, ProvisionerError)(answer.message)


def _safe_url(text: str) -> str:
    try:
        url = httpx.URL(text)
    except httpx.InvalidURL as error:
        raise InvalidSettingsError(f"{text!r} is no URL ({error}).") from error
    if url.scheme == "https" and url.host:
        return text.rstrip("/")
    if url.scheme == "http" and is_loopback(url.host):
        return text.rstrip("/")
    raise InvalidSettingsError(
        f"{text!r} is no place to find a provisioner at: use https://HOST:PORT, or a loopback "
        "address such as http://127.0.0.1:8300, which needs no TLS."
    )


def _trusting(ca_file: Path | None) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=ca_file)
    except (OSError, ssl.SSLError) as error:
        raise InvalidSettingsError(
            f"The authority's certificate {ca_file} cannot be read ({error}): name a PEM file."
        ) from error


def _request(body: BaseModel | None, query: dict[str, str | None]) -> dict[str, Any]:
    """Return httpx's arguments; it types them by keyword, so a mapping is Any."""
    params = {name: value for name, value in query.items() if value is not None}
    return {"params": params, "json": None if body is None else body.model_dump(mode="json")}


def _said(error: httpx.TransportError) -> str:
    return str(error) or type(error).__name__
