"""Real tasks, twice in one place, at different times and in different processes."""

import os
import shutil
import subprocess
import sys

import pytest
from recompute.content import Eye
from recompute.model import Tree

CHAIN = """
from datetime import datetime
from pathlib import Path
from casa_kernel import site
made = site.prepare(datetime.now())
site.apply(made, str(made.log_file))
import casadata
from casatasks import *
uvfits = Path(casadata.__file__).parent / "__data__/demo/3C273XC1.fits"
importuvfits(str(uvfits), "x.ms")
flagdata("x.ms", mode="manual", autocorr=True, flagbackup=True)
setjy("x.ms", standard="manual", fluxdensity=[3, 0, 0, 0], usescratch=False)
gaincal("x.ms", "x.gcal", refant="1", solint="inf", combine="")
applycal("x.ms", gaintable=["x.gcal"], flagbackup=False)
split("x.ms", "x.split.ms", datacolumn="corrected")
images = dict(imsize=64, cell="1arcsec", niter=5, savemodel="virtual")
tclean("x.split.ms", imagename="x", **images)
mstransform("x.split.ms", "x.mst.ms", datacolumn="data")
immoments("x.image", moments=[0], outfile="x.moment")
exportfits("x.image", "x.fits")
"""


@pytest.fixture(scope="module")
def twice(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Tree]]:
    """The trees that a chain of tasks leaves, each time it runs."""
    place = tmp_path_factory.mktemp("chain")
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "MPLBACKEND": "agg"}
    environment["CASA_KERNEL_LOG"] = str(tmp_path_factory.mktemp("logs"))
    seen = []
    for _ in range(2):
        eye = Eye(tmp_path_factory.mktemp("cache"))
        subprocess.run(
            [sys.executable, "-c", CHAIN], cwd=place, env=environment, check=True, timeout=200
        )
        trees = {path.name: eye.tree(path) for path in sorted(place.iterdir())}
        seen.append({name: tree for name, tree in trees.items() if tree is not None})
        for path in place.iterdir():
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    return seen


def test_the_same_tasks_leave_the_same_state(twice: list[dict[str, Tree]]) -> None:
    one, other = twice
    assert {"x.ms", "x.ms.flagversions", "x.gcal", "x.image", "x.fits", "x.mst.ms"} <= set(one)
    assert {name: tree.state for name, tree in one.items()} == {
        name: tree.state for name, tree in other.items()
    }


def test_their_bytes_differ(twice: list[dict[str, Tree]]) -> None:
    one, other = twice
    differing = {
        name
        for name, tree in one.items()
        if [file.blob for file in tree.files.values()]
        != [file.blob for file in other[name].files.values()]
    }
    assert {"x.ms", "x.image", "x.fits", "x.mst.ms"} <= differing


def test_data_count_by_their_bytes(twice: list[dict[str, Tree]]) -> None:
    for tree in twice[0].values():
        for name, file in tree.files.items():
            if "_TSM" in name and "/FT_MODEL" not in name and "logtable/" not in name:
                assert file.content == file.blob
