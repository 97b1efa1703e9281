"""Images that CASA made, and what it says of them; read-only: copy what is to be changed."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Made:
    """Images by name, and CASA's numbers."""

    place: Path
    numbers: dict[str, Any]

    def __call__(self, name: str) -> str:
        """Return the path of an image."""
        return str(self.place / name)


def run_casa(script: str, *arguments: str, cwd: Path) -> str:
    """Run Python with CASA in a process of its own; return what it printed."""
    done = subprocess.run(
        [sys.executable, script, *arguments],
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
        env=os.environ,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


@pytest.fixture(scope="session")
def made(demo: Path, tmp_path_factory: pytest.TempPathFactory) -> Made:
    """A small cube of NGC 5921, and images of odd kinds; see `make_images.py`."""
    place = tmp_path_factory.mktemp("images")
    run_casa(str(HERE / "make_images.py"), str(demo / "NGC5921.fits"), cwd=place)
    return Made(place, json.loads((place / "numbers.json").read_text(encoding="utf-8")))
