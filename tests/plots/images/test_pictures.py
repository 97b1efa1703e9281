"""Pictures: what is asked for is in them, in every format; what cannot be drawn is said."""

import io
import shutil
from pathlib import Path
from typing import cast

import matplotlib as mpl
import numpy as np
import pytest
from casa_plots.errors import (
    FileInTheWayError,
    InvalidParameterError,
    MissingDataError,
    PlotError,
    UnsupportedError,
)
from casa_plots.images import imview, regions, viewer
from casa_plots.inside import Locating, Measuring, Outline, Shape
from casa_plots.picture import Format, Looking, Picture, Region, Size, Theme, View
from PIL import Image

from .conftest import Made

SMALL = Looking(size=Size(3.2, 2.4, 100))
BASELINES = Path(__file__).parent / "baselines"
# Mean difference of a channel, of 255: fonts and anti-aliasing may differ a little.
TOLERANCE = 2.0


def pixels(picture: Picture) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(picture.content)).convert("RGB"), dtype=float)


def draw(view: View, looking: Looking = SMALL) -> Picture:
    return view.draw(looking)


def test_a_cube_is_a_page_for_each_plane(made: Made) -> None:
    pages = imview(made("cube.image"))
    assert len(pages.views) == 8
    assert "channel 3: 1.413397 GHz LSRK, 1479.2 km/s (radio)" in pages.views[3].title
    assert "Stokes I" in pages.views[3].title
    one = imview(made("cube.image"), zoom={"channel": 5})
    assert len(one.views) == 1
    assert "channel 5" in one.views[0].title


def test_a_plane_can_be_looked_into(made: Made) -> None:
    view = imview(made("cube.image")).views[0]
    assert isinstance(view, Locating)
    assert isinstance(view, Measuring)
    assert view.zoomable
    with pytest.raises(InvalidParameterError, match="frame"):
        view.locate("other", Region(0, 1, 0, 1))


def test_colours_mean_the_same_in_all_planes(made: Made) -> None:
    views = imview(made("cube.image")).views
    said = [draw(view).alternative.split("colours")[1] for view in (views[0], views[7])]
    assert said[0] == said[1]


def test_a_frame_says_which_pixels_are_where(made: Made) -> None:
    picture = draw(imview(made("cube.image")).views[3])
    (frame,) = picture.frames
    assert (frame.shown.left, frame.shown.right) == (-0.5, 127.5)
    # The brightest pixel, at (69, 42), is where the frame says that it is.
    found = pixels(picture)
    height, width = found.shape[:2]
    x = frame.box.left + (69 + 0.5) / 128 * (frame.box.right - frame.box.left)
    y = frame.box.bottom + (42 + 0.5) / 128 * (frame.box.top - frame.box.bottom)
    i, j = int(x * width), int((1 - y) * height)
    assert found[j - 1 : j + 2, i - 1 : i + 2].sum(axis=2).max() > 600


def test_zooming_shows_a_region(made: Made) -> None:
    view = imview(made("cube.image")).views[3]
    region = Region(60, 80, 30, 50)
    picture = draw(view, Looking(SMALL.size, regions={"image": region}))
    assert picture.frames[0].shown == region
    by_corners = imview(made("cube.image"), zoom={"blc": [60, 30], "trc": [79, 49], "channel": 3})
    shown = draw(by_corners.views[0]).frames[0].shown
    assert (shown.left, shown.right, shown.bottom, shown.top) == (59.5, 79.5, 29.5, 49.5)


