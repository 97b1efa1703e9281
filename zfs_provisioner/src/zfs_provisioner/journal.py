"""What was done: one event for each change of an archive or workspace.

`archive`, `workspaces` and `checkpoints` tell a journal after a change has happened. What becomes
of an event (an audit line, a message to those who watch) is decided where the service is put
together.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from zfs_provisioner.model import Owner, Release, Workspace


class Verb(StrEnum):
    """What happened to a workspace or a release."""

    CREATED = "created"
    LEASED = "leased"
    RELEASED = "released"
    CHECKPOINTED = "checkpointed"
    RESTORED = "restored"
    TRASHED = "trashed"
    UNDELETED = "undeleted"
    LIMITED = "limited"
    KEPT = "kept"
    ANNOUNCED = "announced"
    PRUNED = "pruned"
    DESTROYED = "destroyed"
    LEFT = "left"
    ALARMED = "alarmed"
    PAUSED = "paused"
    RESUMED = "resumed"
    IMPORTED = "imported"
    PUBLISHED = "published"
    RETIRED = "retired"
    REINSTATED = "reinstated"
    RECONCILED = "reconciled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One change.

    Attributes
    ----------
    subject
        Id of a workspace, label of a release, name of an owner, or the root.
    owner
        Whose workspace it is; None for what belongs to the site.
    detail
        What else is worth knowing: a checkpoint's name, a lease's holder and end, a reason.
    """

    at: datetime
    verb: Verb
    subject: str
    owner: Owner | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberedEvent:
    """An event as those hear it who watch; numbers grow, also across restarts."""

    number: int
    event: Event


Journal = Callable[[Event], None]


def nowhere(_event: Event) -> None:
    """Keep no journal."""


def of_workspace(at: datetime, verb: Verb, workspace: Workspace, detail: str = "") -> Event:
    """Return the event of a workspace."""
    return Event(at=at, verb=verb, subject=workspace.id, owner=workspace.spec.owner, detail=detail)


def of_release(at: datetime, verb: Verb, release: Release, detail: str = "") -> Event:
    """Return the event of a release."""
    return Event(at=at, verb=verb, subject=release.label, detail=detail)


def to_all(*journals: Journal) -> Journal:
    """Return a journal that tells each of these, in order."""

    def tell(event: Event) -> None:
        for journal in journals:
            journal(event)

    return tell
