"""Which paths a step's touches come to, when some are families of files."""

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from recompute.errors import PlaceError
from recompute.model import Touch, Use


@dataclass(frozen=True, slots=True)
class Member:
    """One path of a touch.

    Attributes
    ----------
    ending : str
        What of a family; empty otherwise.
    """

    slot: str
    ending: str
    path: Path
    use: Use

    @property
    def name(self) -> str:
        """The slot with the ending, ``imagename.image``."""
        return self.slot + self.ending


Known = Callable[[Path], Iterable[str]]
"""Gives the names in a directory of which there is a lineage."""


def members_of(touches: Iterable[Touch], known: Known) -> tuple[Member, ...]:
    """Return every path that the touches come to, each once, in the order of the touches.

    Parameters
    ----------
    touches : iterable of Touch
        What a step reads and writes.
    known : callable
        Members of a family that were there once count as well, though nothing is there now.

    Raises
    ------
    PlaceError
        A directory cannot be read.
    """
    found: dict[Path, Member] = {}
    for touch in touches:
        for member in _members(touch, known):
            before = found.get(member.path)
            found[member.path] = member if before is None else both(before, member)
    return tuple(found.values())


def _members(touch: Touch, known: Known) -> list[Member]:
    if not touch.family:
        return [Member(touch.slot, "", touch.path, touch.use)]
    directory, base = touch.path.parent, touch.path.name
    names = {*_names(directory), *known(directory)}
    return [
        Member(touch.slot, ending, directory / f"{base}{ending}", touch.use)
        for ending in touch.family
        if f"{base}{ending}" in names
    ]


def _names(directory: Path) -> list[str]:
    try:
        return os.listdir(directory)  # noqa: PTH208 - names, and as few calls as can be
    except FileNotFoundError:
        return []
    except OSError as error:
        raise PlaceError(
            f"{directory} cannot be read ({error.strerror}): the step's files are looked for there."
        ) from error


def both(one: Member, other: Member) -> Member:
    """Return the member whose use comes to both: what is read and written is updated."""
    if one.use is other.use or not other.use.writes:
        return one
    if not one.use.writes or one.use is Use.UPDATE:
        return Member(one.slot, one.ending, one.path, Use.UPDATE)
    return Member(one.slot, one.ending, one.path, other.use)
