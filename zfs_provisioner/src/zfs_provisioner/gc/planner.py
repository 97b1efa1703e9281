"""What may go now, what will go soon, and what would go but is left alone. No I/O, no clock."""

from collections.abc import Set as AbstractSet
from dataclasses import replace
from datetime import datetime

from zfs_provisioner.gc.fates import Circumstances, Fate, circumstances, fate_of, prunable
from zfs_provisioner.gc.plans import Action, ActionKind, Inventory, Left, Plan
from zfs_provisioner.gc.policy import Policy
from zfs_provisioner.gc.pressure import Pressure
from zfs_provisioner.model import WorkspaceId
from zfs_provisioner.residents import Kept, Resident


def plan(inventory: Inventory, policy: Policy, now: datetime) -> Plan:
    """Return what may go of an inventory, what will, and what is left alone."""
    about = circumstances(inventory, policy, now)
    horizon = now + policy.safety.notice
    found = _Findings(about)
    for each in inventory.survey.residents:
        fate = fate_of(each, about, horizon)
        if fate is not None:
            found.add(each, fate)
        going = prunable(each, about)
        if going and (fate is None or fate.due > now):
            found.add_pruning(each, going)
    return found.plan()


class _Findings:
    """What was found to be past its time, or soon will be."""

    def __init__(self, about: Circumstances) -> None:
        self._about = about
        self._actions: list[Action] = []
        self._coming: list[Action] = []
        self._left: list[Left] = []
        self._past_time: set[int] = set()
        self._doomed: list[tuple[Resident, Action]] = []

    def add(self, resident: Resident, fate: Fate) -> None:
        """File what becomes of a workspace as a whole."""
        action = _action(resident, fate)
        if fate.due > self._about.now:
            self._coming.append(action)
            return
        if fate.kind is ActionKind.DESTROY:
            self._past_time.add(resident.identity)
        if fate.hindrance:
            self._leave(action, fate.hindrance)
        elif fate.kind is ActionKind.TRASH:
            self._actions.append(action)
        elif self._about.is_confirmed(resident.identity):
            self._doomed.append((resident, action))
        else:
            self._coming.append(replace(action, due=self._about.confirmed_at(resident.identity)))

    def add_pruning(self, resident: Resident, going: tuple[Kept, ...]) -> None:
        """File checkpoints that the ladder lets go."""
        self._past_time.update(each.identity for each in going)
        confirmed = tuple(each for each in going if self._about.is_confirmed(each.identity))
        if resident.odd:
            self._leave(_pruning(resident, going, self._about.now), "; ".join(resident.odd))
        elif confirmed:
            self._actions.append(_pruning(resident, confirmed, self._about.now))
        else:
            due = max(self._about.confirmed_at(each.identity) for each in going)
            self._coming.append(_pruning(resident, going, due))

    def plan(self) -> Plan:
        """Return all of it, in order."""
        destroyed = self._children_first()
        self._coming.sort(key=lambda action: action.due)
        self._actions.sort(key=lambda action: (action.kind is ActionKind.TRASH, action.due))
        return Plan(
            actions=(*destroyed, *self._actions),
            coming=tuple(self._coming),
            left=tuple(self._left),
            past_time=frozenset(self._past_time),
            pressure=self._about.pressure,
        )

    def _children_first(self) -> list[Action]:
        """Return the destructions with branches before what they began with.

        A workspace that has a checkpoint with which another one began stays as long as that does.
        """
        pressed = self._about.pressure.reaches(Pressure.WARN)

        def most_useful(pair: tuple[Resident, Action]) -> tuple[int, datetime]:
            return (-(pair[1].frees or 0) if pressed else 0, pair[1].due)

        waiting = sorted(self._doomed, key=most_useful)
        gone: set[WorkspaceId] = set()
        ordered: list[Action] = []
        while ready := [pair for pair in waiting if branches_of(pair[0]) <= gone]:
            ordered += [action for _resident, action in ready]
            gone |= {resident.workspace.id for resident, _action in ready}
            waiting = [pair for pair in waiting if pair[0].workspace.id not in gone]
        for resident, action in waiting:
            names = ", ".join(sorted(branches_of(resident) - gone))
            self._leave(action, f"{names} began with a checkpoint of it and needs its blocks")
        return ordered

    def _leave(self, action: Action, why: str) -> None:
        self._left.append(Left(kind=action.kind, workspace=action.workspace, why=why))


def branches_of(resident: Resident) -> AbstractSet[WorkspaceId]:
    """Return the workspaces that began with one of its checkpoints."""
    return {branch for each in resident.checkpoints for branch in each.branches}


def _action(resident: Resident, fate: Fate) -> Action:
    destroyed = fate.kind is ActionKind.DESTROY
    return Action(
        kind=fate.kind,
        workspace=resident.workspace,
        identity=resident.identity,
        checkpoints=resident.checkpoints if destroyed else (),
        due=fate.due,
        why=fate.why,
        frees=resident.size if destroyed else 0,
    )


def _pruning(resident: Resident, going: tuple[Kept, ...], due: datetime) -> Action:
    number = f"{len(going)} of {len(resident.checkpoints)} checkpoints"
    return Action(
        kind=ActionKind.PRUNE,
        workspace=resident.workspace,
        identity=resident.identity,
        checkpoints=going,
        due=due,
        why=f"{number} were made by themselves and are closer together than the ladder keeps them",
        frees=None,
    )
