"""Which rows are averaged into one: pure functions of columns with one number per row."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from casa_plots.asked import Averaging

Integers = NDArray[np.int64]
Columns = Mapping[str, NDArray[Any]]

# What grouping looks at; DATA_DESC_ID is among it.
NEEDED = (
    "TIME",
    "ARRAY_ID",
    "OBSERVATION_ID",
    "SCAN_NUMBER",
    "FIELD_ID",
    "DATA_DESC_ID",
    "ANTENNA1",
    "ANTENNA2",
)


def groups(columns: Columns, averaging: Averaging) -> tuple[Integers, ...]:
    """Return the number of the group of each row, counted as they are met first.

    Parameters
    ----------
    columns : mapping of str to ndarray
        Those of `NEEDED`, each (rows,).
    averaging : Averaging
        What is asked for.

    Returns
    -------
    tuple of ndarray
        One array (rows,); two for averaging by antenna, where a row goes to either antenna.
    """
    contexts = _contexts(columns, averaging)
    one, other = columns["ANTENNA1"], columns["ANTENNA2"]
    if not (averaging.baseline or averaging.antenna):
        # A bin begins for each baseline with its own first time.
        alone = _counted(contexts, one, other)
        return (_counted(time_bins(columns["TIME"], alone, averaging.seconds)),)
    times = time_bins(columns["TIME"], contexts, averaging.seconds)
    if averaging.baseline:
        return (_counted(times),)
    both = _counted(np.concatenate([times, times]), np.concatenate([one, other]))
    return both[: len(one)], both[len(one) :]


def _contexts(columns: Columns, averaging: Averaging) -> Integers:
    """Return the number of what time averaging does not go across."""
    bounding = ["ARRAY_ID", "OBSERVATION_ID"]
    # CASA goes across scans where it goes across fields, because no field is in two at once.
    if not (averaging.scan or averaging.field):
        bounding.append("SCAN_NUMBER")
    if not averaging.field:
        bounding.append("FIELD_ID")
    if not averaging.spw:
        bounding.append("DATA_DESC_ID")
    return _counted(*(columns[name] for name in bounding))


def time_bins(times: NDArray[np.float64], contexts: Integers, seconds: float) -> Integers:
    """Return the number of the time bin of each row.

    A bin begins with the first time of its context that is in no bin, and holds what is less than
    `seconds` later: CASA's rule, which looks at the middles of integrations. Bins of different
    contexts have different numbers.
    """
    order = np.lexsort((times, contexts))
    ordered, bounds = times[order], contexts[order]
    new = np.diff(ordered, prepend=np.nan) != 0
    new |= np.diff(bounds, prepend=-1) != 0
    bins = np.cumsum(new)
    if seconds > 0:
        bins = _wider(ordered[new], bounds[new], seconds)[bins - 1]
    found = np.empty(len(times), np.int64)
    found[order] = bins
    return found


def _wider(times: NDArray[np.float64], contexts: Integers, seconds: float) -> Integers:
    """Return the bin of each time; times ascend within contexts, which ascend."""
    bins = np.empty(len(times), np.int64)
    starts = np.flatnonzero(np.diff(contexts, prepend=contexts[:1] - 1))
    # Nearly all baselines have the same times: what was cut once is not cut again.
    known: dict[bytes, Integers] = {}
    number = 0
    for first, last in zip(starts, [*starts[1:], len(times)], strict=True):
        mine = times[first:last]
        key = mine.tobytes()
        if key not in known:
            known[key] = _cut(mine, seconds)
        bins[first:last] = known[key] + number
        number += int(known[key][-1]) + 1
    return bins


def _cut(times: NDArray[np.float64], seconds: float) -> Integers:
    bins = np.empty(len(times), np.int64)
    here = number = 0
    while here < len(times):
        end = int(np.searchsorted(times, times[here] + seconds, side="left"))
        end = max(end, here + 1)
        bins[here:end] = number
        number += 1
        here = end
    return bins


def _counted(*keys: NDArray[Any]) -> Integers:
    """Return a number for each combination of keys, in the order in which they are met first."""
    combined = np.zeros(len(keys[0]), np.int64)
    for key in keys:
        codes = np.unique(key, return_inverse=True)[1].reshape(-1)
        # Made small each time, so that the product never overflows.
        combined = np.unique(combined * (codes.max(initial=0) + 1) + codes, return_inverse=True)[1]
    _, first, of = np.unique(combined, return_index=True, return_inverse=True)
    order = np.empty(len(first), np.int64)
    order[np.argsort(first)] = np.arange(len(first))
    return np.asarray(order[of.reshape(-1)])
