"""Observations that plots are of; all are read-only: copy what is to be changed.

CASA's tasks run in processes of their own. What uses CASA's tools in the test's process finds it
configured.
"""

import atexit
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Generator
from functools import cache
from pathlib import Path

import pytest
from casa_kernel.site import find_data
from tests_recompute_casa import CONFIGURATION

HERE = Path(__file__).parent


@cache
def site_configuration() -> Path:
    """CASA's site configuration: offline, quiet."""
    place = Path(tempfile.mkdtemp(prefix="casahub-tests-"))
    atexit.register(shutil.rmtree, place, ignore_errors=True)
    site = place / "casasiteconfig.py"
    site.write_text(CONFIGURATION.format(data=str(find_data([])), log=str(place / "casa.log")))
    return site


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Configure CASA for the tests in this directory and their fixtures, and for no others."""
    if not item.path.is_relative_to(HERE):  # pytest asks every conftest.py about every test
        return (yield)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CASASITECONFIG", str(site_configuration()))
        patch.setenv("OMP_NUM_THREADS", "1")
        patch.setenv("MPLBACKEND", "agg")
        return (yield)


def run_casa(script: Path, *arguments: str, cwd: Path) -> None:
    """Run a script with CASA's tasks in a process of its own."""
    done = subprocess.run(
        [sys.executable, str(script), *arguments],
        cwd=cwd,
        env=os.environ,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]


@pytest.fixture(scope="session")
def demo() -> Path:
    """Where the observations are that come with the package casadata, as UVFITS."""
    return find_data([]) / "demo"


@pytest.fixture(scope="session")
def observations(demo: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with the observations below, all made in one process."""
    place = tmp_path_factory.mktemp("observations")
    run_casa(HERE / "observations.py", str(demo), cwd=place)
    return place


@pytest.fixture(scope="session")
def ngc5921(observations: Path) -> Path:
    """NGC 5921, calibrated, with a model; ``ngc5921.bcal`` and ``ngc5921.gcal`` are beside it."""
    return observations / "ngc5921.ms"


@pytest.fixture(scope="session")
def three_c_273(observations: Path) -> Path:
    """3C 273: four correlations, one channel, two spectral windows."""
    return observations / "3c273.ms"
