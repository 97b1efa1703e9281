"""What the planner is given and what it returns: values, comparable and without a way to act."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from zfs_provisioner.gc.pressure import Pressure
from zfs_provisioner.model import Workspace, WorkspaceId
from zfs_provisioner.residents import Kept, Survey


class ActionKind(StrEnum):
    """What is done to a workspace: to trash, destroyed out of trash, checkpoints destroyed."""

    TRASH = "trash"
    DESTROY = "destroy"
    PRUNE = "prune"


@dataclass(frozen=True, slots=True, kw_only=True)
class Inventory:
    """What the planner decides from.

    Attributes
    ----------
    active
        When workspaces were last seen in use, beside what their records say.
    seen
        Since when something, by its identity, was past its time in each look.
    held_off
        Why something, by its identity, is not tried again yet.
    """

    survey: Survey
    active: Mapping[WorkspaceId, datetime] = field(default_factory=dict)
    seen: Mapping[int, datetime] = field(default_factory=dict)
    held_off: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """Something that is done to a workspace.

    Attributes
    ----------
    identity
        Of the workspace as it was planned.
    checkpoints
        Those that go: all with a workspace that is destroyed.
    due
        From when on it may be done.
    why
        A sentence for its owner.
    frees
        Bytes; None where that is not known.
    """

    kind: ActionKind
    workspace: Workspace
    identity: int
    checkpoints: tuple[Kept, ...]
    due: datetime
    why: str
    frees: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """A workspace that is left alone although its time has come, and why."""

    kind: ActionKind
    workspace: Workspace
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What follows from an inventory.

    Attributes
    ----------
    actions
        What may be done now, in this order.
    coming
        What will be done within the policy's notice, soonest first.
    past_time
        Identities of what would be destroyed: past their time in two looks, they may go.
    """

    actions: tuple[Action, ...]
    coming: tuple[Action, ...]
    left: tuple[Left, ...]
    past_time: frozenset[int]
    pressure: Pressure


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of an action; `why` says why it was not done."""

    action: Action
    done: bool
    why: str = ""
