"""How values become colours: CASA's names of maps, stretches, limits."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from casa_plots.errors import InvalidParameterError

DEFAULT_MAP: Final = "inferno"  # even steps of lightness, readable by the colour-blind
STRETCHES: Final = ("linear", "sqrt", "square", "log", "asinh", "power")
# CASA's maps by what they look like; the rainbows are here because people ask for them by name.
_MAPS: Final = {
    "greyscale1": "gray",
    "greyscale2": "gray_r",
    "hotmetal1": "afmhot",
    "hotmetal2": "hot",
    "rainbow1": "gist_rainbow_r",
    "rainbow2": "turbo",
    "rainbow3": "jet",
    "rainbow4": "nipy_spectral",
    "rgb1": "gist_ncar",
    "rgb2": "brg",
    "smooth1": "viridis",
    "smooth2": "plasma",
    "smooth3": "magma",
    "smooth4": "cividis",
    "isophotes": "flag",
    "misc.1:isophotes": "flag",
    "misc.2:topographic": "terrain",
    "misc.3": "gist_stern",
    "misc.4": "cubehelix",
}
_ASINH: Final = 0.05  # below this part of the range asinh is a straight line
_MAD_TO_RMS: Final = 1.482602218505602  # of a Gaussian


@dataclass(frozen=True, slots=True)
class Limits:
    """The values that the two ends of the colours stand for, ``low < high``."""

    low: float
    high: float


def colour_map(name: str) -> str:
    """Return matplotlib's name of a map that CASA or matplotlib has a name for.

    Raises
    ------
    InvalidParameterError
        Neither knows it.
    """
    from matplotlib import colormaps  # noqa: PLC0415 - slow to load; with the first picture

    wanted = name or DEFAULT_MAP
    found = _MAPS.get(wanted.lower().replace(" ", ""), wanted)
    if found not in colormaps:
        raise InvalidParameterError(
            f"colormap {name!r} is unknown: use one of CASA's (Greyscale 1, Hot Metal 1, Rainbow 2,"
            " …) or of matplotlib's (inferno, viridis, gray, …)."
        )
    return found


def limits_of(values: NDArray[Any], percentile: float = 99.9) -> Limits | None:
    """Return limits between which that many per cent of the values are; None without values.

    Half of what is left over is below, half above.
    """
    finite = values[np.isfinite(values)]
    if not finite.size:
        return None
    below = (100 - percentile) / 2
    low, high = (float(each) for each in np.percentile(finite, [below, 100 - below]))
    return limits_between(low, high)


def limits_between(low: float, high: float) -> Limits:
    """Return limits in order, and apart from each other even if the values are not."""
    low, high = min(low, high), max(low, high)
    if low < high:
        return Limits(low, high)
    apart = abs(low) * 0.01 or 1.0
    return Limits(low - apart, high + apart)


def rms_of(values: NDArray[Any]) -> float:
    """Return the noise, from the median absolute deviation: sources hardly change it."""
    finite = values[np.isfinite(values)]
    if not finite.size:
        return 0.0
    return float(_MAD_TO_RMS * np.median(np.abs(finite - np.median(finite))))


def default_levels(rms: float, low: float, high: float) -> list[float]:
    """Return contours at -3, 3, 6, 12, … times the noise, as far as there are values."""
    if rms <= 0:
        return [] if high <= low else [low + (high - low) * each for each in (0.2, 0.4, 0.6, 0.8)]
    levels = [-3 * rms] if low < -3 * rms else []
    step = 3 * rms
    while step < high:
        levels.append(step)
        step *= 2
    return levels


def normalised(limits: Limits, stretch: str, power: float | None, scaling: float | None) -> Any:  # noqa: ANN401 - a Normalize
    """Return matplotlib's normalisation.

    Parameters
    ----------
    limits : Limits
        The ends.
    stretch : str
        One of `STRETCHES`.
    power : float, optional
        Exponent of ``power``.
    scaling : float, optional
        CASA's power cycles instead: below 0 logarithmic, which brings out what is faint; above 0
        exponential. With ``p`` cycles that is ``log10(1 + x (10^|p| - 1)) / |p|`` and
        ``(10^(p x) - 1) / (10^p - 1)``.

    Raises
    ------
    InvalidParameterError
        There is no such stretch.
    """
    from matplotlib.colors import FuncNorm, Normalize  # noqa: PLC0415 - slow to load

    curves = _stretch((stretch or "linear").lower(), power, scaling)
    if curves is None:
        return Normalize(limits.low, limits.high, clip=True)
    forward, inverse = curves
    span = limits.high - limits.low
    return FuncNorm(
        (
            lambda values: forward(np.clip((values - limits.low) / span, 0, 1)),
            lambda places: limits.low + span * inverse(np.clip(places, 0, 1)),
        ),
        limits.low,
        limits.high,
        clip=True,
    )


_Curve = Callable[[NDArray[Any]], NDArray[Any]]


def _stretch(name: str, power: float | None, scaling: float | None) -> tuple[_Curve, _Curve] | None:
    """Return a curve from 0..1 to 0..1 and its inverse, None for a straight line."""
    if scaling:
        ends = 10 ** min(abs(float(scaling)), 12.0) - 1
        return _logarithm(ends) if scaling < 0 else _logarithm(ends)[::-1]
    exponent = {"sqrt": 0.5, "square": 2.0, "power": power or 2.0}.get(name)
    if exponent is not None:
        return lambda x: x**exponent, lambda y: y ** (1 / exponent)
    if name == "log":
        return _logarithm(1000.0)
    if name == "asinh":
        top = float(np.arcsinh(1 / _ASINH))
        return lambda x: np.arcsinh(x / _ASINH) / top, lambda y: np.sinh(y * top) * _ASINH
    if name == "linear":
        return None
    raise InvalidParameterError(f"stretch {name!r} is unknown: use one of {', '.join(STRETCHES)}.")


def _logarithm(strength: float) -> tuple[_Curve, _Curve]:
    top = float(np.log1p(strength))
    return lambda x: np.log1p(strength * x) / top, lambda y: np.expm1(y * top) / strength


def contour_values(levels: Sequence[float], unit: float, base: float) -> list[float]:
    """Return contour values from relative levels: `base` is the value for 0, `unit` for 1."""
    return sorted({base + level * (unit - base) for level in levels})
