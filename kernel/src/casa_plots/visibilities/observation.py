"""What the subtables of a MeasurementSet say."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from casa_plots.tables import Table, opened, subtable
from casa_plots.times import time_scale

Floats = NDArray[np.float64]

SPEED_OF_LIGHT: Final = 299_792_458.0  # m/s

# casacore's numbers of Stokes parameters, Stokes::StokesTypes.
STOKES: Final = dict(
    enumerate(
        "? I Q U V RR RL LR LL XX XY YX YY RX RY LX LY XR XL YR YL PP PQ QP QQ".split()  # noqa: SIM905
    )
)


@dataclass(frozen=True, slots=True)
class Window:
    """A spectral window.

    Attributes
    ----------
    name : str
        Its name in the table.
    frequencies, widths : ndarray
        Hz, of each channel, in `frame`; shape (channels,).
    frame : int
        casacore's number of the frequency frame.
    """

    name: str
    frequencies: Floats
    widths: Floats
    frame: int

    @property
    def reference(self) -> float:
        """Hz, in the middle."""
        return float(self.frequencies.mean())


@dataclass(frozen=True, slots=True)
class Description:
    """A data description: what shape its rows have.

    Attributes
    ----------
    window : int
        Spectral window.
    correlations : tuple of str
        Such as ``RR``.
    """

    window: int
    correlations: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Observation:
    """The subtables of a MeasurementSet.

    Attributes
    ----------
    path : Path
        The table.
    rows : int
        How many.
    columns : frozenset of str
        Of the main table.
    fields, antennas, stations, intents : tuple of str
        Names, by number.
    directions : ndarray
        Phase centres of the fields, radians, right ascension and declination; (fields, 2).
    direction_frame : str
        Such as ``J2000``.
    positions : ndarray
        Of the antennas, ITRF metres; (antennas, 3).
    telescope : str
        Name of the array.
    time_scale : str
        See `Source`.
    windows : tuple of Window
        By number.
    descriptions : tuple of Description
        By number.
    rest_frequencies : mapping of int to float
        Hz, of fields that have one in SOURCE.
    """

    path: Path
    rows: int
    columns: frozenset[str]
    fields: tuple[str, ...]
    antennas: tuple[str, ...]
    stations: tuple[str, ...]
    intents: tuple[str, ...]
    directions: Floats
    direction_frame: str
    positions: Floats
    telescope: str
    time_scale: str
    windows: tuple[Window, ...]
    descriptions: tuple[Description, ...]
    rest_frequencies: dict[int, float]

    def windows_of(self, descriptions: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the spectral windows of data descriptions."""
        return np.array([each.window for each in self.descriptions], np.int64)[descriptions]

    def frequencies(self, descriptions: NDArray[np.int64], channels: NDArray[np.int64]) -> Floats:
        """Return the frequencies of channels, Hz; (descriptions or 1, channels)."""
        unique, of = np.unique(self.windows_of(descriptions), return_inverse=True)
        found = np.stack([self.windows[int(n)].frequencies[channels] for n in unique])
        return found if len(unique) == 1 else found[of]

    @property
    def correlations(self) -> tuple[str, ...]:
        """All names of correlations, in the order in which they are met first."""
        return tuple(dict.fromkeys(c for each in self.descriptions for c in each.correlations))


def read_observation(path: Path) -> Observation:
    """Read the subtables.

    Raises
    ------
    MissingDataError
        One of them is missing.
    """
    with opened(path) as table:
        with subtable(table, "FIELD") as fields:
            names = tuple(fields.getcol("NAME")) if fields.nrows() else ()
            directions, frame = _directions(fields)
            sources = fields.getcol("SOURCE_ID") if fields.nrows() else np.zeros(0, int)
        with subtable(table, "ANTENNA") as antennas:
            filled = antennas.nrows() > 0
            antenna_names = tuple(antennas.getcol("NAME")) if filled else ()
            stations = tuple(antennas.getcol("STATION")) if filled else ()
            positions = antennas.getcol("POSITION") if filled else np.zeros((0, 3))
        with subtable(table, "OBSERVATION") as observations:
            telescope = observations.getcell("TELESCOPE_NAME", 0) if observations.nrows() else ""
        with subtable(table, "STATE") as states:
            intents = tuple(states.getcol("OBS_MODE")) if states.nrows() else ()
        return Observation(
            path=path,
            rows=table.nrows(),
            columns=frozenset(table.colnames()),
            fields=names,
            antennas=antenna_names,
            stations=stations,
            intents=intents,
            directions=directions,
            direction_frame=frame,
            positions=positions,
            telescope=telescope,
            time_scale=time_scale(table),
            windows=read_windows(table),
            descriptions=_descriptions(table),
            rest_frequencies=_rest_frequencies(table, sources),
        )


def read_windows(table: Table) -> tuple[Window, ...]:
    """Return the spectral windows of a MeasurementSet or calibration table."""
    with subtable(table, "SPECTRAL_WINDOW") as windows:
        return tuple(
            Window(
                windows.getcell("NAME", n),
                windows.getcell("CHAN_FREQ", n),
                windows.getcell("CHAN_WIDTH", n),
                int(windows.getcell("MEAS_FREQ_REF", n)),
            )
            for n in range(windows.nrows())
        )


def _directions(fields: Table) -> tuple[Floats, str]:
    if not fields.nrows():
        return np.zeros((0, 2)), "J2000"
    keywords = fields.getcolkeywords("PHASE_DIR")
    frame = keywords.get("MEASINFO", {}).get("Ref", "J2000")
    cells = [fields.getcell("PHASE_DIR", n)[0] for n in range(fields.nrows())]
    return np.array(cells, np.float64), str(frame)


def _descriptions(table: Table) -> tuple[Description, ...]:
    with subtable(table, "POLARIZATION") as polarizations:
        kinds = [
            tuple(
                STOKES.get(int(code), str(code)) for code in polarizations.getcell("CORR_TYPE", n)
            )
            for n in range(polarizations.nrows())
        ]
    with subtable(table, "DATA_DESCRIPTION") as descriptions:
        if not descriptions.nrows():
            return ()
        pairs: Sequence[tuple[int, int]] = list(
            zip(
                descriptions.getcol("SPECTRAL_WINDOW_ID"),
                descriptions.getcol("POLARIZATION_ID"),
                strict=True,
            )
        )
    return tuple(Description(int(window), kinds[int(kind)]) for window, kind in pairs)


def _rest_frequencies(table: Table, sources: NDArray[np.int64]) -> dict[int, float]:
    if "SOURCE" not in table.keywordnames():
        return {}
    found: dict[int, float] = {}
    with subtable(table, "SOURCE") as source:
        if "REST_FREQUENCY" not in source.colnames():
            return {}
        for row in range(source.nrows()):
            if source.iscelldefined("REST_FREQUENCY", row):
                lines = source.getcell("REST_FREQUENCY", row)
                if len(lines) and lines[0] > 0:
                    found.setdefault(int(source.getcell("SOURCE_ID", row)), float(lines[0]))
    return {field: found[int(each)] for field, each in enumerate(sources) if int(each) in found}
