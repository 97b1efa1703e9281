"""Which channels are averaged into one: pure functions."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]
Values = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Bins:
    """Bins of channels.

    Attributes
    ----------
    positions : ndarray of int64
        Which of the chosen channels are used, bin after bin; (used,).
    starts : ndarray of int64
        Where in `positions` each bin begins; (bins,).
    """

    positions: Integers
    starts: Integers

    @property
    def size(self) -> int | None:
        """Channels of each bin, None if they have not the same number."""
        sizes = np.diff(np.append(self.starts, len(self.positions)))
        return int(sizes[0]) if (sizes == sizes[0]).all() else None

    def add(self, values: Values, dtype: type[np.generic]) -> Values:
        """Return the sums over bins of values of shape (rows, channels, correlations)."""
        if not np.array_equal(self.positions, np.arange(values.shape[1])):
            values = values[:, self.positions]
        if self.size == 1:
            return values.astype(dtype, copy=False)
        if self.size is not None:
            apart = values.reshape(len(values), len(self.starts), self.size, values.shape[2])
            return np.asarray(apart.sum(2, dtype=dtype))
        return np.asarray(np.add.reduceat(values, self.starts, axis=1, dtype=dtype))

    def means(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the means over bins of what there is one of in each channel; (..., channels)."""
        used = values[..., self.positions]
        counts = np.diff(np.append(self.starts, len(self.positions)))
        return np.asarray(np.add.reduceat(used, self.starts, axis=-1) / counts)


def channel_bins(channels: Integers, width: float) -> Bins:
    """Return the bins of chosen channels.

    As in CASA's ``mstransform``, which ``plotms`` uses: a bin does not go over the end of a range
    of channels; what is left at the end of a range and does not fill a bin is dropped; a range that
    is shorter than a bin becomes one.

    Parameters
    ----------
    channels : ndarray of int64
        Ascending channel numbers.
    width : float
        ``avgchannel``.
    """
    size = max(1, int(width))
    positions: list[Integers] = []
    starts: list[int] = []
    total = 0
    for piece in _ranges(channels):
        each = min(size, len(piece))
        number = len(piece) // each
        positions.append(piece[: number * each])
        starts.extend(range(total, total + number * each, each))
        total += number * each
    return Bins(np.concatenate(positions), np.array(starts, np.int64))


def _ranges(channels: Integers) -> list[Integers]:
    """Return the positions of channels, cut where the step becomes another."""
    steps = np.diff(channels)
    positions = np.arange(len(channels), dtype=np.int64)
    if not len(steps):
        return [positions]
    return list(np.split(positions, np.flatnonzero(steps != steps.min()) + 1))
