"""Putting paths back, because a place runs again or because the user asks for it."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from recompute.engine.lineage import Entry, Here, Lineage, Mark, undone_by
from recompute.engine.members import Member
from recompute.engine.replaying import Placed, Replayer
from recompute.engine.standing import Standing, kept, known_to_be
from recompute.engine.workshop import Workshop
from recompute.errors import UnknownStepError
from recompute.model import Use, state_of


@dataclass(frozen=True, slots=True)
class Rewound:
    """A path that was put back.

    Attributes
    ----------
    undone : tuple of Entry
        The steps that are no longer in it.
    """

    path: Path
    undone: tuple[Entry, ...]


class Rewinder:
    """Puts paths back to earlier states, and forward again.

    Parameters
    ----------
    shop : Workshop
        What to work with.
    """

    def __init__(self, shop: Workshop) -> None:
        self._shop = shop
        self._replayer = Replayer(shop)

    def to_the_top(self, here: Here) -> list[Rewound]:
        """Let the paths that a pipeline touched be as they were before it first did.

        What was changed since by anything else than a step is left: the path begins anew there.
        """
        # Of no execution: what the present one did is undone as well.
        top = replace(here, place=replace(here.place, cell=""), execution="")
        paths = self._shop.ledger.paths(here.place.pipeline)
        standings = [each for path in paths if (each := self._standing(path, top)) is not None]
        for each in standings:
            if each.changed_outside:  # else what the pipeline's own code does next would hide it
                self._shop.ledger.put(each.member.path, each.lineage)
        return self._put_back([each for each in standings if each.undone], here.place.pipeline)

    def to_the_cell(self, here: Here) -> list[Rewound]:
        """Let the paths that a cell changed when it was executed before be as it found them.

        Its code runs next, and may change them by other means than steps.
        """
        cell = replace(here, order={})
        paths = self._shop.ledger.paths(here.place.pipeline)
        standings = [each for path in paths if (each := self._standing(path, cell)) is not None]
        return self._put_back([each for each in standings if each.undone], here.place.pipeline)

    def before(self, path: Path, here: Here) -> Rewound:
        """Let one path be as it was before any step changed it.

        Raises
        ------
        UnknownStepError
            No step ever touched it.
        """
        known = self._shop.ledger.lineage(path)
        if known is None:
            raise UnknownStepError(
                f"No step that was memoised touched {path}: there is nothing to put back. "
                "`recompute history` lists what was."
            )
        present = self._shop.observer.tree(path)
        lineage = known_to_be(known, state_of(present), here, followed=True)
        standing = Standing(_member(path), present, lineage.until(0), lineage.entries)
        self._put_back([standing], here.place.pipeline)
        return Rewound(path, lineage.entries)

    def undo(self, pipeline: str) -> list[Path]:
        """Take the last putting back of a pipeline back; return the paths.

        Raises
        ------
        UnknownStepError
            Nothing was put back, or it was undone already.
        """
        undoable = self._shop.ledger.undoable(pipeline)
        if not undoable:
            raise UnknownStepError(
                f"Nothing of {pipeline} was put back since the last undo: there is nothing to undo."
            )
        placed = []
        for path, lineage in undoable.items():
            standing = Standing(_member(path), self._shop.observer.tree(path), lineage)
            placed.append(Placed(standing, lineage.last))
        self._replayer.replay(placed, _as_it_is)
        self._shop.ledger.set_undoable(pipeline, {})
        return list(undoable)

    def note_undoable(self, pipeline: str, standings: Iterable[Standing]) -> None:
        """Write down how paths are before a step puts them back, so that `undo` finds them."""
        lineages: dict[Path, Lineage] = {}
        for each in standings:
            known = self._shop.ledger.lineage(each.member.path)
            if known is not None and each.is_rewound:
                mark = self._shop.keep(each.member.path, each.present)
                lineages[each.member.path] = kept(known, mark)
                self._shop.stay(f"undo {each.member.path}", mark)
        if lineages:
            self._shop.ledger.set_undoable(pipeline, lineages)

    def _standing(self, path: Path, here: Here) -> Standing | None:
        known = self._shop.ledger.lineage(path)
        if known is None or not any(here.undoes(each) for each in known.entries):
            return None
        present = self._shop.observer.tree(path)
        lineage = known_to_be(known, state_of(present), here, followed=False)
        beginning, undone = undone_by(lineage, here)
        changed = lineage is not known
        return Standing(_member(path), present, beginning, undone, changed_outside=changed)

    def _put_back(self, standings: list[Standing], pipeline: str) -> list[Rewound]:
        self.note_undoable(pipeline, standings)
        placed = [Placed(each, each.lineage.last) for each in standings]
        self._replayer.replay(placed, _as_it_is)
        return [Rewound(each.member.path, each.undone) for each in standings]


def _as_it_is(standing: Standing, _mark: Mark) -> Lineage:
    return standing.lineage


def _member(path: Path) -> Member:
    return Member("", "", path, Use.UPDATE)


def said_of(rewound: Rewound, here: Here) -> str:
    """Return what a user has to know of a path that was put back; empty if only their cell did."""
    tasks = dict.fromkeys(each.task for each in rewound.undone if each.place != here.place)
    if not tasks:
        return ""
    return (
        f"{rewound.path.name} was put back to what this cell found before; "
        f"{', '.join(tasks)} below it no longer counts: execute the cells below to have it again, "
        "or undo with `%recompute undo`."
    )
