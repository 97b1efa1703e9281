"""What casaplotms calls values in the names of files: ``Antenna1@VLA:N7``, ``Scan3``."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np

from casa_plots.axes import Axis, Quantity
from casa_plots.plotms.iteration import Cell, Family
from casa_plots.tables import opened, subtable
from casa_plots.times import clock

_UNFIT: Final = re.compile(r"[/\\\s\x00-\x1f]+")
_TICK: Final = 0.0001  # seconds: how exact times are in names


def names(path: Path, pages: Sequence[Sequence[Cell]]) -> list[Path]:
    """Return a file for each page, as casaplotms calls them.

    What is on a page of iterated plots follows the stem of the name, and the number of the page
    from the second on: ``a_Scan1.png``, ``a_Scan2_2.png``.
    """
    found: list[Path] = []
    for number, cells in enumerate(pages, 1):
        stem = "_".join(filter(None, (path.stem, _values(cells), str(number) * (number > 1))))
        found.append(path.with_name(f"{stem}{path.suffix}"))
    return found


def stations(family: Family) -> list[str]:
    """Return antennas as casaplotms names them, ``VA01@W8``."""
    with opened(family.source.path) as table, subtable(table, "ANTENNA") as antennas:
        pairs = zip(antennas.getcol("NAME"), antennas.getcol("STATION"), strict=True)
        return [f"{name}@{station}" for name, station in pairs]


def _values(cells: Sequence[Cell]) -> str:
    found: dict[str, list[str]] = {}
    for cell in cells:
        for family, value in cell.content:
            if value is not None and family.plot.iteration is not None:
                over = family.plot.iteration.over
                text = _UNFIT.sub("_", _value(family, over, value))
                found.setdefault(over.axis.value.capitalize(), []).append(text)
    return "_".join(f"{axis}{','.join(dict.fromkeys(texts))}" for axis, texts in found.items())


def _value(family: Family, over: Quantity, value: float) -> str:
    if over.axis in {Axis.ANTENNA, Axis.ANTENNA1, Axis.ANTENNA2}:
        return stations(family)[int(value)]
    if over.axis is Axis.BASELINE:
        return _baseline(family, value)
    if over.axis is Axis.TIME:
        return clock(value, _TICK)
    return family.name(over, value)


def _baseline(family: Family, value: float) -> str:
    """Return the antennas of a baseline and how far they are from each other."""
    names_ = family.source.names(Quantity(Axis.ANTENNA1)) or ()
    baselines = family.source.names(Quantity(Axis.BASELINE)) or ()
    pairs = [f"{one}&{other}" for one in names_ for other in names_]
    if int(value) >= len(baselines) or baselines[int(value)] not in pairs:
        return family.name(Quantity(Axis.BASELINE), value)
    one, other = divmod(pairs.index(baselines[int(value)]), len(names_))
    with opened(family.source.path) as table, subtable(table, "ANTENNA") as antennas:
        ends = [np.asarray(antennas.getcell("POSITION", each)) for each in (one, other)]
    called = stations(family)
    length = round(float(np.linalg.norm(ends[0] - ends[1])))
    return f"{called[one]}_with_{called[other]}_{length}m"
