"""What can go wrong, as one tree.

Each class says when it is raised and whether a retry helps, and carries the code and HTTP status
under which it crosses the wire; the message names the input and the remedy. The client raises the
same classes again.
"""

from typing import ClassVar


class ProvisionerError(Exception):
    """Base of all; itself raised by the client for an answer that it does not know."""

    code: ClassVar[str] = "provisioner_error"
    status: ClassVar[int] = 500
    retry: ClassVar[bool] = False

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class InvalidNameError(ProvisionerError):
    """A name breaks the rules of `naming`; a retry with another name helps."""

    code = "invalid_name"
    status = 400


class InvalidSourceError(ProvisionerError):
    """What should be imported is not a readable, non-empty directory of plain files."""

    code = "invalid_source"
    status = 400


class UnknownDatasetError(ProvisionerError):
    """The archive has no such dataset."""

    code = "unknown_dataset"
    status = 404


class UnknownReleaseError(ProvisionerError):
    """The dataset has no such release."""

    code = "unknown_release"
    status = 404


class UnknownWorkspaceError(ProvisionerError):
    """There is no such workspace, or it belongs to somebody else: the answer is the same."""

    code = "unknown_workspace"
    status = 404


class UnknownCheckpointError(ProvisionerError):
    """The workspace has no such checkpoint."""

    code = "unknown_checkpoint"
    status = 404


class InvalidPathError(ProvisionerError):
    """A path does not lie in the checkpoint; a retry with another one helps."""

    code = "invalid_path"
    status = 400


class ReleaseExistsError(ProvisionerError):
    """A release of this name exists; releases are immutable, so another name is needed."""

    code = "release_exists"
    status = 409


class ReleaseRetiredError(ProvisionerError):
    """Nobody gets new workspaces of this release; another one is needed."""

    code = "release_retired"
    status = 410


class WorkspaceExistsError(ProvisionerError):
    """The id was used for another request; the same id always means the same workspace."""

    code = "workspace_exists"
    status = 409


class WorkspaceInUseError(ProvisionerError):
    """A session holds the workspace; a retry helps after it stopped."""

    code = "workspace_in_use"
    status = 409
    retry = True


class WorkspaceInTrashError(ProvisionerError):
    """The workspace is in trash and must be undeleted first."""

    code = "workspace_in_trash"
    status = 409


class RootInUseError(ProvisionerError):
    """Another provisioner owns this storage root; a retry helps after it stopped."""

    code = "root_in_use"
    status = 409
    retry = True


class StorageFullError(ProvisionerError):
    """No space is left for what was asked; nothing was changed, and space must be made first."""

    code = "storage_full"
    status = 507
    retry = True


class QuotaExceededError(StorageFullError):
    """The owner's or the workspace's quota is used up; its owner can make space."""

    code = "quota_exceeded"


class QuotaBelowUsageError(ProvisionerError):
    """A quota was asked for that is below what is used already; nothing was changed."""

    code = "quota_below_usage"
    status = 409


class NotSupportedError(ProvisionerError):
    """The storage under the root cannot do that; `doctor` says what it can."""

    code = "not_supported"
    status = 409


class StorageUnavailableError(ProvisionerError):
    """The storage does not say how it is, so nothing was changed; a retry helps when it does."""

    code = "storage_unavailable"
    status = 503
    retry = True


class StorageDamagedError(ProvisionerError):
    """Something under the root is not as the provisioner left it; it changes nothing there."""

    code = "storage_damaged"
    status = 500


class UnauthorizedError(ProvisionerError):
    """The caller did not show who it is; a retry with the right token helps."""

    code = "unauthorized"
    status = 401


class ForbiddenError(ProvisionerError):
    """The caller is known and may not call this provisioner."""

    code = "forbidden"
    status = 403


class UnknownRouteError(ProvisionerError):
    """The interface has no such path, or not with this method."""

    code = "unknown_route"
    status = 404


class InvalidRequestError(ProvisionerError):
    """The request is not of the form that `/openapi.json` describes; another one helps."""

    code = "invalid_request"
    status = 422


class InvalidSettingsError(ProvisionerError):
    """The provisioner or a client is told to do what cannot be done or is not safe."""

    code = "invalid_settings"
    status = 400


class EventsLostError(ProvisionerError):
    """Events were missed; listen again, after reading anew what the events are about."""

    code = "events_lost"
    status = 410
    retry = True


class ProvisionerUnreachableError(ProvisionerError):
    """The provisioner does not answer: it says nothing about the workspace, and a retry helps."""

    code = "provisioner_unreachable"
    status = 503
    retry = True


def _tree(base: type[ProvisionerError]) -> list[type[ProvisionerError]]:
    return [base, *(each for child in base.__subclasses__() for each in _tree(child))]


BY_CODE = {each.code: each for each in _tree(ProvisionerError)}
