"""Points of a plot in one piece, for tests that compare numbers."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from casa_plots.asked import Asked, Averaging, Selection, Transform
from casa_plots.axes import Axis, Column, Quantity
from casa_plots.blocks import Block
from casa_plots.sources import open_source
from casacore import tables
from numpy.typing import NDArray

Values = NDArray[Any]


@dataclass(frozen=True)
class Together:
    """All blocks of a source as one; arrays are (rows, channels, correlations)."""

    values: dict[Quantity, Values]
    flagged: NDArray[np.bool_]
    rows: NDArray[np.int64]
    blocks: list[Block]

    def __getitem__(self, axis: Axis) -> Values:
        (found,) = [values for quantity, values in self.values.items() if quantity.axis is axis]
        return found


def read(
    path: Path,
    *quantities: Axis | Quantity,
    selection: Selection | None = None,
    averaging: Averaging | None = None,
    transform: Transform | None = None,
    block_points: int = 4_000_000,
) -> Together:
    """Read everything; all blocks must have one number of channels and correlations."""
    asked = Asked(
        str(path), selection or Selection(), averaging or Averaging(), transform or Transform()
    )
    source = open_source(asked, block_points=block_points)
    wanted = [each if isinstance(each, Quantity) else Quantity(each) for each in quantities]
    blocks = list(source.blocks(wanted))
    return Together(
        {
            each: np.concatenate([np.broadcast_to(b.values[each], b.shape) for b in blocks])
            for each in wanted
        },
        np.concatenate([np.broadcast_to(b.flagged, b.shape) for b in blocks]),
        np.concatenate([b.rows for b in blocks]),
        blocks,
    )


def column(path: Path, name: str) -> Values:
    """Return a whole column of a table, as it is on disk."""
    with tables.table(str(path), ack=False) as table:
        return np.asarray(table.getcol(name))


def of(axis: Axis, column_name: Column) -> Quantity:
    """Return a quantity of a column."""
    return Quantity(axis, column_name)
