"""The text of ``listobs`` as tables: pure functions.

The text is the source, not the MeasurementSet, because it already obeys the task's selection. Its
layout is that of casacore's ``MSSummary``. A line in no known form is left to the text.
"""

import re
from collections.abc import Iterator
from typing import Final

from casa_kernel.listings.table import Column, Listing, Table, listing, without_empty_columns

# Not of the calendar module: its names follow the locale, CASA does not.
_MONTHS: Final = "JanFebMarAprMayJunJulAugSepOctNovDec"
_NUMBER: Final = r"[-+]?\d[\d.eE+-]*"

_OBSERVER: Final = re.compile(r"\s+Observer: (?P<observer>.*?)\s+Project: ?(?P<project>.*)")
_TELESCOPE: Final = re.compile(r"Observation: (?P<telescope>.*)")
_RECORDS: Final = re.compile(r"Data records: (?P<rows>\d+)(?: +Total .*? = (?P<elapsed>.*))?")
_TIMES: Final = re.compile(r"\s+Observed from +(?P<from>\S+) +to +(?P<to>\S+) +\((?P<frame>\w+)\)")
_NAME: Final = re.compile(r"\s+MeasurementSet Name: +(?P<name>.*?) +MS Version .*")

_SUBARRAY: Final = re.compile(r"\s+ObservationID = (\d+)\s+ArrayID = (\d+)")
# A field's name may hold spaces and end with a number: it must be known how many follow it.
_SCAN_ROWS: Final = {
    False: r"\s+(?P<rows>\d+)(?P<good>)",
    True: r"\s+(?P<rows>\d+)\s+(?P<good>[\d.]+)",
}
_SCANS: Final = {
    with_unflagged: re.compile(
        r"\s+(?:(?P<date>\d+-\w{3}-\d{4})/)?(?P<start>\d\d:\d\d:\d\d\.\d+) - (?P<end>\d\d:\S+)"
        rf"\s+(?P<scan>\d+)\s+(?P<field>\d+)\s(?P<name>.*?){rows}"
        r"\s+\[(?P<spws>[\d, ]*)\]\s+\[(?P<interval>[\d., ]*)\]\s*(?:\[(?P<intent>.*)\])?\s*"
    )
    for with_unflagged, rows in _SCAN_ROWS.items()
}
_FIELD: Final = re.compile(
    r"\s+(?P<id>\d+)\s(?P<code_name>.*?)\s+(?P<ra>\d+:\d\d:\S+)\s+(?P<dec>[-+]\d+\.\d\d\.\S+)"
    r"\s+(?P<epoch>\S+)\s+(?P<source>-?\d+)(?:\s+(?P<rows>\d+))?(?:\s+(?P<good>[\d.]+))?\s*"
)
_WINDOW: Final = re.compile(
    rf"\s+(?P<id>\d+)\s+(?P<name>.*?)\s+(?P<channels>\d+)\s+(?P<frame>[A-Z]+)\s+(?P<first>{_NUMBER})"
    rf"\s+(?P<width>{_NUMBER})\s+(?P<total>{_NUMBER})\s+(?P<centre>{_NUMBER})(?:\s+\d+)?"
    r"\s+(?P<products>[A-Za-z]+(?:\s+[A-Za-z]+)*)\s*"
)
_SOURCE: Final = re.compile(
    rf"\s+(?P<id>\d+)\s+(?P<name>.*?)\s+(?P<spw>\d+|any)"
    rf"\s+(?P<rest>{_NUMBER}|-)\s+(?P<velocity>{_NUMBER}|-)\s*"
)
_ANTENNA: Final = re.compile(
    r"\s+(?P<id>\d+)\s+(?P<name>\S.*?)\s+(?P<station>\S+)\s+(?P<diameter>[\d.]+) m"
    rf"\s+(?P<long>\S+)\s+(?P<lat>\S+)\s+(?P<east>{_NUMBER})\s+(?P<north>{_NUMBER})"
    rf"\s+(?P<up>{_NUMBER})\s+(?P<x>{_NUMBER})\s+(?P<y>{_NUMBER})\s+(?P<z>{_NUMBER})\s*"
)
_PAIR: Final = re.compile(r"'([^']*)'='([^']*)'")


def listobs(text: str) -> Listing:
    """Return what listobs wrote, with its tables: heading, scans, fields, windows, antennas.

    Parameters
    ----------
    text : str
        The file that the task wrote; of any length, verbose or not.
    """
    lines = text.splitlines()
    found = _NAME.search(text)
    tables = (
        heading(text),
        scans(lines),
        fields(lines),
        _table("Spectral windows", _WINDOW, _section(lines, "Spectral Windows"), _WINDOW_COLUMNS),
        _table("Sources", _SOURCE, _section(lines, "Sources"), _SOURCE_COLUMNS),
        antennas(lines),
    )
    return listing(found["name"] if found else "MeasurementSet", tables, text)


def heading(text: str) -> Table:
    """Return observer, telescope, rows and times."""
    values: dict[str, str] = {}
    for pattern in (_TELESCOPE, _OBSERVER, _RECORDS, _TIMES):
        found = pattern.search(text)
        values |= {name: value or "" for name, value in found.groupdict().items()} if found else {}
    frame = values.pop("frame", "")
    for end in ("from", "to"):
        if end in values:
            values[end] = f"{iso(values[end])} {frame}"
    rows = tuple((name, value.strip()) for name, value in values.items() if value.strip())
    return Table("Observation", (Column("item"), Column("value")), rows)


