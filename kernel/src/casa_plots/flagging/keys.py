"""Numbers for combinations of values: what rows have in common."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]
Column = NDArray[Any]


class Keys:
    """Combinations of values, numbered from 0.

    Parameters
    ----------
    columns : sequence of ndarray
        One value per row in each.

    Attributes
    ----------
    numbers : ndarray of int64
        Of the rows that were given; equal where all values are equal.
    """

    def __init__(self, columns: Sequence[Column]) -> None:
        self._levels: list[tuple[Column, Integers]] = []
        numbers = np.zeros(len(columns[0]), np.int64)
        # Two columns at a time: a product of all their sizes would not fit into an integer.
        for column in columns:
            values = np.unique(column)
            joint = numbers * len(values) + np.searchsorted(values, column)
            combinations = np.unique(joint)
            self._levels.append((values, combinations))
            numbers = np.searchsorted(combinations, joint)
        self.numbers: Integers = numbers

    def find(self, columns: Sequence[Column]) -> Integers:
        """Return the numbers of other rows, -1 for a combination that was not given."""
        numbers = np.zeros(len(columns[0]), np.int64)
        known = np.ones(len(numbers), bool)
        for column, (values, combinations) in zip(columns, self._levels, strict=True):
            if not len(values):
                return np.full(len(numbers), -1)
            places = np.minimum(np.searchsorted(values, column), len(values) - 1)
            known &= values[places] == column
            joint = numbers * len(values) + places
            numbers = np.minimum(np.searchsorted(combinations, joint), len(combinations) - 1)
            known &= combinations[numbers] == joint
        return np.where(known, numbers, -1)
