"""Averaged points, batch by batch."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from casa_plots.asked import Averaging
from casa_plots.axes import Axis, Column
from casa_plots.errors import UnsupportedError
from casa_plots.tables import Table
from casa_plots.values import amplitude, part, phase
from casa_plots.visibilities.averaging.bins import Bins, channel_bins
from casa_plots.visibilities.averaging.groups import NEEDED, groups
from casa_plots.visibilities.averaging.sums import Sums, Where
from casa_plots.visibilities.cells import Cells, combined, stored
from casa_plots.visibilities.chunks import Chunk, Form, Forms, read_rows
from casa_plots.visibilities.observation import Observation
from casa_plots.visibilities.points import Points
from casa_plots.visibilities.selection import Chosen
from casa_plots.visibilities.shifting import Shift

Integers = NDArray[np.int64]
Values = NDArray[Any]
# Which rows of a chunk.
Pick = slice | NDArray[np.bool_]

# Columns whose noise SIGMA describes; WEIGHT is of what was calibrated, as in CASA.
_BY_SIGMA = frozenset({"DATA", "FLOAT_DATA"})
# Of a row of an average these are of the first row in it.
_OF_FIRST = (
    "SCAN_NUMBER",
    "FIELD_ID",
    "OBSERVATION_ID",
    "STATE_ID",
    "FEED1",
    "FEED2",
    "ANTENNA1",
    "ANTENNA2",
    "DATA_DESC_ID",
    "FLAG_ROW",
)
_SWAPPED = {"RL": "LR", "LR": "RL", "XY": "YX", "YX": "XY"}


@dataclass(frozen=True, slots=True)
class Plan:
    """How a table is averaged.

    Attributes
    ----------
    averaging : Averaging
        What is asked for.
    columns : sequence of Column
        Of the visibilities that are needed.
    limit : int
        Points that are read at once, and that come out at once.
    asked : frozenset of str
        Which weights of averages are asked for themselves, WEIGHT or SIGMA.
    shift : Shift or None
        Of the phase centre, before anything is averaged.
    """

    averaging: Averaging
    columns: Sequence[Column]
    limit: int
    asked: frozenset[str] = frozenset()
    shift: Shift | None = None

    @property
    def across(self) -> bool:
        """Whether averages go over baselines or windows.

        CASA makes them apart from those over time and channels, and by other weights.
        """
        return self.averaging.baseline or self.averaging.antenna or self.averaging.spw

    @property
    def staged(self) -> bool:
        """Whether the channels of each row are averaged before its baseline or window is."""
        return self.across and self.averaging.channels > 1

    @property
    def stored(self) -> list[str]:
        """The columns on disk that are needed."""
        return [name for column in self.columns for name in stored(column)]

    def of_channels(self, name: str) -> str:
        """Return what the channels, and the times, of a column on disk are weighted by.

        WEIGHT, its spectrum where there is one, or SIGMA likewise.
        """
        return "SIGMA" if name in _BY_SIGMA else "WEIGHT"

    def kind(self, name: str) -> str:
        """Return what a column on disk is weighted by at last.

        As in CASA, which takes one weight of a whole row, ROW, to average baselines and windows,
        but the spectrum of an antenna's.
        """
        if self.across:
            return "WEIGHT" if self.averaging.antenna else "ROW"
        return self.of_channels(name)

    @property
    def kinds(self) -> frozenset[str]:
        """All weights that are needed; others are not read."""
        first = {self.of_channels(name) for name in self.stored} if self.staged else set()
        return self.asked | first | {self.kind(name) for name in self.stored}


class AveragedPoints:
    """Points of one batch."""

    def __init__(
        self,
        sums: Sums,
        rows: Mapping[str, Values],
        form: Form,
        bins: Bins,
        frequencies: NDArray[np.float64],
        plan: Plan,
        numbers: Integers,
        windows: Integers,
    ) -> None:
        self._sums = sums
        self._rows = rows
        self._frequencies = frequencies
        self._plan = plan
        self._scalar = plan.averaging.scalar
        self.names = form.names
        self.rows = numbers
        self.windows = windows
        self.channels: Integers = form.channels[bins.positions[bins.starts]][None]
        self.shape = (len(numbers), len(bins.starts), len(form.names))

    def frequencies(self) -> NDArray[np.float64]:
        """Return the means of the channels' frequencies."""
        return self._frequencies

    def row(self, column: str) -> Values:
        """Return what there is one of in each row."""
        return self._rows[column]

    def part(self, axis: Axis, column: Column) -> Values:
        """Return amplitude, phase, real or imaginary part."""
        if not self._scalar:
            means = [self._sums.mean(self._plan.kind(name), name) for name in stored(column)]
            return part(axis, combined(column, means).astype(_single(means[0])))
        kind = self._plan.kind(stored(column)[0])
        amplitudes = self._sums.mean(kind, f"{column} {Axis.AMP}")
        phases = self._sums.mean(kind, f"{column} {Axis.PHASE}")
        match axis:
            case Axis.AMP:
                return amplitudes.astype(np.float32)
            case Axis.PHASE:
                return phases.astype(np.float32)
            case _:
                turned = amplitudes * np.exp(1j * np.radians(phases))
                return part(axis, turned.astype(np.complex64))

    def weights(self, column: str) -> Values:
        """Return WEIGHT or SIGMA, or their spectra, of the averages."""
        kind = column.removesuffix("_SPECTRUM")
        total = self._sums.weight(kind)
        if not column.endswith("_SPECTRUM"):
            total = total.mean(1, keepdims=True)
        if kind == "WEIGHT":
            return total.astype(np.float32)
        with np.errstate(divide="ignore"):
            return (1 / np.sqrt(total)).astype(np.float32)

    def flagged(self) -> NDArray[np.bool_]:
        """Return where all that was averaged is flagged."""
        return self._sums.flagged


