"""A calibrated quasar of the VLA's, small enough to be cleaned many times."""

import importlib
import os
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from casa_kernel.site import find_data
from tests_recompute_casa import casa

__all__ = ["casa"]

VIS = "3c286.ms"


def apart(task: Callable[..., Any]) -> Callable[..., Any]:
    """Let a task run in a process of its own, as in the kernel."""

    def run(**parameters: Any) -> Any:
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:
            try:
                said = (True, task(**parameters))
            except BaseException as error:  # noqa: BLE001 - raised again in the parent
                said = (False, RuntimeError(str(error)))
            with os.fdopen(writer, "wb") as file:
                pickle.dump(said, file)
            os._exit(0)
        os.close(writer)
        with os.fdopen(reader, "rb") as file:
            done, outcome = pickle.load(file)
        os.waitpid(child, 0)
        if done:
            return outcome
        raise outcome

    return run


@pytest.fixture(scope="session")
def observed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("observed")


@pytest.fixture(scope="module")
def vis(casa: None, observed: Path) -> Path:
    """3C 286 of NGC 5921's observation, its phases calibrated, six channels."""
    made = observed / VIS
    if made.exists():
        return made
    tasks = importlib.import_module("casatasks")
    raw, table = str(observed / "raw.ms"), str(observed / "phases.g")
    fits = Path(find_data([])) / "demo" / "NGC5921.fits"
    apart(tasks.importuvfits)(fitsfile=str(fits), vis=raw)
    apart(tasks.gaincal)(
        vis=raw, caltable=table, field="0", spw="0:6~56", calmode="p", solint="inf", refant="15"
    )
    apart(tasks.applycal)(vis=raw, field="0", gaintable=table, flagbackup=False)
    apart(tasks.split)(vis=raw, outputvis=str(made), field="0", spw="0:20~43", width=4)
    return made


@pytest.fixture
def tclean(vis: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """The task, in a directory of the test's own beside the observation."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / VIS).symlink_to(vis)
    return apart(importlib.import_module("casatasks").tclean)
