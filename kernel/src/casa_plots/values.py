"""Real numbers of complex ones: of visibilities and of gains alike."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from casa_plots.axes import Axis

Values = NDArray[Any]


def amplitude(values: Values) -> Values:
    """Return the amplitude of complex numbers; a real one is its own."""
    return np.abs(values) if np.iscomplexobj(values) else values


def phase(values: Values) -> Values:
    """Return the phase in degrees, -180 to 180."""
    if not np.iscomplexobj(values):
        return np.where(values < 0, np.float32(180), np.float32(0))
    degrees = np.arctan2(values.imag, values.real)
    degrees *= values.real.dtype.type(180 / np.pi)
    return np.asarray(degrees)


def part(axis: Axis, values: Values) -> Values:
    """Return amplitude, phase, real or imaginary part."""
    match axis:
        case Axis.AMP | Axis.GAINAMP:
            return amplitude(values)
        case Axis.PHASE | Axis.GAINPHASE:
            return phase(values)
        case Axis.REAL | Axis.GAINREAL:
            return np.ascontiguousarray(values.real)
        case _:
            return np.ascontiguousarray(values.imag)