def _single(values: Values) -> type[np.generic]:
    return np.complex64 if np.iscomplexobj(values) else np.float32


def averaged_points(
    table: Table, observation: Observation, known: Forms, chosen: Chosen, plan: Plan
) -> Iterator[Points]:
    """Yield averaged points; no batch has more than the limit.

    Raises
    ------
    UnsupportedError
        Spectral windows of different shapes are to become one.
    """
    rows = np.arange(table.nrows()) if chosen.rows is None else chosen.rows
    if not len(rows):
        return
    if plan.averaging.spw and len(known.groups) > 1:
        raise UnsupportedError(
            f"The spectral windows of {observation.path} have different numbers of channels or "
            "different correlations, so that they have no average: select those that are alike."
        )
    first, last = int(rows[0]), int(rows[-1])
    descriptions = read_rows(table, "DATA_DESC_ID", rows, first, last)
    for form, numbers in known.groups:
        there = np.isin(descriptions, list(numbers))
        mine = rows[there]
        if not len(mine):
            continue
        columns = {
            name: descriptions[there]
            if name == "DATA_DESC_ID"
            else read_rows(table, name, mine, int(mine[0]), int(mine[-1]))
            for name in NEEDED
        }
        of = groups(columns, plan.averaging)
        described = columns["DATA_DESC_ID"]
        del columns
        batches = _Batches(table, observation, form, plan)
        yield from batches.points(mine, described, of)


