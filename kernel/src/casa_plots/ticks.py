"""Ticks of time: an axis in MJD seconds, labelled in hours and minutes of UTC.

Matplotlib's own dates count days since 1970; a MeasurementSet counts seconds since 1858-11-17. An
axis in the table's own numbers needs no conversion when somebody points at it.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import Formatter, Locator

EPOCH: Final = datetime(1858, 11, 17, tzinfo=UTC)
_DAY: Final = 86400.0
_STEPS: Final = (
    *(1.0, 2.0, 5.0, 10.0, 15.0, 30.0),
    *(60.0 * each for each in (1, 2, 5, 10, 15, 30)),
    *(3600.0 * each for each in (1, 2, 3, 4, 6, 12)),
    *(_DAY * each for each in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000)),
)


def moment(seconds: float) -> datetime:
    """Return the date and time of MJD seconds."""
    return EPOCH + timedelta(seconds=seconds)


def span(first: float, last: float) -> str:
    """Return the dates of a time range in words, such as ``1995-04-13``."""
    dates = [moment(each).date().isoformat() for each in (first, last)]
    return dates[0] if dates[0] == dates[1] else f"{dates[0]} to {dates[1]}"


def clock(seconds: float, step: float) -> str:
    """Return the time of day, as fine as ticks that are `step` seconds apart need it."""
    if step >= _DAY:
        return moment(round(seconds)).strftime("%m-%d")
    if step < 1:
        digits = int(np.ceil(-np.log10(step)))
        rounded = round(seconds, digits)
        whole = np.floor(rounded)
        fraction = f"{rounded - whole:.{digits}f}"[1:]
        return f"{moment(float(whole)):%H:%M:%S}{fraction}"
    return moment(round(seconds)).strftime("%H:%M:%S" if step % 60 else "%H:%M")


class TimeLocator(Locator):
    """Ticks at whole seconds, minutes, hours or days.

    Parameters
    ----------
    most : int
        How many ticks there may be.
    """

    def __init__(self, most: int = 6) -> None:
        self._most = max(1, most)

    def step(self, low: float, high: float) -> float:
        """Return the distance of ticks between two times, in seconds."""
        wanted = abs(high - low) / self._most
        if wanted < _STEPS[0] and wanted > 0:
            # Below a second: a decimal step, 1, 2 or 5 times a power of ten.
            power = 10.0 ** np.floor(np.log10(wanted))
            return float(power * next(each for each in (1, 2, 5, 10) if each * power >= wanted))
        return next((each for each in _STEPS if each >= wanted), _STEPS[-1])

    def __call__(self) -> Sequence[float]:
        """Return the times of the ticks."""
        low, high = sorted(self.axis.get_view_interval())  # type: ignore[union-attr]
        return self.tick_values(low, high)

    def tick_values(self, vmin: float, vmax: float) -> Sequence[float]:
        """Return the times of ticks between two times."""
        step = self.step(vmin, vmax)
        first = np.ceil(vmin / step)
        last = np.floor(vmax / step)
        return [float(step * each) for each in np.arange(first, min(last, first + 100) + 1)]


class TimeFormatter(Formatter):
    """Hours and minutes, with seconds if the ticks are closer than a minute."""

    def __init__(self) -> None:
        self._ticks: Sequence[float] = ()

    def set_locs(self, locs: Sequence[float]) -> None:
        """Take where all ticks are: how far apart says how fine labels are."""
        self._ticks = locs

    def __call__(self, x: float, pos: int | None = None) -> str:
        """Return the label of one tick."""
        del pos
        locations = self._ticks
        step = abs(float(locations[1] - locations[0])) if len(locations) > 1 else 60.0
        if len(locations) == 1 and locations[0] % 60:
            step = 1.0
        return clock(x, step)


def label_time(axes: Axes, *, most: int = 6, vertical: bool = False) -> None:
    """Make an axis one of time in MJD seconds."""
    axis = axes.yaxis if vertical else axes.xaxis
    axis.set_major_locator(TimeLocator(most))
    axis.set_major_formatter(TimeFormatter())
