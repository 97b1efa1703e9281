"""Starting CASA in a child process, which may crash or hang, and reading what it got to."""

import json
import os
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from casa_kernel import site
from casa_kernel.configuration import last_line
from casa_kernel.doctor import steps

# By name: its imports may fail, the doctor's must not.
_PROBE: Final = "casa_kernel.doctor.probe"

Found = dict[str, Any]
"""One step's findings, as JSON has them."""


@dataclass(frozen=True, slots=True)
class Trial:
    """How far the child came.

    Attributes
    ----------
    steps : dict
        Step to what it found.
    failure : str or None
        Why there are no more steps; None if all of them ended well.
    """

    steps: dict[str, Found]
    failure: str | None


def how_it_ended(status: int, errors: str) -> str:
    """Return in words how a child that failed has ended.

    Parameters
    ----------
    status : int
        As `subprocess` has it: minus the signal, if one killed it.
    errors : str
        What it wrote to stderr.
    """
    if status < 0:
        reason = f"crashes: {signal.strsignal(-status)} ({signal.Signals(-status).name})"
    else:
        reason = f"fails (exit status {status})"
    said = last_line(errors)
    return f"{reason}; its last words: {said}" if said else reason


def read_steps(text: str) -> dict[str, Found]:
    """Return the steps of a report; a last line that was cut is left out."""
    whole = text[: text.rfind("\n") + 1]
    found = [json.loads(line) for line in whole.splitlines()]
    return {each.pop("step"): each for each in found}


def attempt(patience: float) -> Trial:
    """Start CASA in a child, as the kernel does, with log and cache in a directory of its own.

    Parameters
    ----------
    patience : float
        Seconds after which the child is killed.
    """
    with tempfile.TemporaryDirectory(prefix="casa-doctor-") as directory:
        report, log = Path(directory, "report"), Path(directory, "casa.log")
        report.touch()
        command = [sys.executable, "-m", _PROBE, str(report), str(log)]
        environment = {**os.environ, site.LOG_DIRECTORY_VARIABLE: directory}
        try:
            done = subprocess.run(
                command,
                env=environment,
                cwd=directory,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                errors="replace",
                timeout=patience,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return Trial(read_steps(report.read_text()), f"hangs: nothing came in {patience:g} s")
        reached = read_steps(report.read_text())
        if steps.PROBLEM in reached:
            return Trial(reached, str(reached[steps.PROBLEM]["sentence"]))
        failed = how_it_ended(done.returncode, done.stderr) if done.returncode else None
        return Trial(reached, failed)
