"""The `casahub` command as people and scripts call it."""

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests_processes import plain_environment
from tests_site import CASAHUB


class Command:
    """Calls `casahub` on one state directory."""

    def __init__(self, state: Path, **environment: str) -> None:
        self.state = state
        self._environment = plain_environment() | environment | {"CASAHUB_STATE": str(state)}

    def __call__(self, *arguments: str) -> str:
        """Return what it prints on success."""
        done = self.run(*arguments)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def json(self, *arguments: str) -> Any:
        """Return what it prints for scripts; nothing else is on its standard output."""
        return json.loads(self(*arguments, "--json"))

    def fails(self, *arguments: str, through: Sequence[str] = ()) -> str:
        """Return the one sentence on standard error with which it ends with status 1."""
        done = self.run(*arguments, through=through)
        assert done.returncode == 1, (done.returncode, done.stdout, done.stderr)
        assert done.stdout == ""
        assert done.stderr.startswith("casahub: ")
        [sentence] = done.stderr.removeprefix("casahub: ").splitlines()
        return sentence

    def run(self, *arguments: str, through: Sequence[str] = ()) -> subprocess.CompletedProcess[str]:
        """Run it to its end, through another command if one is given."""
        return subprocess.run(
            [*through, *CASAHUB, *arguments],
            env=self._environment,
            check=False,
            capture_output=True,
            text=True,
        )
