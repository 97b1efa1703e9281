"""Does what was planned, each only if it is still what has to be done when looked at again.

It looks at a workspace while it holds it, so that nobody leases or undeletes it meanwhile, and asks
the planner's own questions about what it sees. A storage that does not answer ends the round.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Final

from zfs_provisioner.custody import Custody
from zfs_provisioner.errors import ProvisionerError, StorageUnavailableError
from zfs_provisioner.gc.fates import Circumstances, circumstances, fate_of, prunable
from zfs_provisioner.gc.planner import branches_of
from zfs_provisioner.gc.plans import Action, ActionKind, Inventory, Outcome
from zfs_provisioner.gc.policy import Policy
from zfs_provisioner.journal import Verb
from zfs_provisioner.model import WorkspaceId
from zfs_provisioner.residents import Resident
from zfs_provisioner.workspaces import Workspaces

BATCH: Final = 64  # workspaces in trash that are held and destroyed together


class Executor:
    """Carries out actions on one storage root."""

    def __init__(self, custody: Custody, workspaces: Workspaces) -> None:
        self._custody = custody
        self._storage = custody.storage
        self._workspaces = workspaces

    def execute(
        self,
        actions: Sequence[Action],
        inventory: Inventory,
        policy: Policy,
        *,
        halted: Callable[[], bool] = lambda: False,
    ) -> Iterator[Outcome]:
        """Do the actions in their order, and yield what became of each.

        Parameters
        ----------
        halted
            Asked before each step whether to do no more; what is left yields nothing.

        Raises
        ------
        StorageUnavailableError
            The storage does not say how it is; what was yielded is done, the rest is not.
        """
        seen = {each.workspace.id: each for each in inventory.survey.residents}
        destroyed: set[WorkspaceId] = set()

        planned = circumstances(inventory, policy, self._custody.clock())

        def about() -> Circumstances:
            return replace(planned, now=self._custody.clock())

        doomed = [each for each in actions if each.kind is ActionKind.DESTROY]
        for start in range(0, len(doomed), BATCH):
            if halted():
                return
            batch = doomed[start : start + BATCH]
            residents = [seen[each.workspace.id] for each in batch]
            for outcome in self._destroy(batch, residents, about(), destroyed):
                if outcome.done:
                    destroyed.add(outcome.action.workspace.id)
                yield outcome
        for each in actions:
            if halted():
                return
            resident = seen[each.workspace.id]
            if each.kind is ActionKind.PRUNE:
                yield self._attempt(each, partial(self._prune, each, resident, about()))
            elif each.kind is ActionKind.TRASH:
                yield self._attempt(each, partial(self._trash, each, resident, about()))

    def _destroy(
        self,
        batch: Sequence[Action],
        residents: Sequence[Resident],
        about: Circumstances,
        destroyed: set[WorkspaceId],
    ) -> list[Outcome]:
        with self._custody.locked(*(each.workspace.id for each in batch)):
            fresh = {each.workspace.id: each for each in self._storage.look_closer(residents)}
            wanted: list[Resident] = []
            objections: dict[WorkspaceId, str] = {}
            gone = set(destroyed)
            for action in batch:
                resident = fresh.get(action.workspace.id)
                why = _objection(action, resident, about)
                if not why and resident is not None and not branches_of(resident) <= gone:
                    why = "another workspace began with a checkpoint of it meanwhile"
                if why or resident is None:
                    objections[action.workspace.id] = why
                else:
                    wanted.append(resident)
                    gone.add(action.workspace.id)
            objections |= self._destroy_all(wanted)
            for action in batch:
                if action.workspace.id not in objections:
                    self._custody.tell(Verb.DESTROYED, action.workspace, action.why)
        return [
            Outcome(
                action=each,
                done=each.workspace.id not in objections,
                why=objections.get(each.workspace.id, ""),
            )
            for each in batch
        ]

    def _destroy_all(self, wanted: Sequence[Resident]) -> dict[WorkspaceId, str]:
        """Destroy workspaces; return those that are still there, and why."""
        if not wanted:
            return {}
        try:
            refusals = self._storage.destroy(wanted)
        except StorageUnavailableError:
            raise
        except ProvisionerError as error:
            # Some may be gone all the same.
            return {each.workspace.id: error.message for each in self._storage.look_closer(wanted)}
        return {each.workspace: each.why for each in refusals}

    def _trash(self, action: Action, resident: Resident, about: Circumstances) -> str:
        with self._custody.locked(action.workspace.id):
            fresh = self._again(resident)
            why = _objection(action, fresh, about)
            if why or fresh is None:
                return why
            self._workspaces.put_into_trash(fresh.workspace, action.why)
            return ""

    def _prune(self, action: Action, resident: Resident, about: Circumstances) -> str:
        planned = {each.identity for each in action.checkpoints}
        with self._custody.locked(action.workspace.id):
            fresh = self._again(resident)
            if fresh is None or fresh.identity != action.identity:
                return _GONE
            if fresh.odd:
                return "; ".join(fresh.odd)
            wanted = [each for each in prunable(fresh, about) if each.identity in planned]
            gone = self._storage.destroy_checkpoints(fresh, wanted) if wanted else []
            if gone:
                names = ", ".join(each.name for each in gone)
                self._custody.tell(Verb.PRUNED, fresh.workspace, f"{names}: {action.why}")
            left = len(planned) - len(gone)
            return f"{left} checkpoints are in use or were not as they were planned" if left else ""

    def _again(self, resident: Resident) -> Resident | None:
        return next(iter(self._storage.look_closer([resident])), None)

    @staticmethod
    def _attempt(action: Action, work: Callable[[], str]) -> Outcome:
        try:
            why = work()
        except StorageUnavailableError:
            raise
        except ProvisionerError as error:
            why = error.message
        return Outcome(action=action, done=not why, why=why)


_GONE: Final = "it is gone, or another one is in its place"


def _objection(action: Action, resident: Resident | None, about: Circumstances) -> str:
    """Return why an action must not be done to what was just seen; nothing if it must be done."""
    if resident is None or resident.identity != action.identity:
        return _GONE
    fate = fate_of(resident, about)
    if fate is None:
        return "it is in use"
    if fate.kind is not action.kind:
        return "it was brought back" if action.kind is ActionKind.DESTROY else "it is in trash"
    if fate.due > about.now:
        return f"its time is not over before {fate.due:%Y-%m-%d %H:%M} any more"
    return fate.hindrance or _unconfirmed(action, resident, about)


def _unconfirmed(action: Action, resident: Resident, about: Circumstances) -> str:
    if action.kind is not ActionKind.DESTROY:
        return ""
    if not about.is_confirmed(resident.identity):
        return "it was past its time in one look only"
    planned = {each.identity for each in action.checkpoints}
    if planned != {each.identity for each in resident.checkpoints}:
        return "it has other checkpoints than those that were planned"
    return ""
