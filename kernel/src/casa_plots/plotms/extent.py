"""How far values reach: limits, counts and categories, found in one pass."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from casa_plots.axes import Quantity
from casa_plots.blocks import Block


@dataclass(frozen=True, slots=True)
class Limits:
    """The least and the greatest value; ``low > high`` where there is none."""

    low: float = float("inf")
    high: float = float("-inf")

    @property
    def some(self) -> bool:
        """Whether there is any value."""
        return self.low <= self.high

    def joined(self, other: "Limits") -> "Limits":
        """Return the limits of both."""
        return Limits(min(self.low, other.low), max(self.high, other.high))


@dataclass(slots=True)
class Survey:
    """What a pass over points found.

    Attributes
    ----------
    points, flagged, drawable : int
        All points; flagged ones; unflagged ones with a finite value of every quantity along y.
    plain, all : mapping of Quantity to Limits
        Of unflagged points, and of all.
    categories : mapping of int to int
        How many points there are of each category, for the quantity that gives colour.
    """

    points: int = 0
    flagged: int = 0
    drawable: int = 0
    plain: dict[Quantity, Limits] = field(default_factory=dict)
    all: dict[Quantity, Limits] = field(default_factory=dict)
    categories: dict[int, int] = field(default_factory=dict)


def survey(
    blocks: Iterable[Block],
    quantities: Sequence[Quantity],
    along_y: Sequence[Quantity] = (),
    category: Quantity | None = None,
) -> Survey:
    """Return limits and counts of blocks.

    Parameters
    ----------
    blocks : iterable of Block
        With values of all quantities.
    quantities : sequence of Quantity
        Of which limits are wanted.
    along_y : sequence of Quantity
        Those which a point must have to be drawn.
    category : Quantity, optional
        One of whole numbers, to be counted.
    """
    found = Survey()
    for block in blocks:
        whole = np.broadcast_to(block.flagged, block.shape)
        count = int(np.prod(block.shape))
        flagged = _true(block.flagged, block.shape)
        found.points += count
        found.flagged += flagged
        missing = max((_missing(block, each) for each in along_y), default=0)
        found.drawable += count - flagged - missing
        for each in quantities:
            values = block.values[each]
            shown = None if not flagged else ~_everywhere(whole, values.shape)
            plain = limits(values, shown)
            every = plain if shown is None else limits(values)
            found.plain[each] = found.plain.get(each, Limits()).joined(plain)
            found.all[each] = found.all.get(each, Limits()).joined(every)
        if category is not None:
            _count(found.categories, block, category)
    return found


def limits(values: NDArray[Any], shown: NDArray[np.bool_] | None = None) -> Limits:
    """Return the limits of finite values, of those that are shown where that is said."""
    taken = values if shown is None else values[shown]
    if not taken.size:
        return Limits()
    low, high = float(taken.min()), float(taken.max())
    if np.isfinite(low) and np.isfinite(high):
        return Limits(low, high)
    finite = taken[np.isfinite(taken)]
    return Limits(float(finite.min()), float(finite.max())) if finite.size else Limits()


def padded(found: Limits, part: float = 0.03) -> tuple[float, float]:
    """Return the ends of an axis that leaves some room around values; never of no length."""
    if not found.some:
        return 0.0, 1.0
    room = (found.high - found.low) * part
    if room <= abs(found.high) * 1e-12:  # a constant: some room around it
        room = abs(found.high) * 0.05 or 1.0
    return found.low - room, found.high + room


def _true(flags: NDArray[np.bool_], shape: tuple[int, int, int]) -> int:
    return int(np.count_nonzero(flags)) * int(np.prod(shape)) // max(flags.size, 1)


def _missing(block: Block, quantity: Quantity) -> int:
    values = block.values[quantity]
    if values.dtype.kind != "f" or np.isfinite(values.sum(dtype=float)):
        return 0
    bad = np.broadcast_to(~np.isfinite(values), block.shape)
    return int(np.count_nonzero(bad & ~np.broadcast_to(block.flagged, block.shape)))


def _everywhere(flags: NDArray[np.bool_], shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """Return where everything that a value stands for is flagged."""
    axes = tuple(n for n, length in enumerate(shape) if length == 1 < flags.shape[n])
    return np.asarray(flags.all(axis=axes, keepdims=True)) if axes else flags


def _count(into: dict[int, int], block: Block, category: Quantity) -> None:
    values = np.asarray(block.values[category])
    each = int(np.prod(block.shape)) // max(values.size, 1)
    finite = values[np.isfinite(values)].astype(np.int64)
    for value, count in zip(*np.unique(finite, return_counts=True), strict=True):
        into[int(value)] = into.get(int(value), 0) + int(count) * each


def together(surveys: Iterable[Mapping[Quantity, Limits]], quantity: Quantity) -> Limits:
    """Return the limits of a quantity in several surveys."""
    found = Limits()
    for each in surveys:
        found = found.joined(each.get(quantity, Limits()))
    return found
