"""A step that was computed before: what it left is put in place again."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from recompute.engine.lineage import Lineage, Mark
from recompute.engine.members import Member
from recompute.engine.standing import Book, Standing, kept
from recompute.engine.workshop import Workshop
from recompute.model import ABSENT, Record, Touch, Tree
from recompute.put import refuse_if_open


@dataclass(frozen=True, slots=True)
class Placed:
    """What a path is to be when a step has been put in place."""

    standing: Standing
    mark: Mark


def placed_by(
    record: Record, touches: Iterable[Touch], standings: Iterable[Standing]
) -> list[Placed]:
    """Return what every path of a step is to be, given its record."""
    slots = {each.slot: each for each in touches}
    found = {each.member.path: each for each in standings}
    placed = {path: Placed(each, each.lineage.last) for path, each in found.items()}
    for output in record.outputs:
        touch = slots[output.slot]
        path = touch.path.parent / f"{touch.path.name}{output.ending}"
        standing = found.get(path) or Standing(
            Member(output.slot, output.ending, path, touch.use), None, Lineage(Mark(ABSENT))
        )
        placed[path] = Placed(standing, Mark(output.state, output.tree))
    return list(placed.values())


class Replayer:
    """Puts recorded outcomes in place.

    Parameters
    ----------
    shop : Workshop
        What to work with.
    """

    def __init__(self, shop: Workshop) -> None:
        self._shop = shop

    def replay(self, placed: list[Placed], book: Book) -> list[Placed]:
        """Let every path be what it is to be; all of them, or none if this process dies.

        Returns
        -------
        list of Placed
            The same, with what was kept in their lineages.

        Raises
        ------
        InUseError
            One of them is open; none was touched.
        StoreError
            Something is not to be had, or cannot be kept; all are as they were.
        """
        moving = [each for each in placed if each.mark.state != _present_state(each)]
        changing = [each for each in placed if each in moving or _begins(each)]
        for each in moving:
            refuse_if_open(each.standing.member.path)
        present = {
            each.standing.member.path: self._shop.keep(
                each.standing.member.path, each.standing.present
            )
            for each in changing
        }
        journal = {path: mark.tree for path, mark in present.items()}
        with self._shop.journal.under_way(journal, durable=False) as settled:
            try:
                for each in moving:
                    self._put(each)
            except BaseException:
                for path, mark in present.items():
                    self._shop.ensure(path, mark, self._shop.observer.tree(path))
                settled()
                raise
            placed = [self._remembered(each, present) for each in placed]
            for each in placed:
                self._shop.ledger.put(each.standing.member.path, book(each.standing, each.mark))
            settled()
        return placed

    def _remembered(self, placed: Placed, present: Mapping[Path, Mark]) -> Placed:
        """Let a path's lineage know that what was replaced is in the store."""
        standing = placed.standing
        mark = present.get(standing.member.path)
        if mark is None or standing.is_rewound:
            return placed
        lineage = kept(standing.lineage, mark)
        if lineage.root == mark:
            self._shop.stay(str(standing.member.path), mark)
        return replace(placed, standing=replace(standing, lineage=lineage))

    def _put(self, placed: Placed) -> None:
        standing = placed.standing
        self._shop.ensure(standing.member.path, placed.mark, standing.present)


def _begins(placed: Placed) -> bool:
    """Tell whether a path's own beginning has to be kept, though this step leaves it as it is."""
    standing = placed.standing
    return (
        standing.member.use.writes
        and not standing.is_rewound
        and not standing.lineage.last.can_be_put_back
    )


def _present_state(placed: Placed) -> str:
    tree: Tree | None = placed.standing.present
    return ABSENT if tree is None else tree.state
