"""The typed client: what the spawner, the portal and the command line use.

It speaks to a provisioner on a Unix socket or at a URL, returns the values of
`zfs_provisioner.model` and raises the exceptions of `zfs_provisioner.errors`. It needs none of the
server's dependencies.
"""

from collections.abc import AsyncGenerator, Callable
from datetime import timedelta
from pathlib import Path
from typing import Final

from pydantic import TypeAdapter

from zfs_provisioner.api.models import (
    CreateRequest,
    Health,
    ImportRequest,
    LeaseRequest,
    ReleasedLease,
    RestoreRequest,
    VerificationAnswer,
)
from zfs_provisioner.errors import ProvisionerUnreachableError
from zfs_provisioner.journal import Event, NumberedEvent
from zfs_provisioner.model import (
    Capabilities,
    Checkpoint,
    Dataset,
    DatasetInfo,
    Progress,
    Release,
    Usage,
    Workspace,
)
from zfs_provisioner.naming import parse_dataset, parse_release, parse_workspace_id
from zfs_provisioner.transport import Report, Transport, error_of

_EVENT: Final = TypeAdapter(Event)


def _silent(_progress: Progress) -> None:
    """Report to nobody."""


class ProvisionerClient(Transport):
    """Calls on one provisioner, at a place as `Transport` describes it.

    Every method raises `ProvisionerUnreachableError` when the provisioner does not answer, besides
    what is named at the methods of `zfs_provisioner.workspaces` and `zfs_provisioner.archive`.
    """

    async def health(self) -> Health:
        """Return whether the provisioner is ready, and why not."""
        return await self._call("GET", "health", Health)

    async def refuse_if_not_ready(self) -> None:
        """Raise StorageUnavailableError unless the provisioner can be used now."""
        await self._call("GET", "ready", Health)

    async def events(
        self,
        owner: str | None = None,
        *,
        after: int | None = None,
        began: Callable[[int], object] = lambda _number: None,
    ) -> AsyncGenerator[NumberedEvent, None]:
        """Yield what happens to an owner's workspaces, or without an owner everything.

        It ends with an exception only. Close it (`contextlib.aclosing`) to stop listening.

        Parameters
        ----------
        after
            Number of the last event that was heard: what happened since comes first.
        began
            Told, once no later event can be missed, the number of the last one before.

        Raises
        ------
        EventsLostError
            Some were missed: read anew what they are about, then listen again.
        """
        headers = {} if after is None else {"Last-Event-ID": str(after)}
        async for each in self._stream("events", headers, owner=owner):
            if each.event == "listening":
                began(int(each.data))
            elif each.event == "change":
                yield NumberedEvent(number=int(each.id), event=_EVENT.validate_json(each.data))
            else:
                raise error_of(each.data.encode())
        raise ProvisionerUnreachableError(
            "The provisioner stopped: listen again after the number of the last event."
        )

    async def capabilities(self) -> Capabilities:
        """Return what the storage can do."""
        return await self._call("GET", "storage", Capabilities)

    async def datasets(self) -> list[Dataset]:
        """Return the archive's datasets by name."""
        return await self._call("GET", "datasets", list[Dataset])

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

    async def restore(
        self, workspace: str, owner: str, checkpoint: str, report: Report = _silent
    ) -> Workspace:
        """Make a workspace's content that of a checkpoint; what changed is kept in another one."""
        body = RestoreRequest(checkpoint=checkpoint)
        path = _path(workspace, "restore")
        return await self._watch("POST", path, Workspace, report, body=body, owner=owner)

    async def trash(self, workspace: str, owner: str) -> Workspace:
        """Put a workspace into trash."""
        return await self._call("PUT", _path(workspace, "trash"), Workspace, owner=owner)

    async def undelete(self, workspace: str, owner: str) -> Workspace:
        """Bring a workspace back from trash."""
        return await self._call("DELETE", _path(workspace, "trash"), Workspace, owner=owner)


def _release_path(dataset: str, release: str) -> str:
    return f"datasets/{parse_dataset(dataset)}/releases/{parse_release(release)}"


def _path(workspace: str, verb: str = "") -> str:
    """Return the path of a call; a bad id is refused here, where it cannot become another path."""
    return f"workspaces/{parse_workspace_id(workspace)}" + (f"/{verb}" if verb else "")
