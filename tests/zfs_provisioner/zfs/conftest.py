"""The lab, for all tests that boot it."""

import os
import subprocess

import pytest
from tests_lab import IMPOSSIBLE, LAB, VERSIONS, Lab


@pytest.fixture(scope="session", params=VERSIONS)
def lab(request: pytest.FixtureRequest) -> Lab:
    """The lab on each OpenZFS. A build that is impossible here says why; a failing one fails."""
    version: str = request.param
    answer = subprocess.run(
        [LAB, "build"],
        env={**os.environ, "OPENZFS": version},
        capture_output=True,
        text=True,
        check=False,
    )
    if answer.returncode == IMPOSSIBLE:
        pytest.skip(answer.stderr.strip().splitlines()[-1])
    assert answer.returncode == 0, answer.stderr
    return Lab(version)
