"""Colours of points: told apart by colour-blind people, on light and on dark ground."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from matplotlib import colormaps
from matplotlib.colors import to_rgb
from numpy.typing import NDArray

from casa_plots.picture import Theme


@dataclass(frozen=True, slots=True)
class Scheme:
    """What a picture is drawn in.

    Attributes
    ----------
    ground, frame : str
        Behind everything, and behind the data.
    ink, soft : str
        Text and axes; what is less important.
    line : str
        Grid lines.
    palette : tuple of str
        Colours of points, in this order, then again.
    flagged : str
        Colour of flagged points.
    gradient : str
        Name of matplotlib's colour map for measured quantities.
    ends : tuple of float
        Part of the gradient that is seen on the ground.
    """

    ground: str
    frame: str
    ink: str
    soft: str
    line: str
    palette: tuple[str, ...]
    flagged: str
    gradient: str
    ends: tuple[float, float]


# Found by a search for ten colours of which any two differ as much as possible for normal sight and
# without the red or the green cones, with enough contrast to the ground; a test says how much.
LIGHT_PALETTE: Final = (
    "#1f5fbf", "#d9487e", "#bbab15", "#3cc1cc", "#7a0966",
    "#626c03", "#0bb6ff", "#244b26", "#7110ff", "#a6b76f",
)  # fmt: skip
DARK_PALETTE: Final = (
    "#6aaef5", "#fef114", "#51a187", "#6237ff", "#bbfdc8",
    "#8c8f06", "#97f1fa", "#2b5fc7", "#eefd87", "#216b86",
)  # fmt: skip

SCHEMES: Final = {
    Theme.LIGHT: Scheme(
        ground="#ffffff",
        frame="#ffffff",
        ink="#1b2027",
        soft="#5b6470",
        line="#d5dae1",
        palette=LIGHT_PALETTE,
        flagged="#c22f1f",
        gradient="viridis",
        ends=(0.0, 0.88),
    ),
    Theme.DARK: Scheme(
        ground="#14171c",
        frame="#191d23",
        ink="#e8ebef",
        soft="#a2abb6",
        line="#363d47",
        palette=DARK_PALETTE,
        flagged="#ff7a66",
        gradient="viridis",
        ends=(0.22, 1.0),
    ),
}


def palette(scheme: Scheme, count: int) -> NDArray[np.float32]:
    """Return colours as ``(count, 3)``, from 0 to 1; after the last one they begin again."""
    names = [scheme.palette[n % len(scheme.palette)] for n in range(count)]
    return np.array([to_rgb(each) for each in names], np.float32).reshape(-1, 3)


def gradient(scheme: Scheme, parts: NDArray[np.float64]) -> NDArray[np.float32]:
    """Return the colours of parts from 0 to 1, of any shape, with a last axis of 3."""
    low, high = scheme.ends
    return np.asarray(
        colormaps[scheme.gradient](low + (high - low) * np.clip(parts, 0, 1))[..., :3], np.float32
    )


def shade(
    own: NDArray[np.float32], strength: NDArray[np.float32], scheme: Scheme
) -> NDArray[np.float32]:
    """Return a colour, half-way to the ink where there are most points, itself where there are few.

    Parameters
    ----------
    own : ndarray
        Colours, with a last axis of 3.
    strength : ndarray
        From 0 to 1, of any shape.

    Returns
    -------
    ndarray
        The same shape and a last axis of 3.
    """
    ink = np.array(to_rgb(scheme.ink), np.float32)
    deep = 0.45 * own + 0.55 * ink
    return own + (deep - own) * strength[..., None]
