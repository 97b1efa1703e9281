"""What was flagged, said as commands of ``flagdata``."""

import numpy as np
from numpy.typing import NDArray

from casa_plots.errors import UnsupportedError
from casa_plots.flagging.layout import Layout
from casa_plots.flagging.marks import Marks
from casa_plots.tables import Kind, Table
from casa_plots.times import casa_date
from casa_plots.visibilities.observation import read_observation


def commands(layout: Layout, table: Table, marks: Marks, *, flag: bool, limit: int) -> list[str]:
    """Return lines for ``flagdata(mode='list', inpfile=[...])``, no more than `limit` and one.

    Rows of one baseline that follow each other, marked alike, become a range of times; baselines
    with equal commands are merged.

    Raises
    ------
    UnsupportedError
        The table is a calibration table.
    """
    if layout.kind is not Kind.MEASUREMENT_SET:
        raise UnsupportedError("Flags of calibration tables are not scripted yet.")
    # Names, because CASA takes a number for a name first.
    antennas = read_observation(layout.path).antennas
    found: dict[str, list[str]] = {}
    for number, marked in marks.items():
        kinds = np.asarray(table.getcol(layout.describing))
        rows = np.flatnonzero(kinds == number)
        one, other, times, widths = (
            np.asarray(table.getcol(name))[rows]
            for name in ("ANTENNA1", "ANTENNA2", "TIME", "INTERVAL")
        )
        patterns, which = np.unique(marked.bits, axis=0, return_inverse=True)
        pattern = np.full(len(rows), -1)
        here, places = marked.of(rows)
        pattern[here] = which.reshape(-1)[places]
        order = np.lexsort((times, other, one))
        cuts = [np.diff(each[order], prepend=-2) != 0 for each in (one, other, pattern)]
        starts = np.flatnonzero(np.logical_or.reduce(cuts))
        ends = [*(starts[1:] - 1), len(order) - 1]
        for first, last in zip(order[starts], order[ends], strict=True):
            if pattern[first] < 0:
                continue
            margin = min(widths[first], widths[last]) / 4
            begin, end = times[first] - margin, times[last] + margin
            span = f"timerange='{casa_date(begin, 3)}~{casa_date(end, 3)}'"
            name, partner = antennas[one[first]], antennas[other[first]]
            baseline = f"{name}&{partner}" if one[first] != other[first] else f"{name}&&&"
            for cell in _cells(layout, number, patterns[pattern[first]]):
                found.setdefault(f"{cell} {span}", []).append(baseline)
            if len(found) > limit:
                return list(found)
    mode = "manual" if flag else "unflag"
    return [f"mode='{mode}' {what} antenna='{';'.join(who)}'" for what, who in found.items()]


def _cells(layout: Layout, number: int, bits: NDArray[np.uint8]) -> list[str]:
    """Return selections of channels and correlations, channels with the same together."""
    channels, correlations = layout.cells[number]
    cell = np.unpackbits(bits, count=channels * correlations).reshape(channels, correlations)
    said = []
    for kind in np.unique(cell, axis=0):
        if not kind.any():
            continue
        which = np.flatnonzero((cell == kind).all(axis=1))
        spw = f"{layout.windows[number]}"
        if len(which) < channels:
            runs = np.split(which, np.flatnonzero(np.diff(which) > 1) + 1)
            spw += ":" + ";".join(f"{run[0]}~{run[-1]}" for run in runs)
        names = [layout.correlations[number][n] for n in np.flatnonzero(kind)]
        said.append(f"spw='{spw}'")
        if len(names) < correlations:
            said[-1] += f" correlation='{','.join(names)}'"
    return said
