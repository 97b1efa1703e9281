"""Run the tests in `guest/` on real OpenZFS, in user-mode Linux, one boot for each version.

A guest has one processor, so the versions run side by side; nothing else does meanwhile.
"""

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from tests_lab import Lab

ROOT = Path(__file__).parents[3]
GUEST = Path(__file__).with_name("guest")


@dataclass(frozen=True, slots=True)
class Run:
    """What the tests in a guest came to."""

    answer: subprocess.CompletedProcess[str]
    report: Path

    @property
    def output(self) -> str:
        return f"{self.answer.stdout}\n{self.answer.stderr}"

    def failures(self) -> list[str]:
        """Return the text of each failure in the JUnit report, under the test's name."""
        return [
            f"{case.get('classname')}::{case.get('name')}\n{problem.text}"
            for case in ET.parse(self.report).iter("testcase")
            for problem in [*case.findall("failure"), *case.findall("error")]
        ]


def run(lab: Lab, directory: Path) -> Run:
    """Run the tests in the guest of one version, and keep their report in the directory."""
    report = directory / "report.xml"
    # To see a whole site, or a plan that is carried out in its time, on one version is enough.
    elsewhere = "guest_plan.py" if lab.version == "2.3" else "guest_session.py"
    chosen = [str(GUEST), f"--ignore={GUEST}/{elsewhere}"]
    answer = lab.run(
        *(sys.executable, "-m", "pytest", *chosen, "-q", "--no-header"),
        *("-o", "python_files=guest_*.py", "-p", "no:cacheprovider", f"--junitxml={report}"),
        cwd=ROOT,
        OUT=str(directory),
    )
    return Run(answer, report)


@pytest.fixture(scope="session")  # pytest leaves the module between two versions
def runs(
    labs: list[Lab], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Future[Run]]]:
    """The run on each version that is tested, begun at once."""
    with ThreadPoolExecutor() as pool:
        yield {lab.version: pool.submit(run, lab, tmp_path_factory.mktemp("guest")) for lab in labs}


@pytest.mark.timeout(3600)  # the first run builds two kernels, when nothing else runs
def test_the_storage_on_real_openzfs(lab: Lab, runs: dict[str, Future[Run]]) -> None:
    done = runs[lab.version].result()
    assert done.report.exists(), done.output
    found = done.failures()
    assert not found, "\n\n".join(found)
    assert done.answer.returncode == 0, done.output
