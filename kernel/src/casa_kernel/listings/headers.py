"""The dictionaries of ``imhead`` and ``vishead`` as tables: pure functions."""

import math
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from casa_kernel.listings.table import Column, Listing, Table, listing, without_empty_columns
from casa_kernel.listings.values import beam_text, sexagesimal, text, time_text

_KEYWORD_COLUMNS: Final = (Column("keyword"), Column("value"))
_AXIS_COLUMNS: Final = (
    Column("axis", "", True),
    Column("name"),
    Column("pixels", "", True),
    Column("tile", "", True),
    Column("reference pixel", "", True),
    Column("value there"),
    Column("increment", "", True),
    Column("unit"),
)
_BEAM_COLUMNS: Final = (
    Column("channel", "", True),
    Column("polarization", "", True),
    Column("major x minor, position angle"),
)
_PLAIN: Final = {
    "imagetype": "quantity",
    "unit": "unit",
    "masks": "masks",
    "defaultmask": "default mask",
    "restoringbeam": "restoring beam",
    "messages": "messages",
}

Header = Mapping[str, Any]
"""What the task returned; its values are CASA's."""


def image_keywords(title: str, header: Header) -> Listing:
    """Return the dictionary of ``imhead(mode='list')``: a row for each keyword."""
    rows = tuple((name, text(value)) for name, value in header.items() if name != "perplanebeams")
    tables = [Table("Header", _KEYWORD_COLUMNS, rows), _beams(header.get("perplanebeams", {}))]
    return listing(title, tables)


def image_summary(title: str, header: Header) -> Listing:
    """Return the dictionary of ``imhead(mode='summary')``: what it is, its axes, its beams."""
    rows = tuple((word, text(header[name])) for name, word in _PLAIN.items() if name in header)
    about = Table("Image", _KEYWORD_COLUMNS, tuple(row for row in rows if row[1]))
    beams = header.get("perplanebeams", {}).get("beams", {})
    return listing(title, [about, _axes(header), _beams(beams)])


def vis_keywords(title: str, header: Header) -> Listing:
    """Return the dictionary of ``vishead(mode='list')``.

    Parameters
    ----------
    title : str
        Name of the MeasurementSet.
    header : mapping
        Keyword to a pair: the column's values (a dictionary of them where the cells are arrays),
        and the column's keywords.
    """
    rows = tuple((name, _vis_value(*pair)) for name, pair in header.items())
    return listing(title, [Table("Header", _KEYWORD_COLUMNS, rows)])


def _vis_value(values: Mapping[str, Any] | Iterable[Any], about: Header) -> str:
    # CASA gives False where a cell holds no array.
    cells = values.values() if isinstance(values, Mapping) else values
    measure = about.get("MEASINFO", {})
    if measure.get("type") == "epoch":
        return ", ".join(f"{time_text(float(cell))} {measure.get('Ref', '')}" for cell in cells)
    return ", ".join(text(cell) for cell in cells if cell is not False)


def _axes(header: Header) -> Table:
    names = ("axisnames", "shape", "tileshape", "refpix", "refval", "incr", "axisunits")
    rows = tuple(
        _axis(number, *values)
        for number, values in enumerate(zip(*(header[name] for name in names), strict=True))
    )
    return without_empty_columns(Table("Axes", _AXIS_COLUMNS, rows))


def _axis(
    number: int, name: str, pixels: int, tile: int, at: float, value: float, step: float, unit: str
) -> tuple[str, ...]:
    there, increment = f"{value:.12g}", f"{step:.8g}"
    if unit == "rad":
        # Directions in the units that an astronomer reads.
        there = sexagesimal(value, hours=name in {"Right Ascension", "Hour Angle"})
        increment, unit = f"{math.degrees(step) * 3600:.8g}", "arcsec"
    return (str(number), name, str(pixels), str(tile), f"{at:g}", there, increment, unit)


def _beams(beams: Header) -> Table:
    return without_empty_columns(Table("Restoring beams", _BEAM_COLUMNS, tuple(_beam_rows(beams))))


def _beam_rows(beams: Header) -> Iterator[tuple[str, ...]]:
    # Planes are named ``*0``, ``*1``; beside them stand counts and the median beam.
    for channel, planes in beams.items():
        if not channel.startswith("*"):
            continue
        # One polarization has no level of its own in mode 'list'.
        by_polarization = {"*": planes} if "major" in planes else planes
        for polarization, beam in by_polarization.items():
            yield channel[1:], polarization[1:], beam_text(beam)
