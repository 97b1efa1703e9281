"""Reading a calibration table: all that is drawn of it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from casa_plots.antennas import Antenna, names_of, read_antennas
from casa_plots.errors import SelectionError, UnsupportedError
from casa_plots.lists import numbers
from casa_plots.plotsolutions.kinds import Kind, Quantity, kind_of
from casa_plots.tables import Table, opened
from casa_plots.times import time_scale

_POLARISATIONS: Final = {"CIRC": ("R", "L"), "LIN": ("X", "Y")}


@dataclass(frozen=True, slots=True)
class Window:
    """The solutions of one spectral window.

    Attributes
    ----------
    spw : int
        Number of the window.
    frequency : ndarray
        ``(channels,)``: GHz.
    time : ndarray
        ``(solutions,)``: MJD seconds.
    antenna, field, reference : ndarray
        ``(solutions,)``: numbers; a reference is -1 where there is none.
    parameters : ndarray
        ``(solutions, channels, parameters)``: real or complex, as the table has them.
    flag, snr : ndarray
        Of the same shape.
    """

    spw: int
    frequency: NDArray[np.float64]
    time: NDArray[np.float64]
    antenna: NDArray[np.int64]
    field: NDArray[np.int64]
    reference: NDArray[np.int64]
    parameters: NDArray[Any]
    flag: NDArray[np.bool_]
    snr: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Solutions:
    """A calibration table, or what was selected of it.

    Attributes
    ----------
    path : Path
        The table.
    viscal : str
        Its type, as it says itself.
    kind : Kind
        What that means.
    antennas : sequence of Antenna
        All of the subtable.
    polarisations : sequence of str
        Names of the two polarisations.
    windows : sequence of Window
        Those that have solutions.
    time_scale : str
        Of their times, such as ``UTC``.
    """

    path: Path
    viscal: str
    kind: Kind
    antennas: Sequence[Antenna]
    polarisations: Sequence[str]
    windows: Sequence[Window]
    time_scale: str

    @property
    def spectral(self) -> bool:
        """Whether it is drawn against frequency."""
        return self.kind.spectral and any(len(each.frequency) > 1 for each in self.windows)

    @property
    def solved(self) -> list[int]:
        """Numbers of the antennas that there are solutions of."""
        found = [np.unique(each.antenna) for each in self.windows]
        return [int(each) for each in np.unique(np.concatenate(found))]

    @property
    def references(self) -> list[str]:
        """Names of the reference antennas."""
        found = np.unique(np.concatenate([each.reference for each in self.windows]))
        return [self.antennas[each].name for each in found.tolist() if each >= 0]

    @property
    def quantities(self) -> list[Quantity]:
        """What can be drawn of it."""
        return [
            each
            for each in self.kind.quantities
            if not each.optional
            or any(np.any(each.pick(window.parameters)) for window in self.windows)
        ]


def read(path: Path, *, field: str = "", antenna: str = "", spw: str = "") -> Solutions:
    """Return the solutions of a calibration table.

    Parameters
    ----------
    path : Path
        The table.
    field, antenna, spw : str
        Which ones, see `casa_plots.lists.numbers`; empty for all.

    Raises
    ------
    MissingDataError
        There is no such table.
    UnsupportedError
        It is no calibration table, or of a type that cannot be drawn.
    SelectionError
        A selection names nothing, or selects no solutions.
    """
    with opened(path) as table:
        keywords = table.keywordnames()
        if not {"VisCal", "ParType"} <= set(keywords):
            raise UnsupportedError(
                f"{path} is no calibration table (it has no keyword VisCal): name one that "
                "gaincal, bandpass, fringefit, gencal or polcal made."
            )
        viscal, partype = str(table.getkeyword("VisCal")), str(table.getkeyword("ParType"))
        kind = kind_of(viscal, partype, str(path))
        basis = str(table.getkeyword("PolBasis")) if "PolBasis" in keywords else ""
        antennas = read_antennas(path)
        wanted = _wanted(path, antennas, field, antenna, spw)
        column = "CPARAM" if "CPARAM" in table.colnames() else "FPARAM"
        scale = time_scale(table)
        windows = [each for each in _windows(path, table, column, wanted) if len(each.time)]
    if not windows:
        raise SelectionError(
            f"{path} has no solutions of field={field!r}, antenna={antenna!r}, spw={spw!r}: "
            "leave one of them out."
        )
    polarisations = _POLARISATIONS.get(basis, ("pol 0", "pol 1"))
    return Solutions(path, viscal, kind, antennas, polarisations, windows, scale)


_Wanted = tuple[list[int], list[int], list[int]]
"""Numbers of fields, antennas and spectral windows; all of them for none."""


def _wanted(path: Path, antennas: Sequence[Antenna], field: str, antenna: str, spw: str) -> _Wanted:
    with opened(path / "FIELD") as table:
        fields = [(str(each),) for each in table.getcol("NAME")]
    with opened(path / "SPECTRAL_WINDOW") as table:
        windows = [(str(each),) for each in range(table.nrows())]
    return (
        numbers(field, fields, "field"),
        numbers(antenna, names_of(antennas), "antenna"),
        numbers(spw, windows, "spectral window"),
    )


def _windows(path: Path, table: Table, column: str, wanted: _Wanted) -> Iterator[Window]:
    fields, antennas, spws = wanted
    for spw in spws or np.unique(table.getcol("SPECTRAL_WINDOW_ID")).tolist():
        conditions = [f"SPECTRAL_WINDOW_ID=={spw:d}"]
        conditions += [f"FIELD_ID in {fields}"] if fields else []
        conditions += [f"ANTENNA1 in {antennas}"] if antennas else []
        part = table.query(" && ".join(conditions), sortlist="TIME")
        try:
            if part.nrows():
                yield _window(path, part, column, int(spw))
        finally:
            part.close()


def _window(path: Path, part: Table, column: str, spw: int) -> Window:
    with opened(path / "SPECTRAL_WINDOW") as table:
        frequency = np.asarray(table.getcell("CHAN_FREQ", spw)) / 1e9
    parameters = part.getcol(column)
    if len(frequency) != parameters.shape[1]:
        # A gain per window: it is drawn at the middle of it.
        frequency = np.full(parameters.shape[1], frequency.mean())
    return Window(
        spw=spw,
        frequency=frequency,
        time=part.getcol("TIME"),
        antenna=part.getcol("ANTENNA1").astype(np.int64),
        field=part.getcol("FIELD_ID").astype(np.int64),
        reference=part.getcol("ANTENNA2").astype(np.int64),
        parameters=parameters,
        flag=part.getcol("FLAG"),
        snr=part.getcol("SNR").astype(np.float64),
    )
