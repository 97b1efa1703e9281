"""The lab, for all tests that boot it."""

import subprocess
from pathlib import Path

import pytest

LAB = Path(__file__).parents[2] / "lab" / "openzfs"
IMPOSSIBLE = 77  # the lab's status where this machine cannot build it


@pytest.fixture(scope="session")
def lab() -> Path:
    """The lab, built. Where it cannot be built the reason is shown; a failing build fails."""
    answer = subprocess.run([LAB, "build"], capture_output=True, text=True, check=False)
    if answer.returncode == IMPOSSIBLE:
        pytest.skip(answer.stderr.strip().splitlines()[-1])
    assert answer.returncode == 0, answer.stderr
    return LAB