@pytest.mark.parametrize(
    ("name", "asked", "theme"),
    [
        ("contours", {"raster": "cube.image", "contour": "galactic.image"}, Theme.LIGHT),
        ("galactic", {"raster": "galactic.image", "contour": "cube.image"}, Theme.DARK),
        (
            "vectors",
            {"raster": "polarised.image", "vector": "polarised.image", "zoom": 2},
            Theme.LIGHT,
        ),
        ("turned", {"raster": "turned.image", "axes": ["freq", "dec", "ra"]}, Theme.LIGHT),
    ],
)
def test_pictures_are_those_that_were_looked_at(
    made: Made, name: str, asked: dict[str, object], theme: Theme, tmp_path: Path
) -> None:
    given = {key: made(v) if isinstance(v, str) else v for key, v in asked.items()}
    pages = imview(**given)  # type: ignore[arg-type]
    view = pages.views[3] if len(pages.views) == 8 else pages.views[len(pages.views) // 2]
    picture = view.draw(Looking(SMALL.size, theme))
    baseline = BASELINES / f"{name}.png"
    if not baseline.exists():
        baseline.write_bytes(picture.content)
        pytest.fail(f"{baseline} was not there: look at it.")
    expected = np.asarray(Image.open(baseline).convert("RGB"), dtype=float)
    assert np.abs(pixels(picture) - expected).mean() < TOLERANCE


def test_a_style_of_the_notebook_changes_nothing(made: Made) -> None:
    view = imview(made("cube.image"), made("galactic.image")).views[3]
    outline = Outline(Shape.RECTANGLE, [(30, 40), (80, 75)])
    measuring = cast("Measuring", view)
    expected = draw(view).content, measuring.measure("image", outline, SMALL).picture
    with mpl.rc_context({"font.size": 30, "savefig.bbox": "tight", "lines.linewidth": 9}):
        found = draw(view).content, measuring.measure("image", outline, SMALL).picture
    assert found == expected


def test_contours_lie_on_what_they_are_of(made: Made) -> None:
    picture = draw(imview(made("cube.image"), made("galactic.image")).views[3])
    assert "Contours of galactic.image at" in picture.alternative


@pytest.mark.parametrize("form", list(Format))
def test_exports(made: Made, form: Format, tmp_path: Path) -> None:
    target = tmp_path / f"out.{form.value}"
    out = {"file": str(target), "scale": 0.5, "dpi": 60}
    pages = imview(made("cube.image"), out=out)
    assert pages.saved == (str(target),)
    start = {"png": b"\x89PNG", "pdf": b"%PDF", "svg": b"<?xml", "eps": b"%!PS", "jpg": b"\xff\xd8"}
    assert target.read_bytes().startswith(start[form.value])
    with pytest.raises(FileInTheWayError, match="overwrite=True"):
        imview(made("cube.image"), out=str(target))
    assert [each.name for each in tmp_path.iterdir()] == [target.name]


def test_regions_go_round(made: Made, tmp_path: Path) -> None:
    outlines = [
        Outline(Shape.RECTANGLE, [(29.5, 39.5), (80.5, 75.5)]),
        Outline(Shape.ELLIPSE, [(20, 20), (60, 40)]),
        Outline(Shape.POLYGON, [(10, 10), (50, 12), (30, 60)]),
        Outline(Shape.POINT, [(5, 6)]),
    ]
    for name in ("a.crtf", "a.reg"):
        path = regions.write(tmp_path / name, outlines, made("cube.image"))
        found = regions.read(path, made("cube.image"))
        for before, after in zip(outlines, found, strict=True):
            assert after.shape is before.shape
            np.testing.assert_allclose(after.points, before.points, atol=1e-4)
        with pytest.raises(FileInTheWayError):
            regions.write(path, outlines, made("cube.image"))
    shown = draw(imview(made("cube.image"), zoom=str(tmp_path / "a.reg")).views[0]).frames[0].shown
    assert shown.left < 5
    assert shown.right > 80


def test_casas_words_for_regions_are_understood(made: Made) -> None:
    (box,) = regions.parse(
        "#CRTFv0\nbox[[10pix,11pix],[20pix,21pix]], coord=J2000, color=red\n", made("cube.image")
    )
    assert box.shape is Shape.RECTANGLE
    np.testing.assert_allclose(box.points, [(10, 11), (20, 21)])
    with pytest.raises(UnsupportedError, match="cannot be understood"):
        regions.parse("#CRTFv0\nblob[[1pix,2pix]]\n", made("cube.image"))


@pytest.mark.parametrize("name", ["nan.image", "masked.image"])
def test_nothing_to_see_is_said(made: Made, name: str) -> None:
    picture = draw(imview(made(name)).views[0])
    assert "masked or not a number" in picture.alternative


def test_odd_images_are_drawn(made: Made) -> None:
    for name in ("flat.image", "pixel.image", "linear.image"):
        assert draw(imview(made(name)).views[0]).content
    pages = imview(made("iquv.image"))
    assert len(pages.views) == 3
    assert pages.notes == ("Stokes has 4 planes; shown is I.",)
    by_stokes = imview(made("iquv.image"), axes={"z": "stokes"})
    assert [view.title.split("Stokes ")[1][0] for view in by_stokes.views] == list("IQUV")


@pytest.mark.parametrize(
    ("asked", "error", "words"),
    [
        ({}, InvalidParameterError, "no image"),
        ({"raster": "no.image"}, MissingDataError, "does not exist"),
        ({"raster": "numbers.json"}, UnsupportedError, "neither"),
        ({"raster": "ngc5921.ms"}, UnsupportedError, "msview"),
        ({"raster": "g"}, UnsupportedError, "no image"),
        ({"raster": "cube.image", "zoom": {"channel": 8}}, InvalidParameterError, "0 to 7"),
        ({"raster": "cube.image", "zoom": {"blc": [9, 9]}}, InvalidParameterError, "both corners"),
        (
            {"raster": "cube.image", "zoom": {"blc": [9, 9], "trc": [5, 5]}},
            InvalidParameterError,
            "not below",
        ),
        (
            {"raster": "cube.image", "zoom": {"blc": [200, 200], "trc": [250, 250]}},
            InvalidParameterError,
            "outside",
        ),
        ({"raster": "cube.image", "zoom": "no.crtf"}, MissingDataError, "region file"),
        ({"raster": "cube.image", "axes": ["ra", "time", "z"]}, InvalidParameterError, "no axis"),
        ({"raster": "cube.image", "colormap": "Mauve"}, InvalidParameterError, "Greyscale"),
        ({"raster": "cube.image", "stretch": "curly"}, InvalidParameterError, "asinh"),
        ({"raster": "cube.image", "out": "x.tiff"}, InvalidParameterError, "choose one of"),
        ({"raster": "cube.image", "engine": "x"}, InvalidParameterError, "casaviewer"),
    ],
)
def test_what_makes_no_sense_is_refused(
    made: Made, asked: dict[str, object], error: type[PlotError], words: str
) -> None:
    files = {key: made(str(v)) for key, v in asked.items() if key == "raster"}
    if isinstance(asked.get("zoom"), str):
        files["zoom"] = made(str(asked["zoom"]))
    with pytest.raises(error, match=words):
        imview(**{**asked, **files})  # type: ignore[arg-type]


def test_images_that_do_not_overlap_are_said(made: Made) -> None:
    picture = draw(imview(made("cube.image"), made("flat.image")).views[0])
    assert "No pixel of flat.image is here." in picture.alternative
    view = imview([made("cube.image"), made("linear.image")]).views[0]
    with pytest.raises(UnsupportedError, match="cannot be laid over"):
        draw(view)


def test_what_is_not_understood_is_noted(made: Made) -> None:
    pages = imview({"file": made("cube.image"), "smoothness": 3}, zoom={"channel": 1, "tilt": 2})
    assert "raster's smoothness, zoom's tilt" in pages.notes[-1]


def test_an_image_that_goes_away_is_said(made: Made, tmp_path: Path) -> None:
    shutil.copytree(made("cube.image"), tmp_path / "copy.image")
    pages = imview(str(tmp_path / "copy.image"))
    draw(pages.views[0])
    shutil.rmtree(tmp_path / "copy.image")
    with pytest.raises(MissingDataError, match=r"copy\.image"):
        draw(pages.views[1])


def test_an_image_in_use_is_shown(made: Made, tmp_path: Path) -> None:
    from casacore.tables import table  # noqa: PLC0415 - OpenMP reads its settings when it is loaded

    shutil.copytree(made("cube.image"), tmp_path / "busy.image")
    holder = table(str(tmp_path / "busy.image"), readonly=False, ack=False, lockoptions="permanent")
    try:
        assert draw(imview(str(tmp_path / "busy.image")).views[0]).content
    finally:
        holder.close()


def test_the_viewer_shows_a_measurement_set(made: Made) -> None:
    pages = viewer(made("ngc5921.ms"), channel=30, gui=True)
    assert pages.task == "viewer"
    assert any("MeasurementSet" in note for note in pages.notes)
    assert any("gui" in note for note in pages.notes)
    (view,) = pages.views
    picture = draw(view)
    assert "Values in view are from" in picture.alternative
    assert "Channel 30" in view.title
    contours = viewer(made("cube.image"), displaytype="contour", channel=2)
    assert "Contours of cube.image" in draw(contours.views[0]).alternative
