"""Switching memoisation on and off in a process, and the questions that its user has."""

import atexit
import sys
from pathlib import Path

from recompute import active, decorate
from recompute.casa import Patch, Report
from recompute.engine import Done, Session
from recompute.model import Verdict
from recompute.opening import new_run, open_session
from recompute.words import duration


class _Switched:
    patch: Patch | None = None


def enable(
    pipeline: str | None = None, *, store: Path | None = None, report: Report | None = None
) -> Session:
    """Memoise the tasks of CASA in this process, from here on.

    A script that calls it begins a new run: what its last run changed is as it was before. In a
    notebook with the CASA kernel it is the same as ``%recompute on``.

    Parameters
    ----------
    pipeline : str, optional
        Whose steps these are; by default the script that runs. What is typed at a prompt has no
        earlier run, and nothing is put back for it.
    store : Path, optional
        Where outcomes are kept; by default the user's own store.
    report : callable, optional
        Receives a `Done` for each step; by default a line is written to standard error.

    Returns
    -------
    Session
        Through which all steps go.

    Raises
    ------
    StoreError
        The store cannot be used.
    """
    host = active.host()
    if host is not None:
        return host.enable()
    disable()
    session = open_session(pipeline or _this_script(), store)
    session.restart()
    decorate.set_report(report or write_line)
    _Switched.patch = Patch(report or write_line)
    _Switched.patch.apply()
    active.activate(session)
    atexit.register(_end, session)
    return session


def disable() -> None:
    """Let tasks run plainly again; idempotent."""
    host = active.host()
    if host is not None:
        host.disable()
        return
    session = active.session()
    if session is not None:
        _end(session)
    decorate.set_report(None)
    if _Switched.patch is not None:
        _Switched.patch.remove()
        _Switched.patch = None


def write_line(done: Done) -> None:
    """Say on standard error what became of a step."""
    for note in done.notes:
        print(f"recompute: {note}", file=sys.stderr)
    print(line_of(done), file=sys.stderr, flush=True)


def line_of(done: Done) -> str:
    """Return one line, such as ``✓ gaincal cached · saved 41 s``."""
    task = done.step.task
    if done.verdict is Verdict.CACHED:
        return f"✓ {task} cached · saved {duration(done.saved)}"
    if done.verdict is Verdict.COMPUTED:
        return f"● {task} computed · {duration(done.step.cost)}"
    return f"○ {task} not memoised · {done.step.why}"


def _end(session: Session) -> None:
    atexit.unregister(_end)
    if active.session() is session:
        session.note()
        active.activate(None)


def _this_script() -> str:
    file = getattr(sys.modules["__main__"], "__file__", None)
    if file is None:  # a prompt
        return f"{Path.cwd()} at {new_run()}"
    return str(Path(file).resolve())
