"""The texts of ``listvis`` and ``listcal``, whose rows stand below a rule such as ``----|---|``.

Pure functions. Columns have no fixed widths, but the rule marks where each ends. A text that does
not obey its rules gives no table; it is shown as text in any case.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Final

from casa_kernel.listings.table import Column, Listing, Table, listing, without_empty_columns

_RULE: Final = re.compile(r"-+\|(?:-+\|)+\s*")
_ROW: Final = re.compile(r"\s*\d\d:\d\d:\d\d")
_CONSTANT: Final = re.compile(r"^(FIELD|SPW|CHANNEL|SCAN): (\S+)")
_CALIBRATION: Final = re.compile(
    r"SpwID = (?P<spw>\d+), Date = (?P<date>\S+?), +CalTable = (?P<name>.*?) \((?P<type>.*?)\)"
)
_PRODUCT: Final = re.compile(r"([A-Z][A-Za-z]?):")
_ANTENNA: Final = re.compile(r"Ant = (.*?) *\|")

_TEXT: Final = frozenset({"time", "field", "baseline", "antenna", "flag"})
_LABELS: Final = {
    "Intrf": "baseline",
    "UVDist": "uv distance",
    "Chn": "channel",
    "Amp": "amplitude",
    "Phs": "phase",
    "Wt": "weight",
    "F": "flag",
}
_UNITS: Final = {
    "phase": "deg",
    "uv distance": "wavelengths",
    "U": "m",
    "V": "m",
    "W": "m",
    "Delay": "ns",
}

Row = dict[str, str]
"""Column name to value."""


@dataclass(frozen=True, slots=True)
class _Page:
    """What stands above a row: the rule's ends, two lines of headings, what holds for all rows."""

    ends: tuple[int, ...] = ()
    above: tuple[str, ...] = ()
    constants: Row = field(default_factory=dict)

    def cells(self, line: str) -> list[str]:
        """Return the parts of a line that the rule separates."""
        starts = (0, *(end + 1 for end in self.ends[:-1]))
        return [line[a : b + 1].strip(" :|") for a, b in zip(starts, self.ends, strict=True)]


def listvis(text: str) -> Listing:
    """Return what listvis wrote: a row for each visibility, its correlations side by side."""
    return _listing("Visibilities", text, _visibility)


def listcal(text: str) -> Listing:
    """Return what listcal wrote: a row for each antenna and time, its receptors side by side."""
    found = _CALIBRATION.search(text)
    title = f"{found['name']} ({found['type']})" if found else "Calibration table"
    return _listing(title, text, _solutions)


def _listing(title: str, text: str, read: Callable[[_Page, str], Iterator[Row]]) -> Listing:
    try:
        rows = [row for page, line in _paged(text) for row in read(page, line)]
    except ValueError:
        # A row does not stand under its rule, or there are no headings above it.
        rows = []
    return listing(title, [_table(rows)], text)


def _paged(text: str) -> Iterator[tuple[_Page, str]]:
    page = _Page()
    for line in text.splitlines():
        if _RULE.fullmatch(line):
            page = replace(page, ends=tuple(n for n, sign in enumerate(line) if sign == "|"))
        elif page.ends and _ROW.match(line):
            yield page, line
        elif line.strip():
            constants = {**page.constants, **_constants(line)}
            page = replace(page, above=(*page.above[-1:], line), constants=constants)


def _constants(line: str) -> Row:
    if found := _CALIBRATION.match(line):
        return {"spw": found["spw"], "date": found["date"]}
    found = _CONSTANT.match(line)
    return {found[1].lower(): found[2]} if found else {}


def _visibility(page: _Page, line: str) -> Iterator[Row]:
    over, under = page.above
    products = _PRODUCT.findall(over.partition("Date/Time:")[2])
    # The heading of the time is the date, such as ``1995/04/13/``.
    date, *labels = under.split()
    row: Row = {"time": "", **page.constants}
    cells = iter(page.cells(line))
    row["time"] = f"{date.strip('/').replace('/', '-')} {next(cells, '')}"
    for product, names in _groups(labels, products):
        values = _values(next(cells, ""), names)
        row |= {f"{name} {product}".strip(): value for name, value in values.items()}
    yield row


def _groups(labels: list[str], products: list[str]) -> Iterator[tuple[str, list[str]]]:
    """Return the headings of each cell: those from Amp to F share the one of a correlation."""
    waiting, remaining = list(products), list(labels)
    while remaining:
        size = remaining.index("F") + 1 if remaining[0] == "Amp" and "F" in remaining else 1
        yield (waiting.pop(0) if size > 1 and waiting else ""), remaining[:size]
        del remaining[:size]


def _solutions(page: _Page, line: str) -> Iterator[Row]:
    over, under = page.above
    antennas = _ANTENNA.findall(over)
    time, name, channel, *cells = page.cells(line)
    receptors = len(cells) // max(len(antennas), 1)
    labels = under.split("|")[1].split() if "|" in under else []
    if not receptors or len(cells) % receptors or len(labels) % receptors:
        raise ValueError(line)
    labels = labels[: len(labels) // receptors]
    constants = {"time": f"{page.constants.get('date', '').replace('/', '-')} {time}"}
    constants |= {"spw": page.constants.get("spw", ""), "field": name, "channel": channel}
    for number, antenna in enumerate(antennas):
        row = {**constants, "antenna": antenna}
        for receptor in range(receptors):
            values = _values(cells[number * receptors + receptor], labels)
            row |= {f"{name} {receptor + 1}": value for name, value in values.items()}
        yield row


def _values(cell: str, labels: list[str]) -> Row:
    """Return the values of a cell by name; only a flag, the last of them, may be missing."""
    values = cell.split()
    names = [_LABELS.get(label, label) for label in labels]
    if len(values) == len(names) - 1 and names[-1] == "flag":
        values.append("")
    is_flag = names[-1:] == ["flag"]
    if values and (len(values) != len(names) or (is_flag and values[-1][-1:].isdigit())):
        raise ValueError(cell)
    return dict(zip(names, values or [""] * len(names), strict=True))


def _table(rows: list[Row]) -> Table:
    names = list(dict.fromkeys(name for row in rows for name in row))
    cells = tuple(tuple(row.get(name, "") for name in names) for row in rows)
    return without_empty_columns(Table("Rows", tuple(map(_column, names)), cells))


def _column(name: str) -> Column:
    # ``phase RR`` is a phase; ``uv distance`` is one name.
    kind = name if name in _UNITS else name.partition(" ")[0]
    return Column(name, _UNITS.get(kind, ""), kind not in _TEXT)
