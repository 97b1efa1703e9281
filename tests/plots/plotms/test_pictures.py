"""Pictures against baselines.

Tolerance: the root mean square of differences of colours, from 0 to 255, over all pixels. Text that
moves by a pixel gives about 3; a missing label or other colours give more than 8. New baselines are
made by ``CASAHUB_BASELINES=1 pytest`` of this file; look at them.
"""

import os
from io import BytesIO
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pytest
from casa_plots.axes import Axis, Quantity
from casa_plots.picture import Looking, Size, Theme
from casa_plots.plotms import Board
from casa_plots.plotms.request import Grid, Iteration, Layer, Words
from casa_plots.plotms.view import PageView
from PIL import Image
from plots.plotms.made import AMP, START, TIME, Made, family, view

BASELINES = Path(__file__).parent / "baselines"
TOLERANCE = 6.0
PHASE, FIELD = Quantity(Axis.PHASE, AMP.column), Quantity(Axis.FIELD)


def observation(rows: int, channels: int = 1) -> Made:
    """Amplitudes and phases that look like some, without random numbers."""
    time = np.linspace(0, 5400, rows).reshape(-1, 1, 1)
    channel = np.arange(channels).reshape(1, -1, 1)
    wave = np.sin(time / 900) + 0.3 * np.sin(np.arange(rows) * 2.4).reshape(-1, 1, 1)
    values = {
        TIME: START + time,
        AMP: (3 + wave + 0.02 * channel).astype(np.float32),
        PHASE: (170 * np.sin(time / 500 + channel * 0.1)).astype(np.float32),
        FIELD: (time // 1800).astype(int).clip(0, 2),
    }
    return Made(
        values,
        (rows, channels, 1),
        np.zeros((rows, 1, 1), bool),
        categories={FIELD: ("3C 286", "J1445+0958", "NGC 5921")},
        path=Path("made.ms"),
        description="scan 1~3",
    )


def symbols() -> PageView:
    grid = Grid(1, "solid", "#B0B0B0")
    return view(observation(300), colour=FIELD, major=grid, words=Words(legend="lowerRight"))


def dense() -> PageView:
    return view(observation(4000, 60), colour=FIELD)


def two_axes() -> PageView:
    return view(observation(300), layers=(Layer(AMP), Layer(PHASE, right=True)))


def measured() -> PageView:
    return view(observation(4000, 20), colour=TIME, layers=(Layer(PHASE),))


def shared() -> PageView:
    board = Board()
    one = family(
        observation(400), iteration=Iteration(FIELD, True, True, True, True), layers=(Layer(PHASE),)
    )
    board.put(0, one, (2, 2), clear=True)
    return board.views().page(0)


def test_a_style_of_the_notebook_changes_nothing() -> None:
    looking = Looking(Size(6, 4, 80))
    expected = measured().draw(looking).content
    with mpl.rc_context({"font.size": 30, "savefig.bbox": "tight", "lines.linewidth": 9}):
        assert measured().draw(looking).content == expected


@pytest.mark.parametrize("theme", list(Theme))
@pytest.mark.parametrize("draw", [symbols, dense, two_axes, measured, shared])
def test_pictures_are_as_they_were(draw: Any, theme: Theme) -> None:
    picture = draw().draw(Looking(Size(6, 4, 80), theme))
    file = BASELINES / f"{draw.__name__}-{theme}.png"
    with Image.open(BytesIO(picture.content)) as image:
        found = image.convert("RGB")
    if os.environ.get("CASAHUB_BASELINES"):
        found.convert("P", palette=Image.Palette.ADAPTIVE, colors=64).save(file, optimize=True)
    with Image.open(file) as image:
        expected = np.asarray(image.convert("RGB")).astype(float)
    assert np.asarray(found).shape == expected.shape
    differ = float(np.sqrt(np.mean((np.asarray(found).astype(float) - expected) ** 2)))
    assert differ < TOLERANCE
