"""Where antennas are, against CASA's own measures, and what is on the picture."""

import importlib
import re
from pathlib import Path

import numpy as np
import pytest
from casa_plots.antennas import local, read_antennas, read_observatory
from casa_plots.errors import (
    FileInTheWayError,
    InvalidParameterError,
    MissingDataError,
    SelectionError,
)
from casa_plots.labels import places
from casa_plots.picture import Format, Looking, Region, Size, Theme
from casa_plots.plotants import plotants


def test_positions_are_those_of_casas_measures(ngc5921: Path) -> None:
    antennas = [each for each in read_antennas(ngc5921) if each.stands]
    origin = read_observatory(ngc5921).position
    assert origin is not None
    ours = local(np.array([each.position for each in antennas]), np.array(origin))

    # CASA's way round: longitudes and latitudes of the WGS 84 ellipsoid, times its radii there.
    measures, quanta = (
        getattr(importlib.import_module("casatools"), each)() for each in ("measures", "quanta")
    )

    def geodetic(position: tuple[float, float, float]) -> tuple[float, float]:
        itrf = measures.position("ITRF", *(quanta.quantity(each, "m") for each in position))
        found = measures.measure(itrf, "WGS84")
        return found["m0"]["value"], found["m1"]["value"]

    centre = measures.measure(measures.observatory("VLA"), "WGS84")
    longitude, latitude = centre["m0"]["value"], centre["m1"]["value"]
    major, squared = 6378137.0, 6.69437999014e-3
    height = centre["m2"]["value"]
    bent = 1 - squared * np.sin(latitude) ** 2
    meridian = major * (1 - squared) / bent**1.5 + height
    vertical = major / np.sqrt(bent) + height
    theirs = np.array([geodetic(each.position) for each in antennas])
    east = (theirs[:, 0] - longitude) * vertical * np.cos(latitude)
    north = (theirs[:, 1] - latitude) * meridian
    # Within 2 cm over 600 m: the plane and the ellipsoid are not the same.
    assert ours[:, 0] == pytest.approx(east, abs=0.02)
    assert ours[:, 1] == pytest.approx(north, abs=0.1)
    assert np.abs(ours).max() > 400


def test_a_picture_shows_where_the_antennas_are(ngc5921: Path) -> None:
    pages = plotants(str(ngc5921))
    picture = pages.views[0].draw(Looking(Size(8, 8)))
    (frame,) = picture.frames
    assert frame.x_label == "East (m)"
    assert frame.shown.left < -480
    assert frame.shown.right > 530
    assert "27 antennas" in picture.alternative
    assert any("23" in each for each in pages.notes)  # it stands at the station OUT
    # Both axes have the same scale.
    across = (frame.shown.right - frame.shown.left) / (frame.box.right - frame.box.left)
    along = (frame.shown.top - frame.shown.bottom) / (frame.box.top - frame.box.bottom)
    assert across == pytest.approx(along, rel=1e-3)


def test_zooming_shows_the_region(ngc5921: Path) -> None:
    view = plotants(str(ngc5921)).views[0]
    assert view.zoomable
    asked = Looking(Size(8, 8), Theme.DARK, {"antennas": Region(-100, 100, -100, 100)})
    shown = view.draw(asked).frames[0].shown
    assert shown.left == pytest.approx(-100, abs=5)
    assert shown.top == pytest.approx(100, abs=5)


def test_an_array_on_a_continent_is_on_the_earth(evn: Path) -> None:
    picture = plotants(str(evn), antindex=True).views[0].draw(Looking(Size(6, 6)))
    assert picture.frames[0].y_label == "North (km)"
    found = re.search(
        r"farthest apart (\w+) \(\d\) and (\w+) \(\d\) with (\d+) km", picture.alternative
    )
    assert found is not None
    positions = {each.name: np.array(each.position) for each in read_antennas(evn)}
    apart = np.linalg.norm(positions[found[1]] - positions[found[2]]) / 1000
    assert apart == pytest.approx(float(found[3]), abs=0.5)


def test_logarithmic_and_excluding(ngc5921: Path) -> None:
    picture = plotants(str(ngc5921), logpos=True, exclude="1*,20~22").views[0].draw(Looking())
    assert "14 antennas" in picture.alternative  # not 1, 10 to 19, nor numbers 20 to 22


@pytest.mark.parametrize("exclude", ["nobody", "99", "0~27,*"])
def test_exclusions_that_leave_nothing_are_told(ngc5921: Path, exclude: str) -> None:
    with pytest.raises(SelectionError, match=r"exclude|names no antenna"):
        plotants(str(ngc5921), exclude=exclude)


def test_labels_cover_neither_each_other_nor_the_edge() -> None:
    points = np.random.default_rng(1).uniform(100, 500, (40, 2))
    sizes = np.tile([30.0, 12.0], (40, 1))
    found = np.array([(each.x, each.y) for each in places(points, sizes, (600, 600), 8)])
    apart = np.abs(found[:, None] - found[None])
    clash = (apart[..., 0] < 30) & (apart[..., 1] < 12) & ~np.eye(40, dtype=bool)
    assert not clash.any()
    assert found.min() > 0


def test_a_file_is_saved_once(ngc5921: Path, tmp_path: Path) -> None:
    target = tmp_path / "array.svg"
    pages = plotants(str(ngc5921), figfile=str(target))
    assert pages.saved == (str(target),)
    assert "farthest apart" in target.read_text()  # the alternative text is in the file
    with pytest.raises(FileInTheWayError, match="overwrite=True"):
        plotants(str(ngc5921), figfile=str(target))
    with pytest.raises(InvalidParameterError, match="png, pdf"):
        plotants(str(ngc5921), figfile=str(tmp_path / "array.xyz"))
    with pytest.raises(InvalidParameterError, match="no directory"):
        plotants(str(ngc5921), figfile=str(tmp_path / "no" / "array.png"))
    assert [each.name for each in tmp_path.iterdir()] == ["array.svg"]


def test_no_data_is_told(tmp_path: Path) -> None:
    with pytest.raises(MissingDataError, match="name a MeasurementSet"):
        plotants(str(tmp_path / "none.ms"))


@pytest.mark.parametrize("form", [Format.PNG, Format.SVG, Format.PDF])
def test_the_same_picture_is_the_same_file(ngc5921: Path, form: Format) -> None:
    view = plotants(str(ngc5921)).views[0]
    assert view.draw(Looking(), form).content == view.draw(Looking(), form).content
