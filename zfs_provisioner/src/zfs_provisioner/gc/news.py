"""What the collection tells the journal: once when it is news, and not in every round."""

import logging
from collections.abc import Iterable, Sequence

from zfs_provisioner.custody import Clock
from zfs_provisioner.gc.brakes import Stop
from zfs_provisioner.gc.plans import Action, ActionKind, Left, Outcome, Plan
from zfs_provisioner.gc.pressure import Pressure
from zfs_provisioner.journal import Event, Journal, Verb, of_workspace
from zfs_provisioner.model import WorkspaceId

log = logging.getLogger(__name__)

_COMING = {
    ActionKind.TRASH: "goes to trash",
    ActionKind.DESTROY: "is destroyed",
    ActionKind.PRUNE: "loses checkpoints",
}


class News:
    """Tells what begins: alarms, what is left alone, what will happen."""

    def __init__(self, journal: Journal, clock: Clock, subject: str) -> None:
        self._journal, self._clock, self._subject = journal, clock, subject
        self._sounding: set[str] = set()
        self._left: set[tuple[WorkspaceId, str]] = set()

    def tell(self, verb: Verb, detail: str) -> None:
        """Tell something about the collection as a whole."""
        self._journal(Event(at=self._clock(), verb=verb, subject=self._subject, detail=detail))

    def of_round(self, plan: Plan, stops: Iterable[Stop], coming: Sequence[Action]) -> None:
        """Tell what a round found that the last one did not."""
        alarms = [each.why for each in stops]
        if plan.pressure is not Pressure.NONE:
            alarms.append(f"The pool is getting full: {plan.pressure}.")
        if plan.pressure is Pressure.PAGE:
            self._sounding.clear()  # until somebody comes
        self._sound(alarms)
        for action in coming:
            detail = f"{_COMING[action.kind]} {action.due:%FT%TZ}: {action.why}"
            self._journal(of_workspace(self._clock(), Verb.ANNOUNCED, action.workspace, detail))
        left = {(each.workspace.id, each.why): each for each in plan.left}
        for key, each in left.items():
            if key not in self._left:
                self._tell_left(each)
        self._left = set(left)

    def unknown(self, why: str) -> None:
        """Tell that a round knows nothing, and so does nothing."""
        self._sound([f"Nothing is collected, because nobody knows what there is: {why}"])

    def _sound(self, alarms: Sequence[str]) -> None:
        for alarm in alarms:
            if alarm not in self._sounding:
                log.error("%s", alarm)
                self.tell(Verb.ALARMED, alarm)
        self._sounding = set(alarms)

    def refused(self, outcome: Outcome) -> None:
        """Tell that an action could not be done."""
        action = outcome.action
        self._tell_left(Left(kind=action.kind, workspace=action.workspace, why=outcome.why))

    def _tell_left(self, left: Left) -> None:
        detail = f"not {left.kind}: {left.why}"
        self._journal(of_workspace(self._clock(), Verb.LEFT, left.workspace, detail))
