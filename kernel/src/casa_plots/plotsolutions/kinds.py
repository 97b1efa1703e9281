"""What the parameters of a calibration table mean, by its type.

A table says what it is in the keyword VisCal, and keeps its solutions in the column CPARAM or
FPARAM. What is there was found by reading tables that CASA 6.7 made; the parameters of fringe
tables are described in CASA's documentation of ``fringefit``.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from casa_plots.axes import Axis
from casa_plots.errors import UnsupportedError

Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Quantity:
    """Something to be plotted of a table.

    Attributes
    ----------
    axis : Axis
        CASA's name of it.
    name, unit : str
        For people.
    compute : callable
        From parameters to values.
    first, step : int
        Which parameters belong to it, of those along the last axis: one for each polarisation.
    optional : bool
        Left out if it is zero everywhere.
    """

    axis: Axis
    name: str
    unit: str
    compute: Callable[[NDArray[Any]], Values]
    first: int = 0
    step: int = 1
    optional: bool = False

    @property
    def label(self) -> str:
        """Name and unit."""
        return f"{self.name} ({self.unit})" if self.unit else self.name

    def pick(self, parameters: NDArray[Any]) -> NDArray[Any]:
        """Return those of an array's last axis that belong to it."""
        return parameters[..., self.first :: self.step]

    def values(self, parameters: NDArray[Any]) -> Values:
        """Return ``(rows, channels, polarisations)`` in its unit."""
        return self.compute(self.pick(parameters))


@dataclass(frozen=True, slots=True)
class Kind:
    """What a table is about.

    Attributes
    ----------
    name : str
        For people.
    quantities : tuple of Quantity
        A page each.
    spectral : bool
        Drawn against frequency if there is more than one channel, else against time.
    """

    name: str
    quantities: tuple[Quantity, ...]
    spectral: bool = False


def _scaled(factor: float) -> Callable[[NDArray[Any]], Values]:
    def compute(parameters: NDArray[Any]) -> Values:
        return np.asarray(parameters, dtype=np.float64) * factor

    return compute


def _amplitude(parameters: NDArray[Any]) -> Values:
    return np.asarray(np.abs(parameters), dtype=np.float64)


def _phase(parameters: NDArray[Any]) -> Values:
    return np.asarray(np.degrees(np.angle(parameters)), dtype=np.float64)


def _wrapped(parameters: NDArray[Any]) -> Values:
    """Return radians as degrees between -180 and 180."""
    return _phase(np.exp(1j * np.asarray(parameters, dtype=np.float64)))


_SAME: Final = _scaled(1.0)
_AMP: Final = Quantity(Axis.GAINAMP, "Amplitude", "", _amplitude)
_PHASE: Final = Quantity(Axis.GAINPHASE, "Phase", "°", _phase)
_GAIN: Final = (_AMP, _PHASE)
_DELAY: Final = (Quantity(Axis.DELAY, "Delay", "ns", _SAME),)

KINDS: Final[Mapping[str, Kind]] = {
    "G Jones": Kind("complex gain", _GAIN),
    "T Jones": Kind("complex gain of both polarisations", _GAIN),
    "B Jones": Kind("bandpass", _GAIN, spectral=True),
    "D Jones": Kind("instrumental polarisation", _GAIN, spectral=True),
    "Df Jones": Kind("instrumental polarisation", _GAIN, spectral=True),
    "Xf Jones": Kind("phase between polarisations", (_PHASE,), spectral=True),
    "K Jones": Kind("delay", _DELAY),
    "Kcross Jones": Kind("delay between polarisations", _DELAY),
    "B TSYS": Kind("system temperature", (Quantity(Axis.TSYS, "Tsys", "K", _SAME),), spectral=True),
    "TOpac": Kind("zenith opacity", (Quantity(Axis.OPACITY, "Opacity", "nepers", _SAME),)),
    "G EVLASWPOW": Kind(
        "switched power",
        (
            Quantity(Axis.SWPOWER, "Gain", "", _SAME, step=2),
            Quantity(Axis.TSYS, "Tsys", "K", _SAME, first=1, step=2),
        ),
    ),
    # Four parameters for each polarisation: radians, nanoseconds, seconds per second, and TEC.
    "Fringe Jones": Kind(
        "fringes",
        (
            Quantity(Axis.DELAY, "Delay", "ns", _SAME, first=1, step=4),
            Quantity(Axis.RATE, "Rate", "ps/s", _scaled(1e12), first=2, step=4),
            Quantity(Axis.GAINPHASE, "Phase", "°", _wrapped, step=4),
            Quantity(
                Axis.DISPDELAY,
                "Dispersive delay",
                "10¹⁶ electrons/m²",
                _SAME,
                first=3,
                step=4,
                optional=True,
            ),
        ),
    ),
}


def kind_of(viscal: str, parameters: str, path: str) -> Kind:
    """Return what a table of a type is about.

    Parameters
    ----------
    viscal, parameters : str
        Its keywords VisCal and ParType.
    path : str
        For the message.

    Raises
    ------
    UnsupportedError
        It is of no type that can be drawn here.
    """
    if viscal in KINDS:
        return KINDS[viscal]
    if viscal.endswith(" Jones") and parameters == "Complex":
        return Kind(viscal, _GAIN, spectral=True)
    raise UnsupportedError(
        f"{path} is of type {viscal!r}, which plotsolutions cannot draw; it draws "
        f"{', '.join(KINDS)}. Try plotms, or browsetable for its numbers."
    )
