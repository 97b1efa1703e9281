"""Points as text, in the layout that casaplotms writes, so that scripts that read it go on working.

A head of lines that begin with ``#``: the file, what was selected and averaged; then for each plot
its number, what the columns are, and their units; then a line for each point that is shown.
"""

from collections.abc import Iterator, Sequence
from dataclasses import fields
from typing import Final

import numpy as np
from numpy.typing import NDArray

from casa_plots.asked import Averaging
from casa_plots.axes import Axis, Quantity
from casa_plots.blocks import Block
from casa_plots.plotms.iteration import Cell, Family
from casa_plots.plotms.naming import stations
from casa_plots.plotms.request import Layer

# What is said of each point: heading, unit as casaplotms has it, quantity.
_About = tuple[str, str, Axis | None]
_ABOUT: Final[tuple[_About, ...]] = (
    ("chan", "None", None),  # of the block itself
    ("scan", "None", Axis.SCAN),
    ("field", "None", Axis.FIELD),
    ("ant1", "None", Axis.ANTENNA1),
    ("ant2", "None", Axis.ANTENNA2),
    ("ant1name", "None", None),
    ("ant2name", "None", None),
    ("time", "MJD(seconds)", Axis.TIME),
    ("freq", "GHz", Axis.FREQUENCY),
    ("spw", "None", Axis.SPW),
    ("poln", "None", Axis.CORR),
    ("obs", "None", Axis.OBSERVATION),
)
# casaplotms's words for axes, where they are not ours with a capital letter.
_HEADINGS: Final = {
    Axis.FREQUENCY: "Frequency",
    Axis.UVDIST: "UVdist",
    Axis.UVWAVE: "UVwave",
    Axis.ANTENNA1: "Antenna1",
    Axis.ANTENNA2: "Antenna2",
    Axis.WTSP: "WtSp",
    Axis.SNR: "SNR",
    Axis.GAINAMP: "Gain Amp",
    Axis.GAINPHASE: "Gain Phase",
    Axis.GAINREAL: "Gain Real",
    Axis.GAINIMAG: "Gain Imag",
}
_MANY: Final = 2_000  # values of a column that are made into text one by one at a time


def pages_text(pages: Sequence[Sequence[Cell]], *, verbose: bool) -> Iterator[bytes]:
    """Yield the points of pages, in pieces of one text.

    Parameters
    ----------
    pages : sequence of sequence of Cell
        What is on each page.
    verbose : bool
        Say of each point what it is, beside its two values.
    """
    shown: dict[Family, list[float | None]] = {}
    for cells in pages:
        for cell in cells:
            for family, value in cell.content:
                shown.setdefault(family, []).append(value)
    for number, (family, values) in enumerate(shown.items()):
        if not number:
            yield _head(family).encode()
        yield f"# From plot {number}\n".encode()
        for layer in family.plot.layers:
            yield from _plot(family, values, layer, verbose=verbose)


def _head(family: Family) -> str:
    """Return what casaplotms says first: of what the points are."""
    plot = family.plot
    lines = [f"file: {family.source.path.name}"]
    selection = plot.asked.selection
    for each in fields(selection):
        value = getattr(selection, each.name)
        lines += [f"{each.name}: {value}"] if value else []
    averaging = plot.asked.averaging
    if averaging != Averaging():
        lines.append(
            f"channel average: {f'{averaging.channels:g}' if averaging.channels else None}"
        )
        lines.append(f"time average: {f'{averaging.seconds:g}s' if averaging.seconds else None}")
        for name in ("scan", "field", "spw", "baseline", "antenna", "scalar"):
            lines += [f"{name} average: True"] if getattr(averaging, name) else []
    if plot.iteration is not None:
        lines.append(f"iteraxis: {_heading(plot.iteration.over)}")
    return "".join(f"# {line}\n" for line in lines)


def _plot(
    family: Family, values: Sequence[float | None], layer: Layer, *, verbose: bool
) -> Iterator[bytes]:
    x, y = family.plot.x, layer.y
    about: tuple[_About, ...] = _ABOUT if verbose else ()
    if not family.measurement_set:
        about = tuple(each for each in about if each[2] is not Axis.OBSERVATION)
    yield f"# x y {' '.join(name for name, _, _ in about)}\n".encode()
    titles = " ".join((_heading(x), _heading(y), *(unit for _, unit, _ in about)))
    yield f"# {titles}\n".encode()
    quantities = [Quantity(axis) for _, _, axis in about if axis is not None]
    wanted = tuple(dict.fromkeys((x, y, *quantities)))
    named = stations(family) if verbose else []
    names = family.source.names(Quantity(Axis.CORR))
    for value in values:
        for block in family.part(value).blocks(wanted):
            shown = np.broadcast_to(~block.flagged, block.shape)
            if layer.flagged is not None:
                shown = np.ones(block.shape, bool)
            shown = shown & np.isfinite(np.broadcast_to(block.values[y], block.shape))
            columns = [_column(block, each, shown, None) for each in (x, y)]
            columns += [_about(block, name, axis, shown, named, names) for name, _, axis in about]
            lines = zip(*columns, strict=True)
            yield "".join(f"{' '.join(line)}\n" for line in lines).encode()


def _heading(quantity: Quantity) -> str:
    name = _HEADINGS.get(quantity.axis) or quantity.axis.value.capitalize()
    column = quantity.column
    return name if column is None or column.value == "data" else f"{name}:{column.value}"


def _about(
    block: Block,
    name: str,
    axis: Axis | None,
    shown: NDArray[np.bool_],
    named: Sequence[str],
    correlations: Sequence[str] | None,
) -> list[str]:
    if name == "chan":
        whole = np.broadcast_to(block.channels[:, :, None], block.shape)[shown]
        return [str(each) for each in whole]
    if axis is None:
        wanted = Quantity(Axis.ANTENNA1 if name == "ant1name" else Axis.ANTENNA2)
        return _column(block, wanted, shown, named)
    return _column(block, Quantity(axis), shown, correlations if axis is Axis.CORR else None)


def _column(
    block: Block, quantity: Quantity, shown: NDArray[np.bool_], names: Sequence[str] | None
) -> list[str]:
    values = block.values[quantity]
    whole = np.broadcast_to(values, block.shape)[shown]
    unique, of = np.unique(whole, return_inverse=True)
    if len(unique) > _MANY:
        return [_text(quantity.axis, each, names) for each in whole]
    texts = [_text(quantity.axis, each, names) for each in unique]
    return [texts[each] for each in of.reshape(-1)]


def _text(axis: Axis, value: float, names: Sequence[str] | None) -> str:
    if names is not None and float(value).is_integer():
        number = int(value)
        return names[number] if 0 <= number < len(names) else "*"
    if axis is Axis.TIME:
        return f"{value:.3f}"
    if axis is Axis.FREQUENCY:
        return f"{value:.9f}"
    return str(int(value)) if float(value).is_integer() and abs(value) < 1e9 else f"{value:.6g}"  # noqa: PLR2004 - whole numbers are written whole
