"""How a live path came to be what it is, and what of that a step that runs again has to undo.

A path's lineage is its first state and, in order, what each step saw or left there. A script always
runs from its top: it finds a path as it was before the script's last run touched it. A notebook's
cell that is executed again finds it as the cells above left it. Everything here is pure.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from recompute.model import ABSENT, Digest, Place, StateId


@dataclass(frozen=True, slots=True)
class Mark:
    """A state that a path had.

    Attributes
    ----------
    tree : Digest or None
        The tree in the store; None if nothing was there, or it was not kept.
    """

    state: StateId
    tree: Digest | None = None

    @property
    def can_be_put_back(self) -> bool:
        """Whether the state was kept, or is that nothing is there."""
        return self.state == ABSENT or self.tree is not None


@dataclass(frozen=True, slots=True)
class Entry:
    """A step that saw or left a state.

    Attributes
    ----------
    mark : Mark
        What it saw, or left.
    place : Place
        Where the step stands.
    execution : str
        Which execution of that place it was.
    task : str
        Its name; of what happened between steps, in words.
    """

    mark: Mark
    place: Place
    execution: str
    task: str


@dataclass(frozen=True, slots=True)
class Lineage:
    """A path's first known state, and what came after it, oldest first."""

    root: Mark
    entries: tuple[Entry, ...] = ()

    @property
    def last(self) -> Mark:
        """What the path was last known to be."""
        return self.entries[-1].mark if self.entries else self.root

    def then(self, entry: Entry) -> "Lineage":
        """Return the lineage with one more entry."""
        return replace(self, entries=(*self.entries, entry))

    def until(self, count: int) -> "Lineage":
        """Return its beginning of so many entries."""
        return replace(self, entries=self.entries[:count])

    def ending_in(self, state: StateId) -> "Lineage | None":
        """Return the longest beginning after which the path was in a state."""
        for count in range(len(self.entries), -1, -1):
            beginning = self.until(count)
            if beginning.last.state == state:
                return beginning
        return None


@dataclass(frozen=True, slots=True)
class Here:
    """The place that is being executed.

    Attributes
    ----------
    execution : str
        Which execution of it this is.
    order : mapping
        Cell id to its position in the notebook, for the cells whose position is known.
    deleted : frozenset of str
        Cells that are no longer in the notebook.
    """

    place: Place
    execution: str
    order: Mapping[str, int] = field(default_factory=dict)
    deleted: frozenset[str] = frozenset()

    @property
    def is_script(self) -> bool:
        """Whether everything of the pipeline runs again, from its top."""
        return not self.place.cell

    def undoes(self, entry: Entry) -> bool:
        """Tell whether a step is not to have happened yet when this place is executed."""
        if entry.place.pipeline != self.place.pipeline or entry.execution == self.execution:
            return False
        if self.is_script or entry.place.cell in self.deleted:
            return True
        return entry.place.cell == self.place.cell or self._stands_above(entry.place.cell)

    def _stands_above(self, cell: str) -> bool:
        ours, theirs = self.order.get(self.place.cell), self.order.get(cell)
        return ours is not None and theirs is not None and ours < theirs


def undone_by(lineage: Lineage, here: Here) -> tuple[Lineage, tuple[Entry, ...]]:
    """Return what a place that is executed finds of a lineage, and what of it is undone."""
    for count, entry in enumerate(lineage.entries):
        if here.undoes(entry):
            return lineage.until(count), lineage.entries[count:]
    return lineage, ()
