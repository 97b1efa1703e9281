"""Weighted sums of visibilities, group by group and bin by bin."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from casa_plots.visibilities.averaging.bins import Bins

Integers = NDArray[np.int64]
Values = NDArray[Any]
Shape = tuple[int, int, int]


class Weighted:
    """A sum of products with weights, and the sum of the weights; float64."""

    def __init__(self, shape: Shape) -> None:
        self._shape = shape
        self.weights = np.zeros(shape)
        self.totals: dict[str, Values] = {}

    def add(self, where: "Where", weights: Values, values: Mapping[str, Values]) -> None:
        """Add visibilities with their weights, which are zero for what does not count."""
        self.weights[where.groups] += where.added(weights, np.float64)
        for name, each in values.items():
            dtype = np.complex128 if np.iscomplexobj(each) else np.float64
            # A weight of zero must also silence what is not a number.
            product = np.where(weights > 0, each * weights, 0)
            if name not in self.totals:
                self.totals[name] = np.zeros(self._shape, dtype)
            self.totals[name][where.groups] += where.added(product, dtype)

    def mean(self, name: str) -> Values:
        """Return the weighted mean, NaN where the weights are zero."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(self.totals[name] / self.weights)


class Where:
    """To which groups and bins the rows of a chunk are added.

    Parameters
    ----------
    groups : ndarray of int64
        Of each row, counted from the first of the batch.
    bins : Bins
        Of channels.
    """

    def __init__(self, groups: Integers, bins: Bins) -> None:
        order = np.argsort(groups, kind="stable")
        self._order = None if (order[:-1] <= order[1:]).all() else order
        ordered = groups if self._order is None else groups[order]
        self._starts = np.flatnonzero(np.diff(ordered, prepend=ordered[:1] - 1))
        self._bins = bins
        self._single = len(self._starts) == len(groups)
        self.groups: Integers = ordered[self._starts]

    def added(self, values: Values, dtype: type[np.generic]) -> Values:
        """Return sums of shape (groups here, bins, correlations)."""
        return self.rows_added(self._bins.add(values, dtype))

    def rows_added(self, values: Values, how: np.ufunc = np.add) -> Values:
        """Return sums, or what else, of what has a row for each row."""
        ordered = values if self._order is None else values[self._order]
        if self._single:
            return ordered
        return np.asarray(how.reduceat(ordered, self._starts, axis=0))


class Sums:
    """What one batch of groups is averaged from.

    What is flagged counts only where nothing else is there; such averages are flagged.

    Parameters
    ----------
    shape : tuple of int
        Groups, bins, correlations.
    """

    def __init__(self, shape: Shape) -> None:
        self._shape = shape
        self._good: dict[str, Weighted] = {}
        self._bad: dict[str, Weighted] = {}
        self._counts = np.zeros(shape, np.int32)

    def add(
        self,
        where: Where,
        flags: NDArray[np.bool_],
        weights: Mapping[str, Values],
        values: Mapping[str, Mapping[str, Values]],
    ) -> None:
        """Add a chunk.

        Parameters
        ----------
        where : Where
            Its groups and bins.
        flags : ndarray of bool
            (rows, channels, correlations).
        weights : mapping of str to ndarray
            By kind; broadcasts.
        values : mapping of str to mapping of str to ndarray
            By the kind of weight that is theirs, then by name.
        """
        self._counts[where.groups] += where.added(~flags, np.int32)
        flagged = bool(flags.any())
        for kind, each in weights.items():
            mine = values.get(kind, {})
            each = np.broadcast_to(each, flags.shape)  # noqa: PLW2901 - the same, in full
            good = self._good.setdefault(kind, Weighted(self._shape))
            good.add(where, np.where(flags, 0, each) if flagged else each, mine)
            if flagged:
                bad = self._bad.setdefault(kind, Weighted(self._shape))
                bad.add(where, np.where(flags, each, 0), mine)

    @property
    def flagged(self) -> NDArray[np.bool_]:
        """Where there was nothing that is not flagged."""
        return np.asarray(self._counts == 0)

    def mean(self, kind: str, name: str) -> Values:
        """Return the average of visibilities."""
        good = self._good[kind].mean(name)
        if kind not in self._bad:
            return good
        return np.where(self.flagged, self._bad[kind].mean(name), good)

    def weight(self, kind: str) -> NDArray[np.float64]:
        """Return the sum of the weights that the averages have."""
        good = self._good[kind].weights
        if kind not in self._bad:
            return good
        return np.where(self.flagged, self._bad[kind].weights, good)
