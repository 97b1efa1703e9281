"""The images that we ship, on the engines that run them; and what a machine without one is told."""

from pathlib import Path

import pytest
from tests_lab import Engines, run_tests

HERE = Path(__file__).parent


@pytest.mark.timeout(3600)  # the first run builds the image, when nothing else runs
@pytest.mark.parametrize("name", ["engine_notebook.py", "engine_sif.py"])
def test_the_notebook(engines: Engines, name: str, tmp_path: Path) -> None:
    run_tests(engines, HERE / name, pattern="engine_*.py", directory=tmp_path).require()
