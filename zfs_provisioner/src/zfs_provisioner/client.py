"""The typed client: what the spawner, the portal and the command line use.

It speaks to a provisioner on a Unix socket or at a URL, returns the values of
`zfs_provisioner.model` and raises the exceptions of `zfs_provisioner.errors`. It needs none of the
server's dependencies.
"""

from collections.abc import AsyncGenerator, Callable, Iterable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from pydantic import TypeAdapter

from zfs_provisioner.api.models import (
    ActivityReport,
    BranchRequest,
    CreateRequest,
    Health,
    ImportRequest,
    KeepRequest,
    KeptChanges,
    LeaseRequest,
    PauseRequest,
    PublishRequest,
    QuotaRequest,
    ReleasedLease,
    RestoreRequest,
    RunRequest,
    SessionActivity,
    VerificationAnswer,
)
from zfs_provisioner.errors import ProvisionerUnreachableError
from zfs_provisioner.gc.outlook import Outlook, WorkspaceFate
from zfs_provisioner.gc.plans import Outcome
from zfs_provisioner.gc.policy import Policy
from zfs_provisioner.journal import Event, NumberedEvent
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

    async def release_lease(
        self, workspace: str, owner: str, *, holder: str, until: datetime | None = None
    ) -> Checkpoint | None:
        """End the holder's lease, or only one that ends `until`; return the checkpoint if made."""
        seen = None if until is None else until.isoformat()
        answer = await self._call(
            "DELETE",
            _path(workspace, "lease"),
            ReleasedLease,
            owner=owner,
            holder=holder,
            until=seen,
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

    async def keep_changes(self, workspace: str, owner: str) -> Checkpoint | None:
        """Have all content in a checkpoint; return the one that was made, if one was."""
        path = _path(workspace, "checkpoints")
        return (await self._call("PUT", path, KeptChanges, owner=owner)).checkpoint

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

    async def keep(self, workspace: str, owner: str, until: datetime | None) -> Workspace:
        """Keep a workspace from being collected until a time; with None, no longer than others."""
        body, path = KeepRequest(until=until), _path(workspace, "keep")
        return await self._call("PUT", path, Workspace, body=body, owner=owner)

    async def fate(self, workspace: str, owner: str) -> WorkspaceFate:
        """Return what becomes of a workspace, when, and why."""
        return await self._call("GET", _path(workspace, "fate"), WorkspaceFate, owner=owner)

    async def fates(self, owner: str | None = None) -> list[WorkspaceFate]:
        """Return what becomes of an owner's workspaces or of all, as they were last looked at."""
        return await self._call("GET", "gc/fates", list[WorkspaceFate], owner=owner)

    async def plan(self, owner: str | None = None) -> Outlook:
        """Return what would be collected now and what comes, of an owner or of all."""
        return await self._call("GET", "gc/plan", Outlook, owner=owner)

    async def policy(self) -> Policy:
        """Return for how long what is kept."""
        return await self._call("GET", "gc/policy", Policy)

    async def collect(self, report: Report = _silent, *, allow_many: bool = False) -> list[Outcome]:
        """Do what may be done of the plan, and return what became of each action."""
        body = RunRequest(allow_many=allow_many)
        return await self._watch("POST", "gc/run", list[Outcome], report, body=body)

    async def pause(self, why: str) -> None:
        """Collect nothing until `resume`; what is under way ends before the next action."""
        await self._tell("PUT", "gc/pause", body=PauseRequest(why=why))

    async def resume(self) -> None:
        """Collect again: somebody has looked, and all is as it should be."""
        await self._tell("DELETE", "gc/pause")

    async def report_activity(self, source: str, sessions: Iterable[SessionActivity]) -> None:
        """Tell when a source's sessions were last active."""
        body = ActivityReport(source=source, sessions=list(sessions))
        await self._tell("PUT", "activity", body=body)

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


def _release_path(dataset: str, release: str) -> str:
    return f"datasets/{parse_dataset(dataset)}/releases/{parse_release(release)}"


def _path(workspace: str, verb: str = "") -> str:
    """Return the path of a call; a bad id is refused here, where it cannot become another path."""
    return f"workspaces/{parse_workspace_id(workspace)}" + (f"/{verb}" if verb else "")
