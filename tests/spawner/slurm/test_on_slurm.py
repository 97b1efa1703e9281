"""Run the tests beside this file on a Slurm of one node, with the lab's Apptainer."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests_lab import IMPOSSIBLE, Engines, run_tests

HERE = Path(__file__).parent
SLURM = HERE.parents[1] / "lab" / "slurm"


@dataclass(frozen=True, slots=True)
class Slurm(Engines):
    """Slurm, where both engines are."""

    def run(self, *command: str | Path, cwd: Path, **env: str) -> subprocess.CompletedProcess[str]:
        """Run the command beside it."""
        return Engines.run(self, SLURM, "run", *command, cwd=cwd, **env)


@pytest.fixture
def slurm() -> Slurm:
    """Slurm, installed while there is a network; what is impossible here says why."""
    built = subprocess.run([SLURM, "build"], capture_output=True, text=True, check=False)
    if built.returncode == IMPOSSIBLE:
        pytest.skip(built.stderr.splitlines()[-1])
    assert built.returncode == 0, built.stderr
    return Slurm()


@pytest.mark.timeout(900)
@pytest.mark.usefixtures("engines")
def test_sessions_on_real_slurm(slurm: Slurm, tmp_path: Path) -> None:
    file = HERE / "slurm_sessions.py"
    run_tests(slurm, file, pattern="slurm_*.py", directory=tmp_path).require()
