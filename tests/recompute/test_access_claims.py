"""Whether CASA refuses, or replaces, the outputs of which the table says that it does."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import tests_recompute_access_claims as claims


@pytest.fixture(scope="module")
def wrong(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What is wrong with each case; all run in one process, because CASA takes long to start."""
    cwd = tmp_path_factory.mktemp("claims")
    report = tmp_path_factory.mktemp("report") / "wrong.json"
    environment = {
        **os.environ,
        "CASA_KERNEL_LOG": str(tmp_path_factory.mktemp("logs")),
        "MPLBACKEND": "agg",
        "OMP_NUM_THREADS": "1",
        "PYTHONPATH": str(Path(claims.__file__).parent),
    }
    command = [sys.executable, claims.__file__, str(report)]
    done = subprocess.run(
        command, cwd=cwd, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, str] = json.loads(report.read_text(encoding="utf-8"))
    return found


@pytest.mark.parametrize("case", claims.REFUSED, ids=lambda case: case.call)
def test_an_output_that_a_task_creates_is_refused_if_it_is_there(
    wrong: dict[str, str], case: claims.Case
) -> None:
    assert wrong[case.call] == ""


@pytest.mark.parametrize("case", claims.REPLACED, ids=lambda case: case.call)
def test_an_output_that_a_task_writes_is_as_if_nothing_had_been_there(
    wrong: dict[str, str], case: claims.Case
) -> None:
    assert wrong[case.call] == ""


@pytest.mark.parametrize("calls", claims.DECLARED, ids=lambda calls: calls[0])
def test_other_modes_do_what_is_declared_and_no_more(
    wrong: dict[str, str], calls: tuple[str, ...]
) -> None:
    assert wrong[calls[0]] == ""
