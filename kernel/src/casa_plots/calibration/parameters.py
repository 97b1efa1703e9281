"""What the numbers of each kind of calibration table are: pure functions."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from casa_plots.axes import Axis
from casa_plots.errors import UnsupportedError
from casa_plots.values import part

Values = NDArray[Any]

_COMPLEX: Final = {
    Axis.GAINAMP: Axis.GAINAMP,
    Axis.GAINPHASE: Axis.GAINPHASE,
    Axis.GAINREAL: Axis.GAINREAL,
    Axis.GAINIMAG: Axis.GAINIMAG,
    Axis.AMP: Axis.GAINAMP,
    Axis.PHASE: Axis.GAINPHASE,
    Axis.REAL: Axis.GAINREAL,
    Axis.IMAG: Axis.GAINIMAG,
}


@dataclass(frozen=True, slots=True)
class Number:
    """Which of the numbers of a polarisation, and what it is multiplied by."""

    index: int
    factor: float = 1.0


@dataclass(frozen=True, slots=True)
class Layout:
    """What is in the cells of a table.

    Attributes
    ----------
    column : str
        Where the numbers are, ``CPARAM`` or ``FPARAM``.
    each : int
        Numbers of each polarisation.
    axes : mapping of Axis to Number
        What real numbers are; of complex ones there is amplitude, phase, and so on.
    """

    column: str
    each: int = 1
    axes: Mapping[Axis, Number] = field(default_factory=dict)

    @property
    def known(self) -> frozenset[Axis]:
        """Axes that are computed from the numbers."""
        return frozenset(_COMPLEX if self.column == "CPARAM" else self.axes)

    def index(self, axis: Axis) -> int:
        """Return which number of a polarisation an axis is of."""
        return self.axes[axis].index if axis in self.axes else 0

    def values(self, axis: Axis, numbers: Values) -> Values:
        """Return an axis; numbers are (solutions, channels, polarisations)."""
        if self.column == "CPARAM":
            return part(_COMPLEX[axis], numbers)
        factor = self.axes[axis].factor
        found = numbers if factor == 1 else numbers * np.float32(factor)
        if axis in {Axis.PHASE, Axis.GAINPHASE}:
            return np.asarray((found + 180) % 360 - 180)
        return found


# A gain of amplitude one, whose phase is fitted: degrees of radians.
_PHASE: Final = Number(0, 180 / np.pi)
_REAL: Final[tuple[tuple[str, int, Mapping[Axis, Number]], ...]] = (
    (
        "Fringe Jones",
        4,
        {
            Axis.GAINPHASE: _PHASE,
            Axis.PHASE: _PHASE,
            Axis.DELAY: Number(1),
            Axis.RATE: Number(2, 1e12),
            Axis.DISPDELAY: Number(3),
        },
    ),
    ("K Jones", 1, {Axis.DELAY: Number(0)}),
    ("Kcross Jones", 1, {Axis.DELAY: Number(0)}),
    ("B TSYS", 1, {Axis.TSYS: Number(0)}),
    ("G TSYS", 1, {Axis.TSYS: Number(0)}),
    ("TOpac", 1, {Axis.OPACITY: Number(0)}),
    ("TfOpac", 1, {Axis.OPACITY: Number(0)}),
    ("F Jones", 1, {Axis.TEC: Number(0, 1e-16)}),
    ("G EVLASWPOW", 2, {Axis.SWPOWER: Number(0), Axis.TSYS: Number(1)}),
    ("EVLASWPOW", 2, {Axis.SWPOWER: Number(0), Axis.TSYS: Number(1)}),
)


def layout(path: object, kind: str, columns: frozenset[str]) -> Layout:
    """Return what is in the cells of a table.

    Parameters
    ----------
    path
        The table, for the error.
    kind : str
        Its keyword ``VisCal``.
    columns : frozenset of str
        That it has.

    Raises
    ------
    UnsupportedError
        It is of a kind that is no list of solutions, or whose numbers are not known here.
    """
    if "CPARAM" in columns and "SPLINE" not in kind.upper() and "POLY" not in kind.upper():
        return Layout("CPARAM")
    for name, each, axes in _REAL:
        if kind == name and "FPARAM" in columns:
            return Layout("FPARAM", each, axes)
    known = ", ".join(name for name, _, _ in _REAL)
    raise UnsupportedError(
        f"{path} is a calibration table of kind {kind!r}, which cannot be read here: those of "
        f"complex gains can (G, B, D, T, X, …), and {known}. CASA's own plotms may."
    )
