"""ANTAB files: gain curves and system temperatures of stations.

The format is described in AIPS HELP ANTAB. Groups and options that CASA could not use are refused:
``BASELINE``, ``TANT``, gains that are a ``TABLE``, of one polarisation, or with an ``OFFSET``.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import zip_longest

from casa_kernel.vlbi.calibration import (
    Angle,
    Antab,
    Feed,
    GainCurve,
    Reading,
    SystemTemperatures,
)
from casa_kernel.vlbi.errors import MalformedFileError
from casa_kernel.vlbi.keyin import END, Statement, Token, number, statement, tokens

_FEED = re.compile(
    r"(?P<hand>[RL])(?P<first>[0-9]+)(?::(?P<last>[0-9]+)(?::(?P<step>[1-9][0-9]*))?)?",
    re.IGNORECASE,
)
_PART = r"([0-9]{1,2}(?:\.[0-9]*)?)"
_CLOCK = re.compile(f"{_PART}(?::{_PART})?(?::{_PART})?")
# AIPS takes this for an undefined value, and negative ones.
_UNDEFINED = 999.9
_NO_COLUMN = "X"
_DAY = re.compile(r"0*[1-9][0-9]{0,2}")
_SECONDS_PER_DAY = 86400.0
_TWO_LIMITS = 2
_HANDS = 2
_FLAT = (1.0,)
# More than any backend has; beyond it a number is a slip.
_MOST_BANDS = 512
_HOURS, _MINUTES, _SECONDS = 24, 60, 60
_NEVER = (float("inf"),) * 3


def parse_antab(text: str, file: str) -> Antab:
    """Parse an ANTAB file.

    Parameters
    ----------
    text : str
        Its content.
    file : str
        Its name, for messages.

    Raises
    ------
    MalformedFileError
        A line cannot be understood.
    """
    gains: list[GainCurve] = []
    temperatures: list[SystemTemperatures] = []
    index: tuple[tuple[Feed, ...], ...] = ()
    source = tokens(text, file)
    for token in source:
        if token.is_mark(END):
            continue
        said = statement([token, *_to_slash(source, file, token.line)], file)
        kind = said.items[0].name
        if kind == "GAIN":
            gains.append(_gain(said))
        elif kind == "TSYS":
            rows = _to_slash(source, file, said.line)
            temperatures.append(_temperatures(said, _index(said) or index, rows))
        elif kind == "CONTROL":
            index = _index(said)
        else:
            raise MalformedFileError(
                file, said.line, f"{kind!r} is none of GAIN, TSYS and CONTROL."
            )
    return Antab(tuple(gains), tuple(temperatures), file)


def _to_slash(source: Iterator[Token], file: str, line: int) -> list[Token]:
    parts: list[Token] = []
    for token in source:
        if token.is_mark(END):
            return parts
        parts.append(token)
    raise MalformedFileError(file, line, "what begins here does not end with '/'.")


def _station(said: Statement) -> str:
    # `TSYS EF …`: the second name is the station's, and stands alone.
    if len(said.items) < _TWO_LIMITS or said.items[1].values:
        kind = said.items[0].name
        raise MalformedFileError(said.file, said.line, f"{kind} names no station.")
    return said.items[1].name


def _gain(said: Statement) -> GainCurve:
    station = _station(said)
    sensitivity, polynomial = said.numbers("DPFU"), said.numbers("POLY") or _FLAT
    if not 1 <= len(sensitivity) <= _HANDS or min(sensitivity) < 0:
        raise MalformedFileError(
            said.file, said.line, f"GAIN {station} needs DPFU with one or two values in K/Jy."
        )
    _refuse_unusable(said, station)
    return GainCurve(
        station,
        (sensitivity[0], sensitivity[-1]),
        polynomial,
        _angle(said, station, polynomial),
        _limits(said, station),
        said.line,
    )


def _refuse_unusable(said: Statement, station: str) -> None:
    for name, instead in (
        ("TABLE", "POLY"),
        ("OFFSET", "coefficients without it"),
        ("RCP", "both polarisations as DPFU=right,left"),
        ("LCP", "both polarisations as DPFU=right,left"),
    ):
        if said.find(name) is not None:
            raise MalformedFileError(
                said.file,
                said.line,
                f"the gain of {station} has {name}, which cannot be used: give {instead}.",
            )


def _angle(said: Statement, station: str, polynomial: tuple[float, ...]) -> Angle:
    if said.find("ALTAZ") is not None:
        return Angle.ZENITH_ANGLE
    if said.find("ELEV") is not None or len(polynomial) == 1:
        return Angle.ELEVATION
    raise MalformedFileError(
        said.file,
        said.line,
        f"the gain of {station} is neither a function of elevation (ELEV) nor of zenith angle "
        "(ALTAZ); CASA knows no other.",
    )


def _limits(said: Statement, station: str) -> tuple[float, float] | None:
    limits = said.numbers("FREQ")
    if not limits:
        return None
    if len(limits) != _TWO_LIMITS or limits[0] > limits[1]:
        raise MalformedFileError(
            said.file, said.line, f"FREQ of {station} must be two frequencies in MHz, lower first."
        )
    return limits[0] * 1e6, limits[1] * 1e6


def _index(said: Statement) -> tuple[tuple[Feed, ...], ...]:
    index, more = said.find("INDEX"), said.find("INDEX2")
    if index is None:
        return ()
    columns = [_feeds(entry, said.file, index.line) for entry in index.values]
    further = [_feeds(entry, said.file, more.line) for entry in more.values] if more else []
    if len(further) > len(columns):
        raise MalformedFileError(said.file, said.line, "INDEX2 has more columns than INDEX.")
    return tuple((*one, *two) for one, two in zip_longest(columns, further, fillvalue=()))


def _temperatures(
    said: Statement, columns: tuple[tuple[Feed, ...], ...], rows: list[Token]
) -> SystemTemperatures:
    station = _station(said)
    if said.find("RANGE") is not None:
        raise MalformedFileError(
            said.file,
            said.line,
            f"TSYS {station} has RANGE, which cannot be used: make values outside of it negative.",
        )
    if not columns:
        raise MalformedFileError(
            said.file, said.line, f"TSYS {station} has no INDEX that says what its columns are."
        )
    factor = (said.numbers("FT") or (1.0,))[0]
    later = (said.numbers("TIMEOFF") or (0.0,))[0] / _SECONDS_PER_DAY
    readings = tuple(
        _scaled(_reading(line, len(columns), said.file), factor, later) for line in _lines(rows)
    )
    return SystemTemperatures(station, columns, readings)


def _scaled(reading: Reading, factor: float, later: float) -> Reading:
    kelvins = tuple(None if value is None else value * factor for value in reading.kelvins)
    return replace(reading, day=reading.day + later, kelvins=kelvins)


def _feeds(entry: str, file: str, line: int) -> tuple[Feed, ...]:
    if entry.strip().upper() == _NO_COLUMN:
        return ()
    feeds: list[Feed] = []
    for part in entry.split("|"):
        match = _FEED.fullmatch(part.strip())
        if match is None or int(match["first"]) < 1:
            raise MalformedFileError(
                file, line, f"INDEX {entry!r} is not like 'R1', 'L1:4', 'R1|L1' or 'X'."
            )
        first, last = int(match["first"]), int(match["last"] or match["first"])
        if not first <= last <= _MOST_BANDS:
            raise MalformedFileError(file, line, f"INDEX {entry!r} names no bands.")
        hand = 0 if match["hand"].upper() == "R" else 1
        feeds += [Feed(hand, band - 1) for band in range(first, last + 1, int(match["step"] or 1))]
    return tuple(feeds)


def _lines(parts: list[Token]) -> Iterator[list[Token]]:
    line: list[Token] = []
    for part in parts:
        if line and part.line != line[0].line:
            yield line
            line = []
        line.append(part)
    if line:
        yield line


def _reading(parts: list[Token], columns: int, file: str) -> Reading:
    line = parts[0].line
    if len(parts) != columns + 2:
        raise MalformedFileError(
            file,
            line,
            f"a day, a time and {columns} system temperatures are expected, {len(parts)} "
            "fields were found.",
        )
    day, clock = parts[0].text, parts[1].text
    if _DAY.fullmatch(day) is None:
        raise MalformedFileError(file, line, f"{day!r} is not a day of the year.")
    values = [number(part.text, file, line) for part in parts[2:]]
    kelvins = tuple(value if value > 0 and value != _UNDEFINED else None for value in values)
    return Reading(int(day) + _fraction_of_day(clock, file, line), kelvins)


def _fraction_of_day(clock: str, file: str, line: int) -> float:
    match = _CLOCK.fullmatch(clock)
    hours, minutes, seconds = (float(part or 0) for part in match.groups()) if match else _NEVER
    # 60 and 24 come about by rounding, and mean what they say.
    if hours > _HOURS or minutes > _MINUTES or seconds > _SECONDS:
        raise MalformedFileError(file, line, f"{clock!r} is not a time like 14:05.50 or 14:05:30.")
    return (hours * 3600.0 + minutes * 60.0 + seconds) / _SECONDS_PER_DAY
