"""Headless runs: a script or notebook from its top, its tasks memoised, with a display of progress.

The script runs in a process of its own, as ``__main__``. What it computed before it failed, was
interrupted or crashed is in the store, so that the next run resumes there. This package knows
neither keys nor files: an `Engine` does the memoising.
"""

from recompute.batch.model import ExitCode, Failure, Report
from recompute.batch.running import Progress, run

__all__ = ["ExitCode", "Failure", "Progress", "Report", "run"]
