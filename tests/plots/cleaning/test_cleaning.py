"""Interactive cleaning with CASA: what comes out is what one call of tclean makes."""

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from casa_plots.cleaning.cleaning import Cleaning
from casa_plots.cleaning.errors import CycleError, InputError
from casa_plots.cleaning.masks import Edit
from casa_plots.cleaning.products import Product
from casa_plots.images.opening import open_image
from casa_plots.inside import Outline, Shape
from numpy.typing import NDArray
from plots.cleaning.conftest import VIS

Task = Callable[..., Any]

BASE: Mapping[str, Any] = {"vis": VIS, "imsize": 64, "cell": "20arcsec"}
WAYS: Mapping[str, Mapping[str, Any]] = {
    "hogbom": {"deconvolver": "hogbom", "niter": 90, "threshold": "60mJy", "cycleniter": 40},
    "multiterm": {"deconvolver": "mtmfs", "nterms": 2, "scales": [0, 4], "niter": 30},
    "cube": {"specmode": "cube", "nchan": 2, "width": 2, "niter": 60, "nsigma": 3.0},
}
BOX = Outline(Shape.RECTANGLE, [(24.6, 23.4), (40.2, 41.0)])


def started(tclean: Task, name: str, **parameters: Any) -> Cleaning:
    cleaning = Cleaning(tclean, {**BASE, "imagename": name, "interactive": True, **parameters})
    cleaning.begin()
    return cleaning


def draw(cleaning: Cleaning, outline: Outline = BOX, *, adds: bool = True) -> None:
    cleaning.masks.edit(Edit(outline, adds, cleaning.masks.every_plane()))


def run(cleaning: Cleaning, most: int = 30) -> None:
    for _ in range(most):
        if cleaning.cycle():
            return
    raise AssertionError("it did not end")


def pixels(path: Path) -> NDArray[Any]:
    image = open_image(str(path))
    values: NDArray[Any] = np.nan_to_num(image.read((0,) * 4, image.described.shape))
    return values


def images(name: str) -> list[str]:
    return sorted(each.name for each in Path().glob(f"{name}.*") if (each / "table.dat").exists())


def assert_same_images(one: str, other: str) -> None:
    names = images(one)
    assert [each.replace(one, other, 1) for each in names] == images(other)
    assert any(each.split(".")[1] == "image" for each in names)
    for each in names:
        np.testing.assert_array_equal(pixels(Path(each)), pixels(Path(each.replace(one, other, 1))))


def assert_same_values(one: Any, other: Any) -> None:
    if isinstance(one, Mapping):
        assert one.keys() == other.keys()
        for key in one:
            assert_same_values(one[key], other[key])
    elif isinstance(one, str):
        assert one == other
    else:
        np.testing.assert_allclose(one, other, rtol=1e-6)


@pytest.mark.parametrize("way", WAYS)
def test_the_result_is_that_of_one_call_with_the_same_mask(tclean: Task, way: str) -> None:
    cleaning = started(tclean, "ours", **WAYS[way], fullsummary=True)
    assert cleaning.masks.is_empty
    draw(cleaning)
    assert cleaning.masks.plane((0, 0)).sum() == 16 * 18
    run(cleaning)
    result = cleaning.finish()
    assert cleaning.cycles > 1
    assert cleaning.reason
    theirs = tclean(
        **BASE, imagename="theirs", **WAYS[way], mask="ours.masks/cycle-01.mask", fullsummary=True
    )
    assert_same_images("theirs", "ours")
    # What one call says of its last cycle only depends on how many there were before.
    last = {"cycleniter", "niter"}
    assert_same_values(
        {name: value for name, value in theirs.items() if name not in last},
        {name: value for name, value in result.items() if name not in last},
    )
    assert result["niter"] == theirs["niter"] == WAYS[way]["niter"]
    assert not list(Path().glob("*.states"))


def test_the_script_makes_the_same_images(tclean: Task) -> None:
    cleaning = started(tclean, "ours", niter=60, cycleniter=15, pbcor=True)
    draw(cleaning)
    cleaning.cycle()
    draw(cleaning, Outline(Shape.ELLIPSE, [(5, 5), (12, 14)]))
    cleaning.cycle()
    cleaning.undo_cycle()
    draw(cleaning, Outline(Shape.POLYGON, [(30, 10), (50, 12), (40, 25)]))
    cleaning.controls = cleaning.controls.changed({"threshold": "2 mJy", "cycleniter": 20})
    cleaning.cycle()
    cleaning.cycle()
    result = cleaning.finish()
    assert result["stopDescription"] == "force stop"
    assert sorted(each.name for each in Path("ours.masks").iterdir()) == [
        "cycle-01.mask",
        "cycle-02.mask",
    ]
    script = cleaning.script()
    for each in images("ours"):
        Path(each).rename(each.replace("ours", "kept", 1))
    calls: list[str] = []

    def counted(**parameters: Any) -> Any:
        calls.append(parameters.get("mask", ""))
        return tclean(**parameters)

    code = script.replace("from casatasks import tclean", "")
    exec(compile(code, "script.py", "exec"), {"tclean": counted})
    masks = ["", "ours.masks/cycle-01.mask", "ours.masks/cycle-02.mask", "", ""]
    assert calls == masks
    assert_same_images("kept", "ours")


