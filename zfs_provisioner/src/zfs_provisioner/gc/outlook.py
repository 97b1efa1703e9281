"""What people see of the collection: what it will do and why, as values that cross the wire."""

from dataclasses import dataclass
from datetime import datetime

from zfs_provisioner.gc.brakes import Stop
from zfs_provisioner.gc.fates import Fate
from zfs_provisioner.gc.plans import Action, Left
from zfs_provisioner.gc.pressure import Pressure
from zfs_provisioner.model import WorkspaceId
from zfs_provisioner.residents import StillOpen


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """What people see of the collection.

    Attributes
    ----------
    odd
        What is on the storage and no workspace, and is left alone.
    busy
        Workspaces that nobody leases and that stay mounted, and who uses them.
    stops
        Why nothing, or not all, would be done now.
    """

    at: datetime
    actions: tuple[Action, ...]
    coming: tuple[Action, ...]
    left: tuple[Left, ...]
    odd: tuple[str, ...]
    busy: tuple[StillOpen, ...]
    stops: tuple[Stop, ...]
    pressure: Pressure
    free_percent: float


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkspaceFate:
    """What becomes of a workspace; None while it is in use, or is too new to be known."""

    workspace: WorkspaceId
    fate: Fate | None
