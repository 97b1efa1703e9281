"""Labs bring what a test machine does not have: builds that go on beside the tests, and runs.

Real OpenZFS is in user-mode Linux (`lab/openzfs`); Docker and Apptainer are in namespaces of their
own, with the notebook's image (`lab/engines`).
"""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from xml.etree import ElementTree as ET

import pytest

ROOT = Path(__file__).parents[1]
LAB = Path(__file__).parent / "lab" / "openzfs"
ENGINES = Path(__file__).parent / "lab" / "engines"
# What takes long, and tells little more than what the usual run does.
DEEP = "CASAHUB_TEST_DEEP" in os.environ
VERSIONS = ("2.3", "2.4") if DEEP else ("2.3",)
IMPOSSIBLE = 77  # a lab's status where this machine cannot build it
# Ends all that the build started when the other end of its standard input closes, which happens in
# whatever way the tests end.
_UNTIL_CLOSED = 'exec 3<&0; (cat <&3 > /dev/null; kill 0) & exec "$0" build < /dev/null 3<&-'


@dataclass(frozen=True, slots=True)
class Lab:
    """A built OpenZFS of one version."""

    version: str

    def run(self, *command: str | Path, cwd: Path, **env: str) -> subprocess.CompletedProcess[str]:
        """Boot a guest and run the command in it."""
        # A pool, what the tests write beside it and a whole site came to 1.7 GiB.
        memory = os.environ.get("MEMORY", "3G")
        return _run(LAB, *command, cwd=cwd, MEMORY=memory, **env, OPENZFS=self.version)


@dataclass(frozen=True, slots=True)
class Engines:
    """Docker and Apptainer, with the notebook's image."""

    program: Path = ENGINES

    def run(self, *command: str | Path, cwd: Path, **env: str) -> subprocess.CompletedProcess[str]:
        """Run the command where both are."""
        return _run(self.program, *command, cwd=cwd, **env)


def _run(
    program: Path, *command: str | Path, cwd: Path, **env: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [program, "run", *command],
        cwd=cwd,
        env={**os.environ, **env},
        capture_output=True,
        text=True,
        check=False,
    )


@dataclass(frozen=True, slots=True)
class Inside:
    """What tests that ran in a lab came to."""

    answer: subprocess.CompletedProcess[str]
    report: Path

    @property
    def output(self) -> str:
        return f"{self.answer.stdout}\n{self.answer.stderr}"

    def require(self) -> None:
        """Fail with the text of each failure under the test's name; skip where all were skipped."""
        assert self.report.exists(), self.output
        failures = self._said("failure", "error")
        assert not failures, "\n\n".join(failures)
        assert self.answer.returncode == 0, self.output
        skips = self._said("skipped")
        if skips and len(skips) == len(list(ET.parse(self.report).iter("testcase"))):
            pytest.skip("\n".join(skips))

    def _said(self, *kinds: str) -> list[str]:
        return [
            f"{case.get('classname')}::{case.get('name')}\n{each.text}"
            for case in ET.parse(self.report).iter("testcase")
            for kind in kinds
            for each in case.findall(kind)
        ]


def run_tests(
    lab: Lab | Engines, *chosen: str | Path, pattern: str, directory: Path, **env: str
) -> Inside:
    """Run tests in a lab that are not collected outside, and keep their report in the directory."""
    report = directory / "report.xml"
    answer = lab.run(
        *(sys.executable, "-m", "pytest", *chosen, "-q", "--no-header"),
        *("-o", f"python_files={pattern}", "-p", "no:cacheprovider", f"--junitxml={report}"),
        cwd=ROOT,
        **env,
    )
    return Inside(answer, report)


@dataclass(frozen=True, slots=True)
class Recipe:
    """A lab's program, and the variables by which it knows what to build."""

    program: Path
    variables: tuple[tuple[str, str], ...] = ()


# What tests may ask for, by the name under which its build is found.
RECIPES = {version: Recipe(LAB, (("OPENZFS", version),)) for version in VERSIONS}
RECIPES["engines"] = Recipe(ENGINES)


@dataclass(frozen=True, slots=True)
class Build:
    """A build that goes on in the background, or is done."""

    process: subprocess.Popen[bytes]
    log: Path

    def require(self) -> None:
        """Wait for its end; fail with its last lines, or skip where it is impossible."""
        status = self.process.wait()
        lines = self.log.read_text().splitlines()
        if status == IMPOSSIBLE:
            pytest.skip(lines[-1])
        if status:
            pytest.fail("\n".join(lines[-25:]), pytrace=False)


BUILDS = pytest.StashKey[dict[str, Build]]()


@contextmanager
def builds(recipes: Mapping[str, Recipe]) -> Iterator[dict[str, Build]]:
    """Build these in the background; end what is not done when the block ends.

    A build of OpenZFS that is ended takes up to a minute more to remove its sources.
    """
    with TemporaryDirectory(prefix="casahub-builds-") as logs, ExitStack() as ends:
        yield {
            name: ends.enter_context(_build(recipe, Path(logs, name)))
            for name, recipe in recipes.items()
        }


@contextmanager
def _build(recipe: Recipe, log: Path) -> Iterator[Build]:
    with (
        log.open("wb") as output,
        subprocess.Popen(
            ["sh", "-c", _UNTIL_CLOSED, recipe.program],
            env={**os.environ, **dict(recipe.variables)},
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        ) as process,
    ):
        yield Build(process, log)


def wanted(item: pytest.Item) -> Iterator[str]:
    """Yield the names of the builds that a test asks for by its fixtures `lab` and `engines`."""
    if not isinstance(item, pytest.Function):
        return
    if hasattr(item, "callspec") and "lab" in item.callspec.params:
        yield str(item.callspec.params["lab"])
    if "engines" in item.fixturenames:
        yield "engines"
