"""Values in blocks: what readers give and what drawing takes."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from casa_plots.axes import Quantity


@dataclass(frozen=True, slots=True)
class Block:
    """The values of one part of a table.

    Every point is one of ``rows x channels x correlations``; averaged points are no different.

    Attributes
    ----------
    shape : tuple of int
        Rows, channels, correlations; for calibration tables solutions, channels, polarisations.
    values : mapping of Quantity to ndarray
        One array per quantity asked for; it broadcasts to `shape`, so what is the same for a whole
        row has the shape ``(rows, 1, 1)``. Floating point, NaN where there is no value; categorical
        quantities (field, antenna, corr, …) are integers, see `Source.names`. `Axis.ANTENNA`
        doubles the rows.
    flagged : ndarray of bool
        Broadcasts to `shape`.
    rows : ndarray of int64
        ``(rows,)``: row numbers in the table on disk. For averaged points the first of the rows.
    channels : ndarray of int64
        ``(rows, channels)`` or ``(1, channels)``: channel numbers; the first of averaged ones.
    """

    shape: tuple[int, int, int]
    values: Mapping[Quantity, NDArray[Any]]
    flagged: NDArray[np.bool_]
    rows: NDArray[np.int64]
    channels: NDArray[np.int64]


class Source(Protocol):
    """Selected, perhaps averaged points of one table."""

    @property
    def path(self) -> Path:
        """The table."""

    @property
    def time_scale(self) -> str:
        """Casacore's name of the scale of its times: ``UTC``, or ``TAI`` as of old VLA data."""

    @property
    def description(self) -> str:
        """What was selected and averaged, for a title."""

    @property
    def points(self) -> int:
        """About how many points all blocks hold, flagged ones included, before averaging."""

    def names(self, quantity: Quantity) -> Sequence[str] | None:
        """Return what the integers of a categorical quantity stand for, None for a measured one."""

    def blocks(self, quantities: Sequence[Quantity]) -> Iterator[Block]:
        """Yield all points, block by block.

        No block has more than the points that the source was made for. An interrupt between two
        blocks leaves nothing open or locked.

        Raises
        ------
        MissingDataError
            The table has no such column.
        UnsupportedError
            There is no such quantity of this kind of table.
        """
