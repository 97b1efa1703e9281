"""Run the tests in `guest/` on real OpenZFS, in user-mode Linux, one boot for each version."""

import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from tests_lab import Lab

ROOT = Path(__file__).parents[3]
GUEST = Path(__file__).with_name("guest")


def failures(report: Path) -> list[str]:
    """Return the text of each failure in a JUnit report, under the test's name."""
    return [
        f"{case.get('classname')}::{case.get('name')}\n{problem.text}"
        for case in ET.parse(report).iter("testcase")
        for problem in [*case.findall("failure"), *case.findall("error")]
    ]


def chosen(version: str) -> list[str]:
    """Return what runs on a version: a whole site takes a minute, and one is enough."""
    return [str(GUEST), *([] if version == "2.3" else ["--ignore", f"{GUEST}/guest_session.py"])]


@pytest.mark.timeout(3600)  # the first run builds two kernels, when nothing else runs
def test_the_storage_on_real_openzfs(lab: Lab, tmp_path: Path) -> None:
    report = tmp_path / "report.xml"
    answer = lab.run(
        *(sys.executable, "-m", "pytest", *chosen(lab.version), "-q", "--no-header"),
        *("-o", "python_files=guest_*.py", "-p", "no:cacheprovider", f"--junitxml={report}"),
        cwd=ROOT,
        OUT=str(tmp_path),
    )
    output = f"{answer.stdout}\n{answer.stderr}"
    assert report.exists(), output
    found = failures(report)
    assert not found, "\n\n".join(found)
    assert answer.returncode == 0, output
