"""Times of tables: the scale that they are in, and what they are in words.

A table counts seconds from 1858-11-17 (MJD seconds) in a scale that its columns name. As in CASA,
times are shown and selected by as they are stored; the scale is said beside them.
"""

import time
from datetime import date, timedelta
from math import ceil, floor, log10
from pathlib import Path
from typing import Final

import numpy as np

from casa_plots.errors import MissingDataError
from casa_plots.tables import Kind, Table, kind_of, opened

# astropy's names for casacore's.
SCALES: Final = {
    "UTC": "utc",
    "TAI": "tai",
    "IAT": "tai",
    "TT": "tt",
    "TDT": "tt",
    "TDB": "tdb",
    "UT1": "ut1",
}
DAY: Final = 86400.0  # s
_EPOCH: Final = date(1858, 11, 17)  # of the modified Julian day
_UNIX: Final = 3_506_716_800.0  # MJD seconds at 1970-01-01


def time_scale(table: Table, column: str = "TIME") -> str:
    """Return casacore's name of the scale of a column's times, such as ``UTC``.

    CASA copies the times of a MeasurementSet into calibration tables as they are, and says there
    that they are UTC: the MeasurementSet knows better, while it is beside the table.
    """
    if (vis := measurement_set_of(table)) is not None:
        with opened(vis) as original:
            return time_scale(original, column)
    keywords = table.getcolkeywords(column) if column in table.colnames() else {}
    return str(keywords.get("MEASINFO", {}).get("Ref", "UTC"))


def measurement_set_of(table: Table) -> Path | None:
    """Return the MeasurementSet that a calibration table was made from, if it is beside it."""
    if "MSName" not in table.keywordnames():
        return None
    vis = Path(table.name()).parent / str(table.getkeyword("MSName"))
    if not vis.is_dir():
        return None
    try:
        return vis if kind_of(vis) is Kind.MEASUREMENT_SET else None
    except MissingDataError:
        return None  # something else has this name


def now_in(scale: str) -> float:
    """Return the time in MJD seconds of a scale; of UTC for UT1 and what astropy does not have."""
    seconds = time.time()
    if SCALES.get(scale, "utc") in {"utc", "ut1"}:
        return seconds + _UNIX
    from astropy.time import Time  # noqa: PLC0415 - slow to import

    return float(getattr(Time(seconds, format="unix"), SCALES[scale]).mjd * DAY)


def day_of(seconds: float) -> str:
    """Return the date of a time, such as ``1995-04-13``."""
    days = floor(seconds / DAY)
    if not 0 < days + _EPOCH.toordinal() <= date.max.toordinal():
        return f"day {days}"  # of no calendar: a zoom far outside of the data
    return (_EPOCH + timedelta(days=days)).isoformat()


def clock(seconds: float, step: float) -> str:
    """Return the time of day, as fine as steps of so many seconds need."""
    digits = max(0, ceil(-log10(step) - 1e-9)) if step > 0 else 0
    rest = round(seconds % DAY, digits)
    hours, rest = divmod(rest, 3600)
    minutes, rest = divmod(rest, 60)
    text = f"{int(hours) % 24:02d}:{int(minutes):02d}"
    if step < 60:  # noqa: PLR2004 - seconds in a minute
        width = 2 if not digits else digits + 3
        text += f":{rest:0{width}.{digits}f}"
    return text


def casa_date(seconds: float, digits: int = 1) -> str:
    """Return a time as CASA's selections take it, ``1995/04/13/09:19:00.0``."""
    if not np.isfinite(seconds):
        return "nan"
    whole, fraction = divmod(round((seconds - _UNIX) * 10**digits), 10**digits)
    moment = str(np.datetime64(whole, "s")).replace("-", "/").replace("T", "/")
    return f"{moment}.{fraction:0{digits}d}"