class _Batches:
    """The rows of one form, averaged batch by batch."""

    def __init__(self, table: Table, observation: Observation, form: Form, plan: Plan) -> None:
        self._table = table
        self._observation = observation
        self._form = form
        self._plan = plan
        self._bins = channel_bins(form.channels, plan.averaging.channels)
        # Channels of rows that were averaged to the bins already.
        self._whole = channel_bins(np.arange(len(self._bins.starts)), 1)

    def points(
        self, rows: Integers, descriptions: Integers, of: tuple[Integers, ...]
    ) -> Iterator[Points]:
        """Yield the averages of all groups."""
        total = int(max(each.max() for each in of)) + 1
        size = max(1, self._plan.limit // max(1, len(self._bins.starts) * len(self._form.names)))
        for first in range(0, total, size):
            last = min(first + size, total)
            there = np.zeros(len(rows), bool)
            for each in of:
                there |= (each >= first) & (each < last)
            yield self._batch(
                rows[there], descriptions[there], [each[there] - first for each in of], last - first
            )

    def _batch(
        self, rows: Integers, descriptions: Integers, of: list[Integers], count: int
    ) -> Points:
        form, bins = self._form, self._bins
        sums = Sums((count, len(bins.starts), len(form.names)))
        meta = _Meta(count)
        step = max(1, self._plan.limit // form.read)
        for n in range(0, len(rows), step):
            described = descriptions[n : n + step]
            chunk = Chunk(rows[n : n + step], described, form)
            cells = Cells(self._table, chunk, self._plan.shift)
            for which, each in enumerate(of):
                self._add(sums, meta, cells, each[n : n + step], count, conjugate=which == 1)
        described = meta.firsts["DATA_DESC_ID"]
        points = meta.rows(self._plan.averaging, len(self._observation.antennas))
        own = self._observation.frequencies(described, form.channels)
        frequencies = bins.means(own)
        mine = self._observation.windows_of(described)
        return AveragedPoints(sums, points, form, bins, frequencies, self._plan, meta.numbers, mine)

    def _add(
        self,
        sums: Sums,
        meta: "_Meta",
        cells: Cells,
        of: Integers,
        count: int,
        *,
        conjugate: bool,
    ) -> None:
        inside = (of >= 0) & (of < count)
        if not inside.any():
            return
        pick = slice(None) if inside.all() else inside
        weights = self._weights(cells, pick)
        flags = cells.flagged()[pick]
        values = self._values(cells, pick)
        if conjugate:
            turn = self._turned()
            flags = flags[:, :, turn]
            weights = {kind: each[:, :, turn] for kind, each in weights.items()}
            values = {
                kind: {name: _other_way(name, v)[:, :, turn] for name, v in each.items()}
                for kind, each in values.items()
            }
        bins = self._bins
        if self._plan.staged:
            flags, weights, values = self._of_rows(flags, weights, values)
            bins = self._whole
        where = Where(of[pick], bins)
        sums.add(where, flags, weights, values)
        meta.add(where, cells, pick, self._of_coordinates(cells)[pick], conjugate=conjugate)

    def _values(self, cells: Cells, pick: Pick) -> dict[str, dict[str, Values]]:
        found: dict[str, dict[str, Values]] = {}
        kind = self._plan.of_channels if self._plan.staged else self._plan.kind
        for column in self._plan.columns:
            if self._plan.averaging.scalar:
                each = cells.visibilities(column)[pick]
                mine = found.setdefault(kind(stored(column)[0]), {})
                mine[f"{column} {Axis.AMP}"] = amplitude(each)
                mine[f"{column} {Axis.PHASE}"] = phase(each)
                continue
            for name in stored(column):
                found.setdefault(kind(name), {})[name] = cells.cell(name)[pick]
        return found

    def _weights(self, cells: Cells, pick: Pick) -> dict[str, Values]:
        found: dict[str, Values] = {}
        for kind in self._plan.kinds:
            if kind == "SIGMA":
                found[kind] = _of_sigma(cells.spectrum("SIGMA_SPECTRUM")[pick])
            elif kind == "WEIGHT" or self._plan.staged:
                found["WEIGHT"] = cells.spectrum("WEIGHT_SPECTRUM")[pick]
            else:
                found[kind] = cells.correlated("WEIGHT")[pick]
        return found

    def _of_coordinates(self, cells: Cells) -> Values:
        """Return what the coordinates of rows are weighted by: as in CASA no spectrum."""
        if all(self._plan.of_channels(name) == "SIGMA" for name in self._plan.stored):
            return _of_sigma(cells.correlated("SIGMA"))
        return cells.correlated("WEIGHT")

    def _of_rows(
        self,
        flags: NDArray[np.bool_],
        weights: Mapping[str, Values],
        values: Mapping[str, Mapping[str, Values]],
    ) -> tuple[NDArray[np.bool_], dict[str, Values], dict[str, dict[str, Values]]]:
        """Return flags, weights and values of rows whose channels are averaged."""
        rows, _, correlations = flags.shape
        sums = Sums((rows, len(self._bins.starts), correlations))
        sums.add(Where(np.arange(rows), self._bins), flags, weights, values)
        found = {kind: sums.weight(kind) for kind in weights}
        if "ROW" in self._plan.kinds:
            found["ROW"] = found["WEIGHT"].mean(1, keepdims=True)
        means: dict[str, dict[str, Values]] = {}
        for kind, each in values.items():
            for name in each:
                means.setdefault(self._plan.kind(name), {})[name] = sums.mean(kind, name)
        return sums.flagged, found, means

    def _turned(self) -> list[int]:
        """Return for each correlation the one that it is of the baseline the other way round."""
        names = self._form.names
        turned = [_SWAPPED.get(name, name) for name in names]
        if missing := set(turned) - set(names):
            raise UnsupportedError(
                "Averaging by antenna needs both cross-hands or none: select correlation "
                f"{', '.join(sorted(missing))} too."
            )
        return [names.index(name) for name in turned]


def _other_way(name: str, values: Values) -> Values:
    """Return visibilities, or their phases, as of the baseline the other way round."""
    if np.iscomplexobj(values):
        return np.conj(values)
    return -values if name.endswith(f" {Axis.PHASE}") else values


def _of_sigma(sigma: Values) -> Values:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(sigma > 0, 1 / (sigma * sigma), 0).astype(np.float32)


class _Meta:
    """What averaged rows have one of."""

    def __init__(self, count: int) -> None:
        self.numbers = np.full(count, np.iinfo(np.int64).max)
        self.firsts: dict[str, Values] = {}
        self._start = np.full(count, np.inf)
        self._end = np.full(count, -np.inf)
        self._uvw = np.zeros((count, 3))
        self._weights = np.zeros(count)

    def add(
        self, where: Where, cells: Cells, pick: Pick, weights: Values, *, conjugate: bool
    ) -> None:
        """Add the rows of a chunk; chunks come in the order of the table."""
        rows = cells.chunk.rows[pick]
        lowest = where.rows_added(rows, np.minimum)
        new = self.numbers[where.groups] > lowest
        self.numbers[where.groups] = np.minimum(self.numbers[where.groups], lowest)
        at = np.searchsorted(rows, lowest[new])
        for name in _OF_FIRST:
            if name == "DATA_DESC_ID":
                found = cells.chunk.descriptions[pick]
            else:
                other_way = conjugate and name == "ANTENNA1"
                found = cells.row("ANTENNA2" if other_way else name)[pick]
            mine = self.firsts.setdefault(name, np.zeros(len(self.numbers), found.dtype))
            mine[where.groups[new]] = found[at]
        time, half = cells.row("TIME")[pick], cells.row("INTERVAL")[pick] / 2
        here = where.groups
        self._start[here] = np.minimum(self._start[here], where.rows_added(time - half, np.minimum))
        self._end[here] = np.maximum(self._end[here], where.rows_added(time + half, np.maximum))
        mean = weights.mean((1, 2), dtype=np.float64)
        # Rows of no weight still are somewhere.
        mean = np.where(mean > 0, mean, np.finfo(np.float32).tiny)
        self._uvw[here] += where.rows_added(cells.row("UVW")[pick] * mean[:, None])
        self._weights[here] += where.rows_added(mean)

    def rows(self, averaging: Averaging, antennas: int) -> dict[str, Values]:
        """Return the columns of rows; the antenna after the last stands for all."""
        found = {
            **self.firsts,
            "TIME": (self._start + self._end) / 2,
            "INTERVAL": self._end - self._start,
            "UVW": self._uvw / self._weights[:, None],
        }
        everyone = np.full(len(self.numbers), antennas, np.int32)
        if averaging.baseline or averaging.antenna:
            found["ANTENNA2"] = everyone
        if averaging.baseline:
            found["ANTENNA1"] = everyone
        return found
