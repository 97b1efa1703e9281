"""The kernel on each other Python of this machine that CASA has wheels for."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest
from casa_kernel.doctor.packages import PAIRINGS
from jupyter_client.kernelspec import KernelSpecManager
from kernel.casa_notebook import Cell, Notebook
from kernel.other_pythons import MissingError, ensure_environment
from tests_bootstrap import ROOT

# The suite itself runs on one of them.
VERSIONS = {f"{major}.{minor}": casa for (major, minor), casa in PAIRINGS.items()}
HERE = "{}.{}".format(*sys.version_info[:2])
OTHERS = [version for version in VERSIONS if version != HERE]


@dataclass(frozen=True, slots=True)
class Session:
    """What one version's kernel answered."""

    doctor: str
    python: Cell
    listing: Cell
    image: Cell
    pixels: Cell


def session(version: str, data: Path, place: Path, env: dict[str, str]) -> Session:
    """List a real observation and image it."""
    python = ensure_environment(version).python
    environment = {**env, "PYTHONPATH": str(ROOT / "kernel" / "src")}
    command = [python, "-m", "casa_kernel"]
    installed = subprocess.check_output(
        [*command, "install", "--prefix", str(place)], env=environment, text=True
    )
    cwd = place / "cwd"
    shutil.copytree(data / "ngc5921.ms", cwd / "ngc5921.ms")
    specs = KernelSpecManager(kernel_dirs=[str(Path(installed.strip()).parent)])
    notebook = Notebook(specs, "casa", cwd, environment)
    try:
        return Session(
            doctor=subprocess.check_output([*command, "doctor"], env=environment, text=True),
            python=notebook.run(
                "import sys, casatasks\nsys.version[:4], casatasks.version_string()"
            ),
            listing=notebook.run("_ = listobs('ngc5921.ms')"),
            image=notebook.run(
                "_ = tclean('ngc5921.ms', imagename='try', field='0', spw='0:20~30', imsize=128,"
                " cell='15arcsec', niter=10)"
            ),
            pixels=notebook.run(
                "found = imstat('try.image')\nbool(found['npts'] > 16000), bool(found['rms'] > 0)"
            ),
        )
    finally:
        notebook.close()


@pytest.fixture(scope="module")
def sessions(
    ngc5921: Path, kernel_env: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Future[Session]]]:
    """All versions side by side."""
    with ThreadPoolExecutor(len(OTHERS)) as pool:
        yield {
            version: pool.submit(
                session, version, ngc5921, tmp_path_factory.mktemp(version), kernel_env
            )
            for version in OTHERS
        }


@pytest.mark.timeout(900)  # the first time, an environment is made
@pytest.mark.parametrize("version", OTHERS)
def test_the_kernel_lists_and_images_on(version: str, sessions: dict[str, Future[Session]]) -> None:
    try:
        found = sessions[version].result()
    except MissingError as missing:
        pytest.skip(str(missing))
    assert found.python.result == f"('{version}', '{VERSIONS[version]}')"
    assert any("Data records: 22653" in each["text/plain"] for each in found.listing.displays)
    assert found.listing.log["text/plain"].startswith("CASA log")
    assert found.image.error is None
    assert found.pixels.result == "(True, True)"
    assert f"Python {version} and CASA {VERSIONS[version]} belong together" in found.doctor
