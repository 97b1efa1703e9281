"""The one way in: starts CASA for a shell, once per process."""

import os

from casa_kernel.memo.start import is_wanted
from casa_kernel.session import NotebookSession, Shell
from casa_kernel.starting import begin

_sessions: list[NotebookSession] = []


def ensure_session(shell: Shell, *, memoise: bool | None = None) -> NotebookSession:
    """Return the process's session, started if there is none; idempotent.

    Parameters
    ----------
    shell : Shell
        Its cells are served.
    memoise : bool, optional
        Whether tasks are memoised from the first cell on; by default the environment says so.

    Raises
    ------
    CasaKernelError
        CASA cannot be used; the message names the remedy.
    """
    if not _sessions:
        wanted = is_wanted(os.environ) if memoise is None else memoise
        _sessions.append(NotebookSession(shell, *begin(), memoise=wanted))
    return _sessions[0]


def load(shell: Shell) -> None:
    """Start CASA from a cell, and let that cell's log appear in it."""
    if _sessions:
        return
    session = ensure_session(shell)
    session.begin_cell()
    print(session.banner)