def test_a_cycle_taken_back_leaves_everything_as_before_it(tclean: Task) -> None:
    cleaning = started(tclean, "ours", niter=50, cycleniter=10)
    draw(cleaning)
    cleaning.cycle()
    before = {each: pixels(Path(each)) for each in images("ours")}
    controls, points = cleaning.controls, cleaning.points
    assert controls.niter == 40
    cleaning.cycle()
    assert len(cleaning.points) == len(points) + 1
    assert np.any(pixels(Path("ours.residual")) != before["ours.residual"])
    cleaning.undo_cycle()
    assert dict.fromkeys(before) == dict.fromkeys(images("ours"))
    for each, values in before.items():
        np.testing.assert_array_equal(pixels(Path(each)), values)
    assert (cleaning.controls, cleaning.points, cleaning.cycles) == (controls, points, 1)
    cleaning.undo_cycle()
    assert not Path("ours.model").exists()
    with pytest.raises(InputError, match="can be taken back"):
        cleaning.undo_cycle()


@pytest.mark.parametrize("error", [RuntimeError("no more memory"), KeyboardInterrupt()])
def test_a_cycle_that_fails_leaves_the_images_as_they_were(
    tclean: Task, error: BaseException
) -> None:
    fails = False

    def task(**parameters: Any) -> Any:
        result = tclean(**parameters)
        if fails:
            raise error
        return result

    cleaning = started(task, "ours", niter=50, cycleniter=10)
    draw(cleaning)
    before = pixels(Path("ours.residual"))
    fails = True
    with pytest.raises(CycleError if isinstance(error, Exception) else KeyboardInterrupt):
        cleaning.cycle()
    np.testing.assert_array_equal(pixels(Path("ours.residual")), before)
    assert not Path("ours.model").exists()
    assert list(Path("ours.masks").iterdir()) == []
    fails = False
    cleaning.cycle()
    assert cleaning.cycles == 1


def test_while_casa_works_the_images_of_before_are_shown(tclean: Task) -> None:
    seen: list[NDArray[Any]] = []

    def task(**parameters: Any) -> Any:
        result = tclean(**parameters)
        path = cleaning.shown(Product.RESIDUAL)
        assert path is not None
        seen.append(pixels(path))
        return result

    cleaning = Cleaning(task, {**BASE, "imagename": "ours", "niter": 20, "cycleniter": 10})
    cleaning.begin()
    draw(cleaning)
    cleaning.cycle()
    np.testing.assert_array_equal(seen[0], seen[1])
    assert np.any(pixels(Path("ours.residual")) != seen[0])


def test_images_that_are_there_are_cleaned_on_with_their_mask(tclean: Task) -> None:
    tclean(**BASE, imagename="ours", niter=10, usemask="pb", pbmask=0.4)
    shutil.copytree("ours.mask", "before.mask")
    flux = pixels(Path("ours.model")).sum()
    cleaning = started(tclean, "ours", niter=20, cycleniter=10)
    total = pixels(Path("before.mask")).sum()
    assert cleaning.masks.total == total > 0
    draw(cleaning, Outline(Shape.POINT, [(32, 32)]), adds=False)
    cleaning.cycle()
    cleaning.finish()
    assert pixels(Path("ours.mask")).sum() == total - 1
    assert pixels(Path("ours.model")).sum() != flux
    again = started(tclean, "ours", niter=5)
    draw(again)
    again.cycle()
    names = sorted(each.name for each in Path("ours.masks").iterdir())
    assert names == ["cycle-01.mask", "cycle-02.mask"]


def test_masks_that_casa_finds_can_be_edited(tclean: Task) -> None:
    cleaning = started(
        tclean,
        "ours",
        niter=60,
        cycleniter=10,
        usemask="auto-multithresh",
        sidelobethreshold=0.5,
        minbeamfrac=0.0,
    )
    found = cleaning.masks.total
    assert found > 0
    draw(cleaning, Outline(Shape.RECTANGLE, [(1, 1), (3, 3)]))
    cleaning.cycle()
    assert pixels(Path("ours.mask")).sum() == found + 9
    assert cleaning.find_mask()
    assert cleaning.masks.total > 0
    assert cleaning.masks.can_undo
    cleaning.cycle()
    script = cleaning.script()
    assert script.count("usemask='user'") == 3


@pytest.mark.parametrize(
    ("wrong", "remedy"),
    [
        ({"parallel": True}, "parallel=False"),
        ({"threshold": "1 parsec"}, "1.5mJy"),
        ({"imagename": ""}, "the name of one image"),
        ({"outlierfile": "x.txt"}, "mask files"),
        ({"niter": -1}, "0 or more"),
    ],
)
def test_what_cannot_be_cleaned_is_refused(wrong: Mapping[str, Any], remedy: str) -> None:
    def never(**parameters: Any) -> Any:
        raise AssertionError(parameters)

    with pytest.raises(InputError, match=remedy):
        Cleaning(never, {**BASE, "imagename": "ours", **wrong})


def test_a_cycle_needs_iterations_and_a_mask(tclean: Task) -> None:
    cleaning = started(tclean, "ours", niter=0)
    with pytest.raises(InputError, match="niter"):
        cleaning.cycle()
    cleaning.controls = cleaning.controls.changed({"niter": "5"})
    with pytest.raises(InputError, match="draw around"):
        cleaning.cycle()
    assert images("ours") == [f"ours.{each}" for each in ("mask", "pb", "psf", "residual", "sumwt")]
    result = cleaning.finish()
    assert Path("ours.image").exists()
    assert result["stopcode"] == 3
