"""The typed client: what the spawner, the portal and the command line use.

It speaks to a provisioner on a Unix socket, returns the values of `zfs_provisioner.model` and
raises the exceptions of `zfs_provisioner.errors`. It needs none of the server's dependencies.
"""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self, TypeVar

import httpx
from httpx_sse import aconnect_sse
from pydantic import BaseModel, TypeAdapter, ValidationError

from zfs_provisioner.api.models import (
    BranchRequest,
    CreateRequest,
    ErrorAnswer,
    Health,
    ImportRequest,
    LeaseRequest,
    PublishRequest,
    QuotaRequest,
    ReleasedLease,
    RestoreRequest,
    VerificationAnswer,
)
from zfs_provisioner.errors import BY_CODE, ProvisionerError, ProvisionerUnreachableError
from zfs_provisioner.model import (
    Allowance,
    Capabilities,
    Changes,
    Checkpoint,
    Dataset,
    DatasetInfo,
    Progress,
    Release,
    Retirement,
    Usage,
    Workspace,
)
from zfs_provisioner.naming import (
    parse_dataset,
    parse_release,
    parse_workspace_id,
)

Report = Callable[[Progress], None]
Answer = TypeVar("Answer")

_CONNECT: Final = 5.0  # seconds; on one machine anything slower is a fault
_PROGRESS: Final = TypeAdapter(Progress)
_TIMEOUT: Final = httpx.Timeout(None, connect=_CONNECT)  # a copy takes as long as it takes


def _silent(_progress: Progress) -> None:
    """Report to nobody."""


