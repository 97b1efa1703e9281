"""What an ANTAB file says: gain curves and system temperatures of stations."""

from dataclasses import dataclass
from enum import Enum


class Angle(Enum):
    """What a gain polynomial is a function of, in degrees."""

    ELEVATION = "elevation"
    ZENITH_ANGLE = "zenith angle"


@dataclass(frozen=True, slots=True)
class Feed:
    """Polarisation (0: R or X, 1: L or Y) and band, counted from 0."""

    polarisation: int
    band: int


@dataclass(frozen=True, slots=True)
class GainCurve:
    """Sensitivity of a station.

    Attributes
    ----------
    station : str
        In capitals.
    sensitivity : tuple of float
        Degrees per flux unit of both polarisations, K/Jy.
    polynomial : tuple of float
        Power gain, coefficients from the constant on.
    angle : Angle
        Its argument.
    frequencies : tuple of float, optional
        Limits in Hz; valid everywhere if absent.
    line : int
        Where the statement began.
    """

    station: str
    sensitivity: tuple[float, float]
    polynomial: tuple[float, ...]
    angle: Angle
    frequencies: tuple[float, float] | None
    line: int

    def covers(self, frequency: float) -> bool:
        """Tell whether the curve is valid at a frequency in Hz."""
        if self.frequencies is None:
            return True
        return self.frequencies[0] <= frequency <= self.frequencies[1]


@dataclass(frozen=True, slots=True)
class Reading:
    """System temperatures at a time.

    Attributes
    ----------
    day : float
        Day of the year with its fraction, UTC; 1.0 is 0 h on 1 January.
    kelvins : tuple
        One for each column of the index; None where the station had no valid value.
    """

    day: float
    kelvins: tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class SystemTemperatures:
    """Readings of a station, and which feeds each of their columns is for."""

    station: str
    columns: tuple[tuple[Feed, ...], ...]
    readings: tuple[Reading, ...]


@dataclass(frozen=True, slots=True)
class Antab:
    """A file's gain curves and system temperatures, in the order of the file."""

    gains: tuple[GainCurve, ...]
    temperatures: tuple[SystemTemperatures, ...]
    file: str
