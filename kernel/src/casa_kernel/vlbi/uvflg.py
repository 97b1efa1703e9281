"""UVFLG files: a-priori flags, for `flagdata`.

The format is described in AIPS HELP UVFLG. ``TIMEOFF`` holds for all that follows; ``DTIMRANG`` has
no effect.
"""

from dataclasses import dataclass

from casa_kernel.vlbi.errors import MalformedFileError
from casa_kernel.vlbi.keyin import Statement, statements

_KNOWN = frozenset(
    {"OPCODE", "TIMEOFF", "DTIMRANG", "ANT_NAME", "ANTENNAS", "BASELINE", "BAS_NAME", "TIMERANG"}
    | {"BIF", "EIF", "BCHAN", "ECHAN", "STOKES", "SOURCES", "REASON"}
)
_TIME_FIELDS = 8
# A range that begins on day 0 and ends after the last day of a year: all of the observation.
_WHOLE_YEAR = 366
# Files of observations over New Year count on; beyond three digits a day is a slip.
_LAST_DAY = 999
_CORRELATIONS = frozenset({"RR", "LL", "RL", "LR", "XX", "YY", "XY", "YX"})
_ALL_STOKES = frozenset({"", "FULL", "HALF", "I"})


@dataclass(frozen=True, slots=True)
class TimeRange:
    """Day of the year and seconds of that day, UTC, of start and end."""

    start: tuple[int, float]
    stop: tuple[int, float]


@dataclass(frozen=True, slots=True)
class Flag:
    """Data that are not to be used; what is empty selects everything.

    Attributes
    ----------
    antennas, partners : tuple
        Stations by name in capitals or by number from 1; flagged are their baselines to the
        partners, or all.
    times : TimeRange, optional
        When.
    bands, channels : tuple of int, optional
        First and last, counted from 1; a last of 0 is the last that there is.
    correlation : str
        Such as ``RR``.
    sources : tuple of str
        Fields.
    reason : str
        For the record.
    """

    antennas: tuple[str | int, ...]
    partners: tuple[str | int, ...]
    times: TimeRange | None
    bands: tuple[int, int] | None
    channels: tuple[int, int] | None
    correlation: str
    sources: tuple[str, ...]
    reason: str


def parse_uvflg(text: str, file: str) -> tuple[Flag, ...]:
    """Parse a UVFLG file.

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
    flags: list[Flag] = []
    later = 0.0
    for said in statements(text, file):
        _refuse_unknown(said)
        later = (said.numbers("TIMEOFF") or (later,))[0]
        if any(item.name not in {"OPCODE", "TIMEOFF", "DTIMRANG"} for item in said.items):
            flags.append(_flag(said, later))
    return tuple(flags)


def _refuse_unknown(said: Statement) -> None:
    for item in said.items:
        if item.name not in _KNOWN:
            raise MalformedFileError(said.file, item.line, f"{item.name!r} is not known in UVFLG.")
    if said.text("OPCODE", "FLAG").upper() != "FLAG":
        raise MalformedFileError(
            said.file, said.line, "only OPCODE='FLAG' can be carried out; remove this statement."
        )


def _flag(said: Statement, later: float) -> Flag:
    partners = _stations(said, "BAS_NAME") or _stations(said, "BASELINE")
    correlation = said.text("STOKES").upper()
    if correlation not in _CORRELATIONS | _ALL_STOKES:
        raise MalformedFileError(
            said.file, said.line, f"STOKES {correlation!r} is not a correlation such as 'RR'."
        )
    return Flag(
        antennas=_stations(said, "ANT_NAME") or _stations(said, "ANTENNAS"),
        partners=partners,
        times=_times(said, later),
        bands=_range(said, "BIF", "EIF"),
        channels=_range(said, "BCHAN", "ECHAN"),
        correlation="" if correlation in _ALL_STOKES else correlation,
        sources=_texts(said, "SOURCES"),
        reason=said.text("REASON"),
    )


def _texts(said: Statement, name: str) -> tuple[str, ...]:
    item = said.find(name)
    return tuple(value for value in item.values if value.strip()) if item is not None else ()


def _stations(said: Statement, name: str) -> tuple[str | int, ...]:
    if name in {"ANT_NAME", "BAS_NAME"}:
        return tuple(text.upper() for text in _texts(said, name))
    return tuple(int(value) for value in said.numbers(name) if value)


def _range(said: Statement, first: str, last: str) -> tuple[int, int] | None:
    begin, end = (int((said.numbers(name) or (0.0,))[0]) for name in (first, last))
    if begin == end == 0:
        return None
    if begin < 0 or (end and end < max(begin, 1)):
        raise MalformedFileError(said.file, said.line, f"{first}={begin} to {last}={end} is empty.")
    return max(begin, 1), end


def _times(said: Statement, later: float) -> TimeRange | None:
    values = said.numbers("TIMERANG")
    if not values:
        return None
    if len(values) != _TIME_FIELDS:
        raise MalformedFileError(
            said.file,
            said.line,
            f"TIMERANG needs day, hour, minute, second twice; {len(values)} numbers were found.",
        )
    first, last = int(values[0]), int(values[4])
    if first == 0 and (last == 0 or last >= _WHOLE_YEAR):
        return None
    begin, end = (
        hours * 3600.0 + minutes * 60.0 + seconds + later
        for hours, minutes, seconds in (values[1:4], values[5:8])
    )
    if not 1 <= first <= last <= _LAST_DAY or (last, end) < (first, begin):
        raise MalformedFileError(
            said.file, said.line, "TIMERANG ends before it begins, or begins on no day of the year."
        )
    return TimeRange((first, begin), (last, end))
