import io
from pathlib import Path

import numpy as np
import pytest
from casa_plots.applications.process import Application
from casa_plots.casaviewer import imview, msview
from casa_plots.errors import ApplicationError, FileInTheWayError, InvalidParameterError
from casa_plots.picture import Looking, View
from numpy.typing import NDArray
from PIL import Image


def seen(view: View) -> NDArray[np.uint8]:
    return np.asarray(Image.open(io.BytesIO(view.draw(Looking()).content)).convert("RGB"))


def test_an_image_is_shown_as_asked(casaviewer: Application, sky: Path) -> None:
    raster = {"file": str(sky), "colormap": "Greyscale 1"}
    grey = seen(imview({"raster": raster}, casaviewer).views[0])
    inner = grey[150:300, 150:400].astype(int)
    assert np.ptp(inner) > 80
    assert (inner.max(axis=2) == inner.min(axis=2)).mean() > 0.99
    coloured = imview({"raster": str(sky)}, casaviewer)
    assert coloured.engine == "casaviewer 2.4.4"
    assert coloured.views[0].draw(Looking()).alternative == "imview of sky.image"
    colours = seen(coloured.views[0])[150:300, 150:400].astype(int)
    assert (colours.max(axis=2) - colours.min(axis=2)).max() > 100
    zoom = {"blc": [20, 40], "trc": [60, 80]}
    contour = {"file": str(sky), "levels": [5, 10]}
    other = imview({"raster": [raster], "contour": [contour], "zoom": zoom}, casaviewer)
    assert seen(other.views[0]).tobytes() != grey.tobytes()


def test_out_is_kept_and_nothing_overwritten(
    casaviewer: Application, sky: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert imview({"raster": str(sky), "out": "mine.pdf"}, casaviewer).saved == [
        str(tmp_path / "mine.pdf")
    ]
    assert Path("mine.pdf").read_bytes().startswith(b"%PDF-")
    with pytest.raises(FileInTheWayError, match=r"mine\.pdf"):
        imview({"raster": str(sky), "out": {"file": "mine.pdf"}}, casaviewer)


@pytest.mark.parametrize(
    ("asked", "error", "words"),
    [
        ({"raster": "nosuch.image"}, ApplicationError, "nosuch.image does not exist"),
        ({}, InvalidParameterError, "Neither raster nor contour"),
        ({"raster": {"colormap": "x"}}, InvalidParameterError, "names no file"),
        ({"raster": "a", "nosuch": 1}, InvalidParameterError, "no parameter nosuch"),
        ({"raster": "a", "out": "mine.xyz"}, InvalidParameterError, r"mine.xyz.*\.png"),
    ],
)
def test_what_cannot_be_is_refused_with_a_reason(
    asked: dict[str, object], error: type[Exception], words: str, casaviewer: Application
) -> None:
    with pytest.raises(error, match=words):
        imview(asked, casaviewer)


def test_visibilities_are_shown(casaviewer: Application, observation: Path) -> None:
    pages = msview({"infile": str(observation)}, casaviewer)
    assert pages.task == "msview"
    assert np.ptp(seen(pages.views[0])) > 200
