"""Reading the cells of a few rows of a table as text: never more of an array than is shown."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from casa_kernel.listings.reader import TableTool
from casa_kernel.listings.table import Column
from casa_kernel.listings.values import (
    DOUBLE,
    FIRST,
    IN_ARRAY,
    SINGLE,
    array_text,
    number_text,
    time_text,
)

_SINGLE_TYPES: Final = {"float", "complex"}


@dataclass(frozen=True, slots=True)
class ColumnInfo:
    """What a table says of one of its columns.

    Attributes
    ----------
    name, kind, comment, manager : str
        Name, type of its values, comment, and the storage manager that keeps it.
    dimensions : str
        ``scalar``, a number of axes, a shape, or ``any``.
    units : str
        Units of its values, one or one for each.
    measure : str
        What is measured and in which frame, such as ``epoch TAI``.
    """

    name: str
    kind: str
    dimensions: str
    units: str
    measure: str
    comment: str
    manager: str

    @property
    def is_scalar(self) -> bool:
        """Whether its cells hold one value."""
        return self.dimensions == "scalar"

    @property
    def is_time(self) -> bool:
        """Whether its cells are times in seconds since the zero of MJD."""
        return self.is_scalar and self.measure.startswith("epoch ") and self.units == "s"

    @property
    def heading(self) -> Column:
        """The column of a table that shows its cells."""
        if self.is_time:
            return Column(self.name, self.measure.removeprefix("epoch "))
        numeric = self.is_scalar and self.kind not in {"string", "boolean", "record"}
        return Column(self.name, self.units, numeric)


def column_info(tool: TableTool, name: str) -> ColumnInfo:
    """Return the description of a column of an open table."""
    about = tool.getcoldesc(name)
    keywords = about.get("keywords", {})
    units = keywords.get("QuantumUnits", keywords.get("UNIT", ""))
    measure = keywords.get("MEASINFO", {})
    return ColumnInfo(
        name=name,
        kind=str(about["valueType"]),
        dimensions=_dimensions(about),
        units=", ".join(dict.fromkeys(map(str, np.atleast_1d(units)))),
        measure=" ".join(str(measure[key]) for key in ("type", "Ref") if key in measure),
        comment=str(about.get("comment", "")),
        manager=str(about.get("dataManagerType", "")),
    )


def column_cells(rows: TableTool, column: ColumnInfo) -> list[str]:
    """Return the cells of a column, for all rows of a table that has only the wanted ones."""
    count = rows.nrows()
    if count == 0:
        return []
    scalar, in_array = (SINGLE, SINGLE) if column.kind in _SINGLE_TYPES else (DOUBLE, IN_ARRAY)
    if column.is_time:
        return [time_text(float(value)) for value in rows.getcol(column.name)]
    if column.is_scalar:
        return [number_text(value, scalar) for value in rows.getcol(column.name)]
    if column.kind == "string":
        return [_strings(rows, column.name, row) for row in range(count)]
    return [_array(rows, column.name, row, in_array) for row in range(count)]


def _strings(rows: TableTool, name: str, row: int) -> str:
    # CASA calls a cell defined whose array of strings was never written, and gives False for it.
    (value,) = rows.getvarcol(name, row, 1).values()
    return array_text(value[..., 0]) if isinstance(value, np.ndarray) else ""


def _array(rows: TableTool, name: str, row: int, digits: int) -> str:
    if not rows.iscelldefined(name, row):
        return ""
    (shape_text,) = rows.getcolshapestring(name, row, 1)
    shape = tuple(int(size) for size in shape_text.strip("[]").split(",") if size.strip())
    if not all(shape):
        return array_text(np.empty(0), shape)
    last = [size - 1 for size in beginning(shape)]
    zeros, ones = [0] * len(shape), [1] * len(shape)
    return array_text(rows.getcellslice(name, row, zeros, last, ones), shape, digits)


def beginning(shape: tuple[int, ...]) -> tuple[int, ...]:
    """Return the shape of a corner of an array that holds its first values, at most `FIRST`."""
    sizes, remaining = [], FIRST
    for size in shape:
        sizes.append(min(size, remaining))
        # Another row of a corner that was cut would not be the next values.
        remaining = remaining // size if size <= remaining else 1
    return tuple(sizes)


def _dimensions(about: dict[str, object]) -> str:
    if "ndim" not in about:
        return "scalar"
    shape = about.get("shape")
    if isinstance(shape, np.ndarray | list):
        return " x ".join(str(size) for size in shape)
    return f"{about['ndim']} axes" if about["ndim"] != -1 else "any"