def scans(lines: list[str]) -> Table:
    """Return the scans; times are sortable text, ``1995-04-13 09:18:45.0``."""
    rows, date, subarray = [], "", ("", "")
    pattern = _SCANS[any("nUnflRows" in line for line in lines)]
    for line in lines:
        if found := _SUBARRAY.match(line):
            subarray = (found[1], found[2])
        elif found := pattern.fullmatch(line):
            date = iso_date(found["date"]) if found["date"] else date
            values = {name: (value or "").strip() for name, value in found.groupdict().items()}
            values["start"] = f"{date} {values['start']}"
            rows.append((*subarray, *(values[name] for name in _SCAN_COLUMNS)))
    several = len({row[:2] for row in rows}) > 1
    columns = (Column("obs", "", True), Column("array", "", True), *_SCAN_COLUMNS.values())
    table = Table("Scans", columns, tuple(rows))
    if not several:
        table = Table("Scans", columns[2:], tuple(row[2:] for row in rows))
    return without_empty_columns(table)


def fields(lines: list[str]) -> Table:
    """Return the fields."""
    section = _section(lines, "Fields")
    # Either of code and name may be empty or hold spaces: only the heading tells where each stands.
    place = next((line.find("Name") for line in section if " Name " in line), 0)
    rows = []
    for line in section:
        if found := _FIELD.fullmatch(line):
            values = {name: value or "" for name, value in found.groupdict().items()}
            split = max(place - found.start("code_name"), 0)
            values["code"] = values["code_name"][:split].strip()
            values["name"] = values["code_name"][split:].strip()
            rows.append(tuple(values[name] for name in _FIELD_COLUMNS))
    return without_empty_columns(Table("Fields", tuple(_FIELD_COLUMNS.values()), tuple(rows)))


def antennas(lines: list[str]) -> Table:
    """Return the antennas; without ``verbose`` CASA gives only names and stations."""
    section = _section(lines, "Antennas")
    table = _table("Antennas", _ANTENNA, section, _ANTENNA_COLUMNS)
    if table.rows:
        return table
    pairs = tuple((name, station) for name, station in _PAIR.findall("\n".join(section[1:])))
    return Table("Antennas", (Column("name"), Column("station")), pairs)


def iso(time: str) -> str:
    """Return ``13-Apr-1995/09:18:45.0`` as ``1995-04-13 09:18:45.0``, which sorts as text."""
    date, _, clock = time.partition("/")
    return f"{iso_date(date)} {clock}"


def iso_date(date: str) -> str:
    """Return ``13-Apr-1995`` as ``1995-04-13``."""
    day, month, year = date.split("-")
    return f"{year}-{_MONTHS.index(month) // 3 + 1:02d}-{int(day):02d}"


def _section(lines: list[str], title: str) -> list[str]:
    """Return the line that starts with the title and the indented ones that follow it."""
    starts = [number for number, line in enumerate(lines) if line.startswith(f"{title}:")]
    return list(_until_dedent(lines[starts[0] :])) if starts else []


def _until_dedent(lines: list[str]) -> Iterator[str]:
    yield lines[0]
    for line in lines[1:]:
        if line[:1].strip():
            return
        yield line


def _table(
    title: str, pattern: re.Pattern[str], lines: list[str], columns: dict[str, Column]
) -> Table:
    found = [match for line in lines if (match := pattern.fullmatch(line))]
    rows = tuple(tuple((match[name] or "").strip() for name in columns) for match in found)
    return Table(title, tuple(columns.values()), rows)


_SCAN_COLUMNS: Final = {
    "scan": Column("scan", "", True),
    "start": Column("start"),
    "end": Column("end"),
    "field": Column("field", "", True),
    "name": Column("name"),
    "rows": Column("rows", "", True),
    "good": Column("unflagged rows", "", True),
    "spws": Column("spws"),
    "interval": Column("interval", "s"),
    "intent": Column("intent"),
}
_FIELD_COLUMNS: Final = {
    "id": Column("field", "", True),
    "code": Column("code"),
    "name": Column("name"),
    "ra": Column("right ascension"),
    "dec": Column("declination"),
    "epoch": Column("frame"),
    "source": Column("source", "", True),
    "rows": Column("rows", "", True),
    "good": Column("unflagged rows", "", True),
}
_WINDOW_COLUMNS: Final = {
    "id": Column("spw", "", True),
    "name": Column("name"),
    "channels": Column("channels", "", True),
    "frame": Column("frame"),
    "first": Column("first channel", "MHz", True),
    "width": Column("channel width", "kHz", True),
    "total": Column("bandwidth", "kHz", True),
    "centre": Column("centre", "MHz", True),
    "products": Column("correlations"),
}
_SOURCE_COLUMNS: Final = {
    "id": Column("source", "", True),
    "name": Column("name"),
    "spw": Column("spw"),
    "rest": Column("rest frequency", "MHz", True),
    "velocity": Column("system velocity", "km/s", True),
}
_ANTENNA_COLUMNS: Final = {
    "id": Column("antenna", "", True),
    "name": Column("name"),
    "station": Column("station"),
    "diameter": Column("diameter", "m", True),
    "long": Column("longitude"),
    "lat": Column("latitude"),
    "east": Column("east", "m", True),
    "north": Column("north", "m", True),
    "up": Column("up", "m", True),
    "x": Column("x", "m", True),
    "y": Column("y", "m", True),
    "z": Column("z", "m", True),
}
