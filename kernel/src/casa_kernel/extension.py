"""The one way in: starts CASA for a shell, once per process."""

from casa_kernel.session import NotebookSession, Shell
from casa_kernel.starting import begin

_sessions: list[NotebookSession] = []


def ensure_session(shell: Shell) -> NotebookSession:
    """Return the process's session, started if there is none; idempotent.

    Raises
    ------
    CasaKernelError
        CASA cannot be used; the message names the remedy.
    """
    if not _sessions:
        _sessions.append(NotebookSession(shell, *begin()))
    return _sessions[0]


def load(shell: Shell) -> None:
    """Start CASA from a cell, and let that cell's log appear in it."""
    if _sessions:
        return
    session = ensure_session(shell)
    session.begin_cell()
    print(session.banner)
