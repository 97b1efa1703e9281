"""Break one condition of a module, in memory, and see whether the test that should notice does.

As a program it reads mutants from its input, runs the test of each in a process forked from one
that has imported all but the modules that mutants are of, and writes what became of them.
"""

import importlib
import importlib.util
import json
import multiprocessing
import os
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass
from importlib.machinery import ModuleSpec, SourceFileLoader
from pathlib import Path
from types import CodeType
from typing import Final

import pytest
from hypothesis import Phase, settings

HERE: Final = Path(__file__).parent
PACKAGE: Final = "zfs_provisioner.gc"
SOURCES: Final = HERE.parent / "zfs_provisioner" / "src" / "zfs_provisioner" / "gc"
TESTS: Final = "tests/zfs_provisioner/gc"
PLUGINS: Final = ("pytest_asyncio.plugin", "pytest_timeout", "_hypothesis_pytestplugin")
NOTICED: Final = int(pytest.ExitCode.TESTS_FAILED)
PASSED: Final = int(pytest.ExitCode.OK)


@dataclass(frozen=True, slots=True)
class Mutant:
    """A text in a module, what stands there instead, and the test that notices; both may be none.

    The test is one of `test_<module>.py`.
    """

    module: str
    text: str
    instead: str
    test: str

    @property
    def test_id(self) -> str:
        """The test as pytest names it."""
        return f"{TESTS}/test_{self.module}.py::{self.test}"

    def source(self) -> str:
        """Return the module as it is."""
        return (SOURCES / f"{self.module}.py").read_text()


@dataclass(frozen=True, slots=True)
class Verdict:
    """How pytest ended, and what it said."""

    code: int
    said: str


class _Loader(SourceFileLoader):
    """Loads a mutant instead of its module."""

    def __init__(self, mutant: Mutant) -> None:
        super().__init__(f"{PACKAGE}.{mutant.module}", str(SOURCES / f"{mutant.module}.py"))
        self._mutant = mutant

    def get_code(self, fullname: str) -> CodeType:
        """Compile the mutated source; no bytecode is read or written."""
        mutated = self._mutant.source().replace(self._mutant.text, self._mutant.instead)
        return compile(mutated, self.path, "exec")


class _Finder:
    """Finds a mutant instead of its module."""

    def __init__(self, mutant: Mutant) -> None:
        self._mutant = mutant

    def find_spec(self, name: str, *_: object) -> ModuleSpec | None:
        """Return the mutant for its module's name."""
        if name != f"{PACKAGE}.{self._mutant.module}":
            return None
        return importlib.util.spec_from_loader(name, _Loader(self._mutant))


def run_all(mutants: list[Mutant], unmutated: list[str]) -> tuple[list[Verdict], Verdict]:
    """Return what became of the mutants, and of these tests without any."""
    asked = json.dumps({"mutants": [asdict(each) for each in mutants], "unmutated": unmutated})
    answer = subprocess.run(
        [sys.executable, __file__], input=asked, capture_output=True, text=True, check=True
    )
    *verdicts, plain = [Verdict(**each) for each in json.loads(answer.stdout)]
    return verdicts, plain


def _judged(job: tuple[Mutant | None, list[str]]) -> Verdict:
    """Run tests against a mutant in a process that ends after it."""
    mutant, tests = job
    if mutant is not None:
        sys.meta_path.insert(0, _Finder(mutant))
    # The same examples each time, and no search for a smaller one: that one fails is enough.
    phases = (Phase.explicit, Phase.generate)
    settings.register_profile("mutants", phases=phases, database=None, derandomize=True)
    settings.load_profile("mutants")
    with tempfile.TemporaryFile("w+") as said, tempfile.TemporaryDirectory() as directory:
        os.dup2(said.fileno(), 1)
        options = ["-q", "-x", "--no-header", "--tb=line", "--timeout=60", "-p", "no:cacheprovider"]
        os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
        options += [f"-p{each}" for each in PLUGINS]
        code = pytest.main([*options, f"--basetemp={directory}/tests", *tests])
        sys.stdout.flush()
        said.seek(0)
        return Verdict(int(code), said.read()[-2000:])


def _main() -> None:
    asked = json.load(sys.stdin)
    os.chdir(HERE.parent)
    jobs: list[tuple[Mutant | None, list[str]]] = [
        (each, [each.test_id]) for each in (Mutant(**one) for one in asked["mutants"])
    ]
    jobs.append((None, asked["unmutated"]))
    # What most tests need, imported once.
    for each in (
        "tests_provisioner",
        "zfs_provisioner.workspaces",
        "hypothesis.internal.conjecture.engine",
        *PLUGINS,
    ):
        importlib.import_module(each)

    if any(name.startswith(f"{PACKAGE}.") for name in sys.modules):
        raise RuntimeError(f"{PACKAGE} is imported already, so that nothing would be mutated")
    context = multiprocessing.get_context("fork")
    with context.Pool(min(4, os.cpu_count() or 1), maxtasksperchild=1) as pool:
        verdicts = pool.map(_judged, jobs, chunksize=1)
    json.dump([asdict(each) for each in verdicts], sys.stdout)


if __name__ == "__main__":
    _main()
