"""Values of a point in words: pure functions."""

from typing import Any

import numpy as np

from casa_plots.asked import Averaging
from casa_plots.visibilities.averaging.asked import averaging_words


def number(value: Any) -> str:  # noqa: ANN401 - a number of any type
    """Return a number with as many digits as it has."""
    if isinstance(value, (int, np.integer)):
        return str(int(value))
    return f"{float(value):.7g}" if isinstance(value, np.float32) else f"{float(value):.10g}"


def averages(averaging: Averaging) -> str:
    """Return what points are averages of, empty if of nothing."""
    return averaging_words(averaging).removeprefix("averaged over ")
