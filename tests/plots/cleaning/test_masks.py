"""Masks: what is inside of outlines, their edges, editing, and the words of controls."""

import numpy as np
import pytest
from casa_plots.cleaning.controls import Controls, janskys
from casa_plots.cleaning.errors import InputError
from casa_plots.cleaning.masks import Edit, Masks
from casa_plots.cleaning.outlines import edges, inside
from casa_plots.cleaning.returned import merged, points
from casa_plots.inside import Outline, Shape
from hypothesis import given
from hypothesis import strategies as some
from matplotlib.path import Path

SIZE = (12, 9)


def test_a_triangle_has_the_pixels_that_matplotlib_finds() -> None:
    corners = [(1.2, 1.3), (9.7, 2.1), (4.4, 7.6)]
    grid = np.stack(np.meshgrid(range(SIZE[0]), range(SIZE[1]), indexing="ij"), axis=-1)
    theirs = Path(corners).contains_points(grid.reshape(-1, 2)).reshape(SIZE)
    np.testing.assert_array_equal(inside(Outline(Shape.POLYGON, corners), SIZE), theirs)


def test_an_ellipse_is_as_large_as_its_box() -> None:
    found = inside(Outline(Shape.ELLIPSE, [(2, 1), (8, 5)]), SIZE)
    assert [int(found[:, 3].sum()), int(found[5, :].sum())] == [7, 5]
    assert not found[2, 1]


@given(some.lists(some.booleans(), min_size=30, max_size=30))
def test_edges_enclose_the_mask_and_nothing_else(values: list[bool]) -> None:
    mask = np.array(values).reshape(6, 5)
    rings = edges(mask)
    again = np.zeros_like(mask)
    area = 0.0
    for ring in rings:
        x, y = np.array(ring).T
        area += float(np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y)) / 2
        again ^= inside(Outline(Shape.POLYGON, ring), (6, 5))
    np.testing.assert_array_equal(again, mask)
    assert area == mask.sum()


def test_planes_are_edited_together_or_alone_and_back() -> None:
    masks = Masks((*SIZE, 2, 3))
    box = Outline(Shape.RECTANGLE, [(1.5, 1.5), (4.5, 3.5)])
    masks.edit(Edit(box, True, masks.every_plane()))
    assert masks.total == 6 * 3 * 2
    assert len({id(each) for each in masks.planes.values()}) == 1
    masks.edit(Edit(Outline(Shape.POINT, [(2, 2)]), False, masks.every_plane(stokes=0, channel=1)))
    assert masks.total == 35
    assert not masks.plane((0, 1))[2, 2]
    assert masks.plane((1, 1))[2, 2]
    masks.edit(Edit(None, False, masks.every_plane(channel=0)))
    assert masks.total == 23
    assert (0, 0) not in masks.planes
    assert [masks.undo(), masks.undo(), masks.total] == [True, True, 36]
    assert [masks.redo(), masks.total] == [True, 35]
    masks.undo()
    masks.undo()
    assert [masks.is_empty, masks.can_undo, masks.undo()] == [True, False, False]


@pytest.mark.parametrize(
    ("text", "value"),
    [("1mJy", 1e-3), ("2.5 Jy", 2.5), ("3e2uJy/beam", 3e-4), ("40µJy", 4e-5), ("0.1", 0.1)],
)
def test_flux_densities_are_read_as_people_write_them(text: str, value: float) -> None:
    assert janskys(text) == pytest.approx(value, rel=1e-12)
    assert Controls(5).changed({"threshold": text}).janskys == pytest.approx(value, rel=1e-12)


@pytest.mark.parametrize("text", ["", "many", "-1mJy", "1 pc", "nanJy", "1.2.3Jy"])
def test_what_is_no_flux_density_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="flux density"):
        janskys(text)


@pytest.mark.parametrize(
    "values", [{"niter": "1.5"}, {"nsigma": -1}, {"cyclefactor": 0}, {"gain": 0.1}, {"nmajor": -2}]
)
def test_controls_that_mean_nothing_are_refused(values: dict[str, object]) -> None:
    with pytest.raises(InputError, match=next(iter(values))):
        Controls(5).changed(values)


def test_nothing_cleaned_is_no_point_and_a_forced_stop() -> None:
    begun = {"iterdone": 0, "nmajordone": 1, "stopcode": 9, "summaryminor": {0: {}}}
    assert points([begun]) == []
    result = merged([begun], 10, 3)
    assert (result["stopcode"], result["stopDescription"], result["niter"]) == (3, "force stop", 10)
