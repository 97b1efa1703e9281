"""What can be said above plots: file, project, observer, target, under CASA's words."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from casa_plots.errors import InvalidParameterError, MissingDataError
from casa_plots.plotms.iteration import Family
from casa_plots.tables import Table, opened, subtable
from casa_plots.times import clock, day_of, time_scale

_TITLES: Final = {
    "filename": "File",
    "ycolumn": "Y columns",
    "obsdate": "Date",
    "obstime": "Start",
    "observer": "Observer",
    "projid": "Project",
    "telescope": "Telescope",
    "targname": "Target",
    "targdir": "Direction",
}
_COLUMNS: Final = {"observer": "OBSERVER", "projid": "PROJECT", "telescope": "TELESCOPE_NAME"}
_PER_LINE: Final = 3


def check_items(items: Sequence[str]) -> None:
    """Raise `InvalidParameterError` for a header item that there is none of."""
    for each in items:
        if each not in _TITLES:
            raise InvalidParameterError(
                f"headeritems has {each!r}: it can have {', '.join(_TITLES)}."
            )


def header_lines(family: Family, items: Sequence[str]) -> list[str]:
    """Return the lines of a header, some items in each.

    Raises
    ------
    MissingDataError
        The table lacks what would be said.
    """
    if not items:
        return []
    said = [f"{_TITLES[each]}: {text}" for each, text in _texts(family, items) if text]
    return ["    ".join(said[n : n + _PER_LINE]) for n in range(0, len(said), _PER_LINE)]


def _texts(family: Family, items: Sequence[str]) -> list[tuple[str, str]]:
    path = family.source.path
    found: dict[str, str] = {
        "filename": path.name,
        "ycolumn": ", ".join(
            dict.fromkeys(each.y.column.value for each in family.plot.layers if each.y.column)
        ),
    }
    if set(items) - set(found):
        with opened(path) as table:
            if family.measurement_set:
                with subtable(table, "OBSERVATION") as observation:
                    found |= _observation(observation)
                with subtable(table, "FIELD") as fields:
                    found |= _target(fields, table)
    missing = [each for each in items if each not in found]
    if missing:
        raise MissingDataError(
            f"{path} says nothing about {', '.join(missing)}: it is no MeasurementSet. Leave them "
            "out of headeritems."
        )
    return [(each, found[each]) for each in items]


def _observation(table: Table) -> dict[str, str]:
    if not table.nrows():
        return dict.fromkeys(["obsdate", "obstime", *_COLUMNS], "")
    start = float(np.atleast_1d(table.getcell("TIME_RANGE", 0))[0])
    scale = time_scale(table, "TIME_RANGE")
    own = {item: str(table.getcell(name, 0)) for item, name in _COLUMNS.items()}
    return {**own, "obsdate": day_of(start), "obstime": f"{clock(start, 1)} {scale}"}


def _target(fields: Table, table: Table) -> dict[str, str]:
    """Return name and direction of the field of the first row, as CASA does."""
    number = int(table.getcell("FIELD_ID", 0)) if table.nrows() else 0
    direction = np.asarray(fields.getcell("PHASE_DIR", number)).reshape(-1, 2)[0]
    hours, degrees = np.degrees(direction[0]) % 360 / 15, np.degrees(direction[1])
    return {
        "targname": str(fields.getcell("NAME", number)),
        "targdir": f"{_sexagesimal(hours, 2)} {'−' if degrees < 0 else '+'}"  # noqa: RUF001
        f"{_sexagesimal(abs(degrees), 1)}",
    }


def _sexagesimal(value: float, digits: int) -> str:
    whole = round(value * 3600, digits)
    first, rest = divmod(whole, 3600)
    second, third = divmod(rest, 60)
    return f"{int(first):02d}:{int(second):02d}:{third:0{digits + 3}.{digits}f}"
