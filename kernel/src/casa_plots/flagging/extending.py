"""What else is flagged with visibilities.

``plotms`` extends flags in correlation and channel, beyond what is plotted and selected. Here the
other extensions that its window offers work too. What is extended goes through the whole table.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from casa_plots.flagging.keys import Keys
from casa_plots.flagging.layout import Layout, scalars_at, stretches
from casa_plots.flagging.marks import (
    Bits,
    Collected,
    Integers,
    Marked,
    Marks,
    finished,
    merged,
    pack,
)
from casa_plots.inside import Extension
from casa_plots.tables import Table


def extend(table: Table, layout: Layout, marks: Marks, extension: Extension) -> Marks:
    """Return marks with all that differs from them only in what the extension names.

    Parameters
    ----------
    table : Table
        Open for reading.
    layout : Layout
        Of this table.
    marks : Marks
        What was marked.
    extension : Extension
        ``times`` goes through a scan; ``scans`` goes through all scans of the field, and their
        times; ``fields`` through all fields, their scans and times. ``spws`` takes the channel of
        the same number in other windows, and correlations of the same name.
    """
    if extension == Extension() or not marks:
        return marks
    spread = {number: _in_cells(each, extension) for number, each in marks.items()}
    fixed = fixed_columns(layout, extension)
    if fixed is None:
        return spread
    return _in_rows(table, layout, spread, extension, fixed)


def fixed_columns(layout: Layout, extension: Extension) -> list[str] | None:
    """Return the columns in which rows must be equal; None if only the same row will do."""
    freed: set[str] = set()
    if extension.times or extension.scans or extension.fields:
        freed.add("TIME")
    if extension.scans or extension.fields:
        freed.add("SCAN_NUMBER")
    if extension.fields:
        freed.add("FIELD_ID")
    if extension.spws:
        freed.add(layout.describing)
    if extension.baselines or extension.antennas:
        freed.update(("ANTENNA1", "ANTENNA2"))
    if not freed:
        return None
    if layout.describing == "SPECTRAL_WINDOW_ID":
        freed.add("ANTENNA2")  # of a solution that is only the reference antenna
    names = [
        "OBSERVATION_ID",
        "ARRAY_ID",
        "FEED1",
        "FEED2",
        "TIME",
        "SCAN_NUMBER",
        "FIELD_ID",
        "ANTENNA1",
        "ANTENNA2",
    ]
    return [n for n in (*names, layout.describing) if n in layout.columns and n not in freed]


def _in_cells(marked: Marked, extension: Extension) -> Marked:
    """Extend in channel and correlation."""
    axes = [n for n, on in ((1, extension.channels), (2, extension.correlations)) if on]
    if not axes:
        return marked
    bits = np.empty_like(marked.bits)
    for chosen, cells in marked.parts():
        anything = cells.any(axis=tuple(axes), keepdims=True)
        bits[chosen] = pack(np.broadcast_to(anything, cells.shape))
    return Marked(marked.cell, marked.rows, bits)


def _in_rows(
    table: Table, layout: Layout, marks: Marks, extension: Extension, fixed: Sequence[str]
) -> Marks:
    # With `antennas`, a row counts twice: once for each of its antennas.
    twice = extension.antennas and not extension.baselines
    ends = ["ANTENNA1", "ANTENNA2"] if twice and "ARRAY_ID" in layout.columns else ["ANTENNA1"]
    ends = ends if twice else []
    numbers = list(marks)
    rows = np.concatenate([marks[n].rows for n in numbers])
    keys = Keys(_columns(table, fixed, ends, rows))
    per_end = np.split(keys.numbers, max(1, len(ends)))
    parts = np.cumsum([len(marks[n].rows) for n in numbers])[:-1]
    of_key: dict[int, list[Integers]] = {n: [] for n in numbers}
    for end in per_end:
        for number, part in zip(numbers, np.split(end, parts), strict=True):
            of_key[number].append(part)
    known: dict[int, tuple[Integers, Bits]] = {}
    collected: dict[int, Collected] = {}
    for start, length in stretches(layout.rows):
        here = np.arange(start, start + length)
        found = keys.find(_columns(table, fixed, ends, here)).reshape(max(1, len(ends)), -1)
        kinds = np.asarray(table.getcol(layout.describing, start, length))
        for number in np.unique(kinds[(found >= 0).any(axis=0)]).tolist():
            if number not in known:
                sources = numbers if extension.spws else [number]
                known[number] = _by_key(layout, marks, of_key, sources, number, extension)
            into = collected.setdefault(number, Collected(layout.cells[number]))
            for end in found:
                _take(into, here, np.where(kinds == number, end, -1), known[number])
    return finished(collected)


def _columns(
    table: Table, fixed: Sequence[str], ends: Sequence[str], rows: Integers
) -> list[NDArray[Any]]:
    columns = scalars_at(table, [*fixed, *ends], rows)
    if not ends:
        return columns or [np.zeros(len(rows), np.int64)]
    shared = [np.concatenate([each] * len(ends)) for each in columns[: len(fixed)]]
    return [*shared, np.concatenate(columns[len(fixed) :])]


def _by_key(
    layout: Layout,
    marks: Marks,
    of_key: dict[int, list[Integers]],
    sources: Sequence[int],
    target: int,
    extension: Extension,
) -> tuple[Integers, Bits]:
    """Return the marks of each key in the shape of a data description."""
    found, bits = [np.zeros(0, np.int64)], [pack(np.zeros((0, *layout.cells[target]), bool))]
    for source in sources:
        if source in marks:
            converted = _converted(layout, marks[source], source, target, extension)
            for numbers in of_key[source]:
                found.append(numbers)
                bits.append(converted)
    return merged(np.concatenate(found), np.concatenate(bits))


def _converted(
    layout: Layout, marked: Marked, source: int, target: int, extension: Extension
) -> Bits:
    """Return marks as they are in a cell of another spectral window."""
    cell, theirs, ours = (
        layout.cells[target],
        layout.correlations[source],
        layout.correlations[target],
    )
    if cell == marked.cell and theirs == ours:
        return marked.bits
    channels = min(cell[0], marked.cell[0])
    shared = [(theirs.index(name), ours.index(name)) for name in ours if name in theirs]
    bits = np.empty((len(marked.rows), -(-cell[0] * cell[1] // 8)), np.uint8)
    for chosen, cells in marked.parts():
        whole = np.zeros((len(cells), *cell), bool)
        for one, other in shared:
            if extension.channels:
                whole[:, :, other] = cells[:, :, one].any(axis=1, keepdims=True)
            else:
                whole[:, :channels, other] = cells[:, :channels, one]
        if extension.correlations:
            whole |= whole.any(axis=2, keepdims=True)
        bits[chosen] = pack(whole)
    return bits


def _take(into: Collected, rows: Integers, numbers: Integers, known: tuple[Integers, Bits]) -> None:
    """Collect the marks of rows by the numbers of their keys."""
    keys, bits = known
    if not len(keys):
        return
    places = np.minimum(np.searchsorted(keys, numbers), len(keys) - 1)
    there = keys[places] == numbers
    if there.any():
        chosen = bits[places[there]]
        marked = chosen.any(axis=1)
        into.add(rows[there][marked], chosen[marked])
