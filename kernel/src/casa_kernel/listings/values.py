"""Values of CASA's dictionaries and tables as short text: pure functions."""

import math
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

import numpy as np

# Enough to recognise a spectrum or a list of antennas by; the shape tells the rest.
FIRST: Final = 4
# Significant digits: a TIME column needs thirteen for a millisecond.
DOUBLE: Final = 14
# Several values side by side are looked at, not copied: enough for a frequency in Hz.
IN_ARRAY: Final = 10
SINGLE: Final = 7
# The Modified Julian Date counts from here, and casacore's TIME columns in seconds from it.
_MJD_ZERO: Final = datetime(1858, 11, 17)  # noqa: DTZ001 - the frame is the table's, rarely UTC


def text(value: object) -> str:
    """Return a value as text: an array by its shape and first values, a quantity with its unit."""
    if isinstance(value, Mapping):
        return _mapping(value)
    if isinstance(value, np.ndarray | list | tuple):
        return array_text(np.asarray(value))
    return number_text(value)


def number_text(value: object, digits: int = DOUBLE) -> str:
    """Return a scalar as text, with the digits that its precision has."""
    if isinstance(value, float | np.floating | complex | np.complexfloating):
        return f"{value:.{digits}g}"
    return str(value)


def array_text(
    values: np.ndarray, shape: tuple[int, ...] | None = None, digits: int = IN_ARRAY
) -> str:
    """Return the first values of an array, and its shape unless it is short.

    Parameters
    ----------
    values : numpy.ndarray
        The array, or the first values of one.
    shape : tuple of int, optional
        Shape of the whole, if `values` are only its beginning.
    digits : int
        Significant digits of its numbers.
    """
    whole = shape if shape is not None else values.shape
    count = math.prod(whole)
    # Fortran order is how casacore counts: the first axis varies fastest.
    first = [number_text(value, digits) for value in values.flatten(order="F")[:FIRST].tolist()]
    if count <= FIRST and len(whole) <= 1:
        return ", ".join(first)
    dots = ", …" if count > len(first) else ""
    return f"[{', '.join(map(str, whole))}] {', '.join(first)}{dots}".rstrip()


def time_text(seconds: float) -> str:
    """Return seconds since the zero of MJD as ``1995-04-13 09:19:00.0``, in the value's frame."""
    try:
        # In whole tenths first: text cut from 59.9999 would be a tenth early.
        moment = _MJD_ZERO + timedelta(seconds=round(seconds * 10) / 10)
        return f"{moment:%Y-%m-%d %H:%M:%S.%f}"[:-5]
    except (OverflowError, ValueError):
        # Beyond the year 9999, or not a number.
        return number_text(seconds)


def sexagesimal(radians: float, *, hours: bool) -> str:
    """Return an angle as ``15:22:00.0000`` (hours, 0 to 24) or ``+05:04:00.000`` (degrees).

    Parameters
    ----------
    radians : float
        The angle; one in hours may be any number of turns away.
    hours : bool
        Whether it is told in hours. The last digit is 1.5 mas of a right ascension, 1 mas of a
        declination.

    Notes
    -----
    astropy's ``Angle`` says the same (the tests compare), but importing it takes longer than the
    task whose header is shown.
    """
    digits = 4 if hours else 3
    turn = math.degrees(radians) / 15 if hours else math.degrees(radians)
    # Rounded as a whole, lest 59.99999 seconds become 60.
    units = round(abs(turn % 24 if hours else turn) * 3600 * 10**digits)
    if hours:
        units %= 24 * 3600 * 10**digits
    whole, fraction = divmod(units, 10**digits)
    minutes, seconds = divmod(whole, 60)
    sign = "" if hours else "-" if turn < 0 else "+"
    return f"{sign}{minutes // 60:02d}:{minutes % 60:02d}:{seconds:02d}.{fraction:0{digits}d}"


def _mapping(value: Mapping[str, object]) -> str:
    if set(value) == {"unit", "value"}:
        return f"{text(value['value'])} {value['unit']}".strip()
    if "major" in value and "minor" in value:
        return beam_text(value)
    return ", ".join(f"{name}: {text(each)}" for name, each in value.items())


def beam_text(beam: Mapping[str, object]) -> str:
    """Return a restoring beam as ``64.3947 arcsec x 52.647 arcsec, 16.79 deg``."""
    major, minor = beam["major"], beam["minor"]
    angle = beam.get("positionangle", beam.get("pa"))
    return f"{_short(major)} x {_short(minor)}, {_short(angle)}"


def _short(quantity: object) -> str:
    if not isinstance(quantity, Mapping):
        return ""
    return f"{quantity['value']:.6g} {quantity['unit']}"
