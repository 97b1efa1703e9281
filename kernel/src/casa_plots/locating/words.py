"""Values of a point in words: pure functions."""

from typing import Any, Final

import numpy as np

from casa_plots.asked import Averaging
from casa_plots.visibilities.averaging.asked import averaging_words

_EPOCH: Final = 3_506_716_800.0  # MJD seconds at 1970-01-01


def date(seconds: float) -> str:
    """Return a time (MJD seconds, UTC) as ``1995/04/13/09:19:00.0``."""
    if not np.isfinite(seconds):
        return "nan"
    tenths = round((seconds - _EPOCH) * 10)
    moment = np.datetime64(tenths // 10, "s")
    return f"{moment}.{tenths % 10}".replace("-", "/").replace("T", "/")


def number(value: Any) -> str:  # noqa: ANN401 - a number of any type
    """Return a number with as many digits as it has."""
    if isinstance(value, (int, np.integer)):
        return str(int(value))
    return f"{float(value):.7g}" if isinstance(value, np.float32) else f"{float(value):.10g}"


def averages(averaging: Averaging) -> str:
    """Return what points are averages of, empty if of nothing."""
    return averaging_words(averaging).removeprefix("averaged over ")