class ProvisionerClient:
    """Calls on one provisioner. Use as an async context manager, or call `aclose`.

    Every method raises `ProvisionerUnreachableError` when the provisioner does not answer, besides
    what is named at the methods of `zfs_provisioner.workspaces` and `zfs_provisioner.archive`.
    """

    def __init__(self, socket: Path) -> None:
        self._socket = socket
        transport = httpx.AsyncHTTPTransport(uds=str(socket))
        self._http = httpx.AsyncClient(
            transport=transport, base_url="http://provisioner/v1/", timeout=_TIMEOUT
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

    async def health(self) -> Health:
        """Return that the provisioner is ready."""
        return await self._call("GET", "health", Health)

    async def capabilities(self) -> Capabilities:
        """Return what the storage can do."""
        return await self._call("GET", "storage", Capabilities)

    async def datasets(self, *, retired: bool = False) -> list[Dataset]:
        """Return the datasets by name with the releases that people can get; or with all."""
        query = "true" if retired else None
        return await self._call("GET", "datasets", list[Dataset], retired=query)

    async def import_release(
        self,
        dataset: str,
        release: str,
        source: Path,
        info: DatasetInfo,
        report: Report = _silent,
    ) -> Release:
        """Copy a directory that the provisioner can read into the archive."""
        body = ImportRequest(source=str(source), info=info)
        path = _release_path(dataset, release)
        return await self._watch("PUT", path, Release, report, body=body)

    async def verify(self, dataset: str, release: str) -> VerificationAnswer:
        """Read a release again and compare it with the digest made at its import."""
        path = f"{_release_path(dataset, release)}/verification"
        return await self._call("GET", path, VerificationAnswer)

    async def holders(self, dataset: str, release: str) -> list[Workspace]:
        """Return the workspaces that share a release's blocks, those in trash too."""
        path = f"{_release_path(dataset, release)}/holders"
        return await self._call("GET", path, list[Workspace])

    async def retire(self, dataset: str, release: str) -> Retirement:
        """Offer a release no longer; its workspaces keep it."""
        path = f"{_release_path(dataset, release)}/retirement"
        return await self._call("PUT", path, Retirement)

    async def reinstate(self, dataset: str, release: str) -> Retirement:
        """Offer a retired release again."""
        path = f"{_release_path(dataset, release)}/retirement"
        return await self._call("DELETE", path, Retirement)

    async def workspaces(self, owner: str | None = None) -> list[Workspace]:
        """Return an owner's workspaces, newest first; without an owner everybody's."""
        return await self._call("GET", "workspaces", list[Workspace], owner=owner)

    async def workspace(self, workspace: str, owner: str) -> Workspace:
        """Return a workspace."""
        return await self._call("GET", _path(workspace), Workspace, owner=owner)

    async def create(
        self,
        workspace: str,
        owner: str,
        *,
        dataset: str,
        release: str,
        name: str,
        report: Report = _silent,
    ) -> Workspace:
        """Return the workspace of this id (a UUID), cloned from the release if it was not there."""
        body = CreateRequest(dataset=dataset, release=release, name=name)
        return await self._watch("PUT", _path(workspace), Workspace, report, body=body, owner=owner)

    async def branch(
        self,
        workspace: str,
        owner: str,
        *,
        origin: str,
        checkpoint: str,
        name: str,
        report: Report = _silent,
    ) -> Workspace:
        """Return the workspace of this id, cloned from a checkpoint if it was not there."""
        body = BranchRequest(origin=origin, checkpoint=checkpoint, name=name)
        path = _path(workspace, "branch")
        return await self._watch("PUT", path, Workspace, report, body=body, owner=owner)

    async def usage(self, workspace: str, owner: str) -> Usage:
        """Return what a workspace takes."""
        return await self._call("GET", _path(workspace, "usage"), Usage, owner=owner)

    async def lease(
        self, workspace: str, owner: str, *, holder: str, session: str, duration: timedelta
    ) -> Workspace:
        """Take or renew the holder's lease."""
        body = LeaseRequest(holder=holder, session=session, seconds=int(duration.total_seconds()))
        return await self._call("PUT", _path(workspace, "lease"), Workspace, body=body, owner=owner)

    async def release_lease(self, workspace: str, owner: str, *, holder: str) -> Checkpoint | None:
        """End the holder's lease; return the checkpoint if one was made."""
        answer = await self._call(
            "DELETE", _path(workspace, "lease"), ReleasedLease, owner=owner, holder=holder
        )
        return answer.checkpoint

    async def checkpoints(self, workspace: str, owner: str) -> list[Checkpoint]:
        """Return a workspace's checkpoints, oldest first."""
        path = _path(workspace, "checkpoints")
        return await self._call("GET", path, list[Checkpoint], owner=owner)

    async def checkpoint(self, workspace: str, owner: str) -> Checkpoint:
        """Make a checkpoint."""
        path = _path(workspace, "checkpoints")
        return await self._call("POST", path, Checkpoint, owner=owner)

    async def changes(
        self,
        workspace: str,
        owner: str,
        older: str,
        newer: str | None = None,
        limit: int | None = None,
    ) -> Changes:
        """Return what differs between two checkpoints, or a checkpoint and the present content."""
        most = None if limit is None else str(limit)
        return await self._call(
            "GET",
            _path(workspace, "changes"),
            Changes,
            owner=owner,
            older=older,
            newer=newer,
            limit=most,
        )

    async def restore(
        self,
        workspace: str,
        owner: str,
        checkpoint: str,
        report: Report = _silent,
        paths: Sequence[str] = (),
    ) -> Workspace:
        """Make the content, or some paths, that of a checkpoint; another one keeps what changed."""
        body = RestoreRequest(checkpoint=checkpoint, paths=list(paths))
        path = _path(workspace, "restore")
        return await self._watch("POST", path, Workspace, report, body=body, owner=owner)

    async def publish(
        self,
        workspace: str,
        owner: str,
        checkpoint: str,
        *,
        dataset: str,
        release: str,
        info: DatasetInfo,
        report: Report = _silent,
    ) -> Release:
        """Make a checkpoint's content a release; doing it again returns the same release."""
        body = PublishRequest(checkpoint=checkpoint, dataset=dataset, release=release, info=info)
        path = _path(workspace, "publish")
        return await self._watch("POST", path, Release, report, body=body, owner=owner)

    async def trash(self, workspace: str, owner: str) -> Workspace:
        """Put a workspace into trash."""
        return await self._call("PUT", _path(workspace, "trash"), Workspace, owner=owner)

    async def undelete(self, workspace: str, owner: str) -> Workspace:
        """Bring a workspace back from trash."""
        return await self._call("DELETE", _path(workspace, "trash"), Workspace, owner=owner)

    async def allowance(self, owner: str) -> Allowance:
        """Return what an owner's live workspaces take and may take."""
        return await self._call("GET", "quota", Allowance, owner=owner)

    async def limit_owner(self, owner: str, limit: int | None) -> Allowance:
        """Set an owner's quota in bytes, or lift it with None."""
        body = QuotaRequest(limit=limit)
        return await self._call("PUT", "quota", Allowance, body=body, owner=owner)

    async def allowance_of(self, workspace: str, owner: str) -> Allowance:
        """Return what one workspace takes and may take."""
        return await self._call("GET", _path(workspace, "quota"), Allowance, owner=owner)

    async def limit(self, workspace: str, owner: str, limit: int | None) -> Allowance:
        """Set a workspace's quota in bytes, or lift it with None."""
        body, path = QuotaRequest(limit=limit), _path(workspace, "quota")
        return await self._call("PUT", path, Allowance, body=body, owner=owner)

    async def _call(
        self,
        method: str,
        path: str,
        answer: type[Answer],
        *,
        body: BaseModel | None = None,
        **query: str | None,
    ) -> Answer:
        async with self._answering():
            response = await self._http.request(method, path, **_request(body, query))
        if response.is_error:
            raise _error(response.content)
        return TypeAdapter(answer).validate_json(response.content)

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
                raise _error(await source.response.aread())
            async for event in source.aiter_sse():
                if event.event == "progress":
                    report(_PROGRESS.validate_json(event.data))
                elif event.event == "result":
                    return TypeAdapter(answer).validate_json(event.data)
                else:
                    raise _error(event.data.encode())
        raise ProvisionerUnreachableError(
            "The provisioner stopped in the middle of its answer: ask again, the same request "
            "continues where it was."
        )

    @asynccontextmanager
    async def _answering(self) -> AsyncIterator[None]:
        try:
            yield
        except httpx.TransportError as error:
            raise ProvisionerUnreachableError(
                f"The provisioner does not answer at {self._socket} ({error}): start the site with "
                "`make run`, or look into its log."
            ) from error


def _release_path(dataset: str, release: str) -> str:
    return f"datasets/{parse_dataset(dataset)}/releases/{parse_release(release)}"


def _path(workspace: str, verb: str = "") -> str:
    """Return the path of a call; a bad id is refused here, where it cannot become another path."""
    return f"workspaces/{parse_workspace_id(workspace)}" + (f"/{verb}" if verb else "")


def _request(body: BaseModel | None, query: dict[str, str | None]) -> dict[str, Any]:
    """Return httpx's arguments; it types them by keyword, so a mapping is Any."""
    params = {name: value for name, value in query.items() if value is not None}
    return {"params": params, "json": None if body is None else body.model_dump(mode="json")}


def _error(content: bytes) -> ProvisionerError:
    try:
        answer = ErrorAnswer.model_validate_json(content)
    except ValidationError:
        text = content.decode(errors="replace")[:500]
        return ProvisionerError(f"The provisioner gave an answer that is not its own: {text}")
    return BY_CODE.get(answer.error, ProvisionerError)(answer.message)
