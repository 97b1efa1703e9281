"""What stands at the paths of a step, and what the step is to find there."""

from collections.abc import Callable, Iterable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from recompute.engine.ledger import Ledger
from recompute.engine.lineage import Entry, Here, Lineage, Mark, undone_by
from recompute.engine.members import Member
from recompute.model import StateId, Tree, state_of
from recompute.ports import Observer

BETWEEN: Final = "code between steps"


@dataclass(frozen=True, slots=True)
class Standing:
    """What stands at one path of a step.

    Attributes
    ----------
    present : Tree or None
        What is there.
    lineage : Lineage
        As the step is to find it; its last mark is what has to be there.
    undone : tuple of Entry
        Steps that are not to have happened yet.
    changed_outside : bool
        Whether something else than a step changed it since it was seen last.
    edited_first : bool
        Whether this execution's own code changed it before it could be put back; it is left.
    """

    member: Member
    present: Tree | None
    lineage: Lineage
    undone: tuple[Entry, ...] = ()
    changed_outside: bool = False
    edited_first: bool = False

    @property
    def base(self) -> StateId:
        """The state that the step is to find."""
        return self.lineage.last.state

    @property
    def is_rewound(self) -> bool:
        """Whether something else has to be put there first."""
        return self.base != state_of(self.present)


class Surveyor:
    """Finds out what stands where.

    Parameters
    ----------
    observer : Observer
        Looks at paths.
    ledger : Ledger
        What is known of them.
    """

    def __init__(self, observer: Observer, ledger: Ledger) -> None:
        self._observer = observer
        self._ledger = ledger

    def survey(
        self, members: Iterable[Member], here: Here, followed: AbstractSet[Path], *, rewind: bool
    ) -> list[Standing]:
        """Look at every path of a step.

        Parameters
        ----------
        followed : set of Path
            Those that nobody else changed since this execution began.
        rewind : bool
            Whether what this place did in an earlier execution is to be undone.
        """
        return [
            self._standing(each, here, followed=each.path in followed, rewind=rewind)
            for each in members
        ]

    def _standing(self, member: Member, here: Here, *, followed: bool, rewind: bool) -> Standing:
        present = self._observer.tree(member.path)
        state = state_of(present)
        known = self._ledger.lineage(member.path)
        lineage = known_to_be(known, state, here, followed=followed)
        undone: tuple[Entry, ...] = ()
        if rewind:
            lineage, undone = undone_by(lineage, here)
        edited = any(each.execution == here.execution for each in undone)
        if edited:
            lineage, undone = Lineage(lineage.root, (*lineage.entries, *undone)), ()
        changed = known is not None and known.last.state != state and not followed
        return Standing(member, present, lineage, undone, changed, edited)


Book = Callable[[Standing, Mark], Lineage]
"""Gives the lineage of a path that a step left in some state."""


def known_to_be(known: Lineage | None, state: StateId, here: Here, *, followed: bool) -> Lineage:
    """Return a path's lineage, given what is found there.

    What changed since this execution began, its own code between the steps changed: it belongs to
    the lineage. What changed before that and is no state of old is where the path begins anew; so
    is what the code changed of a path that steps only read, because nobody kept how it was.
    """
    if known is None:
        return Lineage(Mark(state))
    if known.last.state == state:
        return known
    if followed and known.last.can_be_put_back:
        return known.then(Entry(Mark(state), here.place, here.execution, BETWEEN))
    return known.ending_in(state) or Lineage(Mark(state))


def kept(lineage: Lineage, mark: Mark) -> Lineage:
    """Return the lineage with the tree of a state known, wherever it was in that state."""
    entries = tuple(
        replace(each, mark=mark) if each.mark.state == mark.state else each
        for each in lineage.entries
    )
    return Lineage(mark if lineage.root.state == mark.state else lineage.root, entries)
