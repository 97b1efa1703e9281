"""The mask of an image while somebody edits it: planes, what was done to them, and back again."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from casa_plots.cleaning.outlines import Mask, inside
from casa_plots.inside import Outline

_REMEMBERED: Final = 100

Plane = tuple[int, int]
"""Stokes and channel, counted from 0."""


@dataclass(frozen=True, slots=True)
class Edit:
    """Something that was done to a mask.

    Attributes
    ----------
    outline : Outline, optional
        What was drawn; None for all pixels.
    adds : bool
        Whether its inside becomes part of the mask, or is taken away.
    planes : tuple of Plane
        Where.
    """

    outline: Outline | None
    adds: bool
    planes: tuple[Plane, ...]


@dataclass(slots=True)
class Masks:
    """The mask of all planes.

    Arrays are never changed, so planes and the past share them: a mask that is the same in a
    thousand channels is one array.

    Attributes
    ----------
    shape : tuple of int
        Pixels along x and y, Stokes planes, channels.
    planes : mapping of Plane to ndarray of bool
        ``(nx, ny)`` each, of those that are not empty.
    """

    shape: tuple[int, int, int, int]
    planes: Mapping[Plane, Mask] = field(default_factory=dict)
    _past: list[Mapping[Plane, Mask]] = field(default_factory=list)
    _future: list[Mapping[Plane, Mask]] = field(default_factory=list)

    def plane(self, plane: Plane) -> Mask:
        """Return the mask of a plane, ``(nx, ny)``; it is not to be changed."""
        found = self.planes.get(plane)
        return np.zeros(self.shape[:2], dtype=bool) if found is None else found

    @property
    def total(self) -> int:
        """Pixels in the mask, of all planes."""
        return sum(int(each.sum()) for each in self.planes.values())

    @property
    def is_empty(self) -> bool:
        """Whether no pixel is in it."""
        return not any(each.any() for each in self.planes.values())

    @property
    def can_undo(self) -> bool:
        """Whether something was done that can be taken back."""
        return bool(self._past)

    @property
    def can_redo(self) -> bool:
        """Whether something was taken back."""
        return bool(self._future)

    def every_plane(
        self, *, stokes: int | None = None, channel: int | None = None
    ) -> tuple[Plane, ...]:
        """Return the planes of one Stokes parameter or one channel; None means all of them."""
        chosen = range(self.shape[2]) if stokes is None else (stokes,)
        channels = range(self.shape[3]) if channel is None else (channel,)
        return tuple((one, other) for one in chosen for other in channels)

    def edit(self, edit: Edit) -> None:
        """Do something to the mask.

        Raises
        ------
        InputError
            The outline has no inside.
        """
        size = self.shape[:2]
        pixels = np.ones(size, dtype=bool) if edit.outline is None else inside(edit.outline, size)
        planes = dict(self.planes)
        # The same array in, the same array out, for all planes that share it.
        changed: dict[int, Mask] = {}
        for plane in edit.planes:
            old = self.planes.get(plane)
            if id(old) not in changed:
                changed[id(old)] = _changed(old, pixels, adds=edit.adds)
            planes[plane] = changed[id(old)]
        self._go({key: value for key, value in planes.items() if value.any()})

    def replace(self, planes: Mapping[Plane, Mask]) -> None:
        """Let others found masks of all planes take the place of this one; it can be undone."""
        self._go(dict(planes))

    def undo(self) -> bool:
        """Take back what was done last; return whether there was something."""
        return self._move(self._past, self._future)

    def redo(self) -> bool:
        """Do again what was taken back."""
        return self._move(self._future, self._past)

    def settle(self) -> None:
        """Forget the past: a cycle used the mask, and has an undo of its own."""
        self._past.clear()
        self._future.clear()

    def equals(self, planes: Mapping[Plane, Mask]) -> bool:
        """Return whether the mask is the same as another one."""
        if self.planes.keys() != planes.keys():
            return False
        return all(
            each is planes[key] or np.array_equal(each, planes[key])
            for key, each in self.planes.items()
        )

    def _go(self, planes: Mapping[Plane, Mask]) -> None:
        self._past = [*self._past[-_REMEMBERED:], self.planes]
        self._future.clear()
        self.planes = planes

    def _move(self, source: list[Mapping[Plane, Mask]], target: list[Mapping[Plane, Mask]]) -> bool:
        if not source:
            return False
        target.append(self.planes)
        self.planes = source.pop()
        return True


def shared(planes: Iterable[tuple[Plane, Mask]]) -> dict[Plane, Mask]:
    """Return planes that are not empty, with one array for those that follow and are equal."""
    found: dict[Plane, Mask] = {}
    last: Mask | None = None
    for key, mask in planes:
        if not mask.any():
            continue
        last = last if last is not None and np.array_equal(last, mask) else mask
        found[key] = last
    return found


def _changed(old: Mask | None, pixels: Mask, *, adds: bool) -> Mask:
    if old is None:
        return pixels if adds else np.zeros_like(pixels)
    return old | pixels if adds else old & ~pixels
