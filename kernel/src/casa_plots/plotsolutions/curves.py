"""From solutions to points on paper: no drawing here."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from casa_plots.plotsolutions.kinds import Quantity, Values
from casa_plots.plotsolutions.reading import Solutions, Window


@dataclass(frozen=True, slots=True)
class Group:
    """What has a colour of its own.

    Attributes
    ----------
    window : int
        Position among the windows.
    polarisation : int
        Which parameter of the quantity's.
    name : str
        For the legend.
    """

    window: int
    polarisation: int
    name: str


@dataclass(frozen=True, slots=True)
class Curve:
    """One group's solutions of one antenna.

    Attributes
    ----------
    x, y : ndarray
        Points in their order; NaN breaks a line.
    flagged : ndarray
        Where on the horizontal axis flagged solutions are.
    """

    x: Values
    y: Values
    flagged: Values


def groups(solutions: Solutions, quantity: Quantity) -> list[Group]:
    """Return all groups of a table."""
    return [
        Group(position, polarisation, _name(solutions, window, polarisation))
        for position, window in enumerate(solutions.windows)
        for polarisation in range(quantity.pick(window.parameters).shape[-1])
    ]


def _name(solutions: Solutions, window: Window, polarisation: int) -> str:
    name = (
        solutions.polarisations[polarisation]
        if polarisation < len(solutions.polarisations)
        else f"parameter {polarisation}"
    )
    return name if len(solutions.windows) == 1 else f"spw {window.spw} {name}"


def curve(solutions: Solutions, quantity: Quantity, antenna: int, group: Group) -> Curve:
    """Return one group's solutions of one antenna."""
    window = solutions.windows[group.window]
    rows = window.antenna == antenna
    values = quantity.values(window.parameters[rows])[..., group.polarisation]
    flags = quantity.pick(window.flag[rows])[..., group.polarisation]
    if solutions.spectral:
        x = np.broadcast_to(window.frequency, values.shape)
    else:
        x = np.broadcast_to(window.time[rows][:, None], values.shape)
    y = np.where(flags, np.nan, values)
    flagged = np.unique(x[flags])
    if not solutions.spectral:
        return Curve(x.ravel(), y.ravel(), flagged)
    # A gap after each solution: the next one is a line of its own.
    gap = np.full((len(values), 1), np.nan)
    return Curve(
        np.concatenate([x, gap], axis=1).ravel(), np.concatenate([y, gap], axis=1).ravel(), flagged
    )


def limits(solutions: Solutions, quantity: Quantity) -> tuple[NDArray[np.float64], ...]:
    """Return the lowest and highest of both axes over all antennas: what all panels show."""
    across: list[Values] = []
    along: list[Values] = []
    for window in solutions.windows:
        good = quantity.values(window.parameters)[~quantity.pick(window.flag)]
        across.append(window.frequency if solutions.spectral else window.time)
        along.append(good[np.isfinite(good)])
    return _wide(np.concatenate(across), 0.03), _wide(np.concatenate(along), 0.08)


def _wide(values: Values, margin: float) -> NDArray[np.float64]:
    if not values.size:
        return np.array([0.0, 1.0])
    low, high = float(values.min()), float(values.max())
    more = (high - low) * margin or max(abs(high) * 1e-6, 0.5)
    return np.array([low - more, high + more])


def good(solutions: Solutions, quantity: Quantity) -> Iterator[bool]:
    """Yield for each window whether it has a value that is not flagged."""
    for window in solutions.windows:
        values = quantity.values(window.parameters)
        yield bool(np.any(np.isfinite(values) & ~quantity.pick(window.flag)))
