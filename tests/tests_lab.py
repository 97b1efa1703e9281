"""Real OpenZFS in user-mode Linux."""

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

LAB = Path(__file__).parent / "lab" / "openzfs"
VERSIONS = ("2.3", "2.4")
IMPOSSIBLE = 77  # the lab's status where this machine cannot build it


@dataclass(frozen=True, slots=True)
class Lab:
    """A built OpenZFS of one version."""

    version: str

    def run(self, *command: str | Path, cwd: Path, **env: str) -> subprocess.CompletedProcess[str]:
        """Boot a guest and run the command in it."""
        return subprocess.run(
            [LAB, "run", *command],
            cwd=cwd,
            env={**os.environ, **env, "OPENZFS": self.version},
            capture_output=True,
            text=True,
            check=False,
        )
