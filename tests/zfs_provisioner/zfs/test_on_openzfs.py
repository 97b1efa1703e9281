"""Run the tests in `guest/` on real OpenZFS, in user-mode Linux, one boot for each version.

A guest has one processor, so the versions run side by side; nothing else does meanwhile.
"""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest
from tests_lab import VERSIONS, Inside, Lab, run_tests

GUEST = Path(__file__).with_name("guest")


def run(lab: Lab, directory: Path) -> Inside:
    """Run the tests in the guest of one version, and keep their report in the directory."""
    # To see a plan that is carried out in its time on one version is enough.
    elsewhere = () if lab.version == VERSIONS[-1] else (f"--ignore={GUEST}/guest_plan.py",)
    return run_tests(
        lab, GUEST, *elsewhere, pattern="guest_*.py", directory=directory, OUT=str(directory)
    )


@pytest.fixture(scope="session")  # pytest leaves the module between two versions
def runs(
    labs: list[Lab], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Future[Inside]]]:
    """The run on each version that is tested, begun at once."""
    with ThreadPoolExecutor() as pool:
        yield {lab.version: pool.submit(run, lab, tmp_path_factory.mktemp("guest")) for lab in labs}


@pytest.mark.timeout(3600)  # the first run builds two kernels, when nothing else runs
def test_the_storage_on_real_openzfs(lab: Lab, runs: dict[str, Future[Inside]]) -> None:
    runs[lab.version].result().require()
