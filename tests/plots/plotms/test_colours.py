"""Colours: apart for everybody, seen on their ground, the same as their keys."""

from itertools import combinations

import numpy as np
import pytest
from casa_plots.picture import Theme
from casa_plots.plotms.colours import SCHEMES
from matplotlib.colors import to_rgb
from numpy.typing import NDArray

# Sight without red or green cones: Machado, Oliveira and Fernandes 2009, severity 1, linear sRGB.
SIGHT = {
    "normal": np.eye(3),
    "protanopia": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
    "deuteranopia": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
}
TO_XYZ = np.array(
    [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
)


def linear(colour: str) -> NDArray[np.float64]:
    part = np.array(to_rgb(colour))
    return np.where(part <= 0.04045, part / 12.92, ((part + 0.055) / 1.055) ** 2.4)


def lab(light: NDArray[np.float64]) -> NDArray[np.float64]:
    """CIE 1976 L*a*b*, white D65."""
    parts = TO_XYZ @ np.clip(light, 0, 1) / np.array([0.95047, 1.0, 1.08883])
    x, y, z = np.where(parts > 0.008856, np.cbrt(parts), 7.787 * parts + 16 / 116)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def contrast(one: str, other: str) -> float:
    """WCAG 2.2."""
    high, low = sorted((float((TO_XYZ @ linear(each))[1]) for each in (one, other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("sight", list(SIGHT))
@pytest.mark.parametrize("theme", list(Theme))
def test_any_two_of_ten_colours_are_apart(theme: Theme, sight: str) -> None:
    colours = SCHEMES[theme].palette
    assert len(colours) == 10
    seen = [lab(np.clip(SIGHT[sight] @ linear(each), 0, 1)) for each in colours]
    apart = min(np.linalg.norm(one - other) for one, other in combinations(seen, 2))
    assert apart > 25  # 2.3 is just noticeable


@pytest.mark.parametrize("theme", list(Theme))
def test_colours_are_seen_on_their_ground(theme: Theme) -> None:
    scheme = SCHEMES[theme]
    for text in (scheme.ink, scheme.soft):
        assert contrast(text, scheme.ground) >= 4.5
        assert contrast(text, scheme.frame) >= 4.5
    assert contrast(scheme.palette[0], scheme.frame) >= 4.5
    assert contrast(scheme.flagged, scheme.frame) >= 3
    assert min(contrast(each, scheme.frame) for each in scheme.palette) >= 1.9
