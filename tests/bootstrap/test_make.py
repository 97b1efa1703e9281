import os
import re
import subprocess

import pytest
from tests_bootstrap import ROOT


def make(*arguments: str) -> str:
    # Without the variables of the make that runs the tests: they would make it a sub-make.
    ours = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    command = ["make", "--no-print-directory", *arguments]
    answer = subprocess.run(
        command, cwd=ROOT, env={**ours, "MAKEFLAGS": ""}, check=True, capture_output=True, text=True
    )
    return answer.stdout


def test_help_lists_every_target_and_is_the_default() -> None:
    phony = re.search(r"^\.PHONY: (.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert phony is not None
    listed = re.findall(r"^  make (\w+) +\S", make("help"), re.MULTILINE)
    assert sorted(listed) == sorted(phony[1].split())
    assert make() == make("help")


@pytest.mark.parametrize("target", ["run", "test", "lint", "format", "bench", "lock"])
def test_every_target_that_uses_the_environment_installs_it_first(target: str) -> None:
    first, *rest = make("--dry-run", target, "PYTHON=python3").splitlines()
    assert first.startswith("python3 bootstrap.py ")
    assert all(".venv/bin/" in line for line in rest if not line.startswith("\t"))


def test_ci_runs_what_a_developer_runs() -> None:
    script = (ROOT / ".ci" / "run").read_text().splitlines()
    assert [line for line in script if not line.startswith("#")] == ["exec make test"]
