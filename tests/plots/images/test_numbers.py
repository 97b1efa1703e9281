"""Values, positions and statistics are those of CASA's own tools."""

import json
from pathlib import Path

import numpy as np
import pytest
from casa_plots.images import imview, regions
from casa_plots.images.asked import AskedZoom
from casa_plots.images.choosing import source_of
from casa_plots.images.measuring import Statistics, inside, mean_spectrum, statistics
from casa_plots.images.opening import open_image
from casa_plots.images.planes import Window, block_means, read_plane, whole
from casa_plots.images.scene import Source
from casa_plots.inside import Outline, Shape
from casa_plots.picture import Looking, Region

from .conftest import Made, run_casa

BOX = Outline(Shape.RECTANGLE, [(30, 40), (80, 75)])
NAMES = ("npts", "sum", "flux", "mean", "rms", "sigma", "min", "max", "median", "medabsdevmed")


def source(path: str) -> Source:
    return source_of(open_image(path), ("", "", ""), AskedZoom())


def check(ours: Statistics, theirs: dict[str, list[float]]) -> None:
    for name in NAMES:
        assert getattr(ours, name) == pytest.approx(theirs[name][0], rel=1e-6), name
    assert list(ours.maxpos) == theirs["maxpos"][:2]
    assert list(ours.minpos) == theirs["minpos"][:2]


def test_statistics_in_a_box_are_those_of_imstat(made: Made) -> None:
    cube = source(made("cube.image"))
    check(statistics(cube, cube.plane(3), inside(BOX, 128, 128)), made.numbers["box"])


@pytest.mark.parametrize("name", ["cube.image", "cube.fits", "turned.image"])
def test_statistics_of_a_plane_leave_out_what_is_masked(made: Made, name: str) -> None:
    cube = source(made(name))
    everything = Outline(Shape.RECTANGLE, [(0, 0), (127, 127)])
    found = statistics(cube, cube.plane(3), inside(everything, 128, 128))
    check(found, made.numbers["plane"])
    assert found.npts < 128 * 128


def test_a_spectrum_is_that_of_getprofile(made: Made) -> None:
    cube = source(made("cube.image"))
    found = mean_spectrum(cube, inside(BOX, 128, 128), 3)
    np.testing.assert_allclose(found, made.numbers["profile"], rtol=1e-6)
    spectral = cube.image.described.spectral
    assert spectral is not None
    np.testing.assert_allclose(spectral.frequencies, made.numbers["frequencies"], rtol=1e-12)


def test_what_is_under_the_cursor_is_what_imval_says(made: Made) -> None:
    view = imview(made("cube.image")).views[3]
    found = view.locate("image", Region(63.9, 64.1, 69.9, 70.1))  # type: ignore[attr-defined]
    (row,) = found.rows
    assert float(row[1].split()[0]) == pytest.approx(made.numbers["value"][0], rel=1e-5)
    assert row[2] == "64, 70"
    assert row[3] == "15h22m00.000s, +05d05m30.00s J2000"
    assert made.numbers["world"][:2] == ["15:22:00.00000000", "+05.05.30.00000286"]


def test_each_plane_has_its_beam(made: Made) -> None:
    described = open_image(made("cube.image")).described
    beam = described.beam(3, 0)
    assert beam is not None
    assert beam.major == pytest.approx(made.numbers["beam3"], rel=1e-6)
    assert len(described.beams) == 8
    in_fits = open_image(made("cube.fits")).described.beam(3, 0)
    assert in_fits is not None
    assert in_fits.major == pytest.approx(beam.major, rel=1e-5)


def test_a_picture_of_a_spectrum_comes_with_the_statistics(made: Made) -> None:
    view = imview(made("cube.image")).views[3]
    found = view.measure("image", BOX, Looking())  # type: ignore[attr-defined]
    words = {row[0]: row[1] for row in found.rows}
    assert words["npts"] == "1836"
    assert float(words["flux density (Jy)"]) == pytest.approx(made.numbers["box"]["flux"][0], 1e-5)
    assert found.picture is not None
    assert found.picture.frames[0].x_label == "Velocity (LSRK, radio, km/s)"


def test_images_on_other_grids_are_measured_at_the_same_place(made: Made) -> None:
    pages = imview([made("cube.image"), made("galactic.image")])
    view = pages.views[3]
    source_ = Outline(Shape.ELLIPSE, [(60, 33), (78, 51)])
    found = view.measure("image", source_, Looking())  # type: ignore[attr-defined]
    (maximum,) = (row for row in found.rows if row[0] == "maximum")
    # Regridding loses some of an unresolved source's peak.
    assert float(maximum[2]) == pytest.approx(float(maximum[1]), rel=0.1)
    row = view.locate("image", Region(69, 69, 42, 42))  # type: ignore[attr-defined]
    assert [each[0] for each in row.rows] == ["cube.image", "galactic.image"]


OUTLINES = (
    Outline(Shape.RECTANGLE, [(30.2, 39.6), (80.4, 75.7)]),
    Outline(Shape.ELLIPSE, [(50.3, 20.2), (90.1, 60.7)]),
    Outline(Shape.ELLIPSE, [(20.3, 20.2), (110.1, 40.7)]),
    Outline(Shape.POLYGON, [(10.2, 10.3), (100.4, 30.2), (61.3, 110.7), (40.6, 50.2)]),
)
IMSTAT = """\
import json, sys
from casatasks import imstat
image, *files = sys.argv[1:]
found = [imstat(image, region=each, chans="3") for each in files]
plain = [{k: v.tolist() for k, v in f.items() if hasattr(v, "tolist")} for f in found]
print("\\n" + json.dumps(plain))
"""


def test_a_region_file_means_the_same_to_casa(made: Made, tmp_path: Path) -> None:
    cube = source(made("cube.image"))
    files = [
        str(regions.write(tmp_path / f"{i}.crtf", [each], cube.image))
        for i, each in enumerate(OUTLINES)
    ]
    (tmp_path / "measure.py").write_text(IMSTAT)
    said = run_casa(str(tmp_path / "measure.py"), made("cube.image"), *files, cwd=tmp_path)
    for outline, theirs in zip(OUTLINES, json.loads(said.splitlines()[-1]), strict=True):
        check(statistics(cube, cube.plane(3), inside(outline, 128, 128)), theirs)


def test_blocks_are_means_of_what_is_there() -> None:
    values = np.arange(30.0).reshape(5, 6)
    values[0, 0] = np.nan
    values[2:4, 4:6] = np.nan
    found = block_means(values, 2, 2)
    assert found.shape == (3, 3)
    assert found[0, 0] == pytest.approx(np.nanmean(values[:2, :2]))
    assert np.isnan(found[1, 2])
    assert found[2, 1] == pytest.approx(values[4, 2:4].mean())


def test_a_plane_in_parts_is_the_plane(made: Made) -> None:
    cube = source(made("cube.image"))
    full = read_plane(cube.image, cube.plane(2), whole(cube.image.described, cube.cut))
    part = read_plane(cube.image, cube.plane(2), Window(11, 50, 30, 71))
    np.testing.assert_array_equal(part.values, full.values[30:71, 11:50])
    coarse = read_plane(cube.image, cube.plane(2), Window(11, 50, 30, 71), (10, 10))
    assert coarse.blocks == (3, 4)
    left, _, bottom, _ = coarse.extent
    assert (left, bottom) == (8.5, 27.5)
    expected = np.nanmean(full.values[28:32, 9:12])
    assert coarse.values[0, 0] == pytest.approx(expected, rel=1e-5)
