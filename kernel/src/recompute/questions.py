"""What a user asks about a reduction's steps, and the little that may be asked of its files."""

from pathlib import Path

from recompute import active
from recompute.engine import Rewound
from recompute.graphs import Explanation, GraphView, find, graph_of
from recompute.graphs import explain as explained
from recompute.history import current
from recompute.model import Step
from recompute.opening import open_history, open_workshop


def history(pipeline: str | None = None) -> list[Step]:
    """Return all steps that are remembered, the earliest first.

    Parameters
    ----------
    pipeline : str, optional
        The script's or notebook's absolute path, or its name; by default the one that runs.

    Raises
    ------
    RecomputeError
        No pipeline is given, and memoisation is off.
    """
    return open_history(open_workshop()).steps(pipeline or active.required().pipeline)


def graph(pipeline: str | None = None) -> GraphView:
    """Return the graph of a reduction as it stands; a notebook draws it, `save` writes a file.

    Parameters
    ----------
    pipeline : str, optional
        As for `history`.
    """
    return GraphView(graph_of(history(pipeline)))


def explain(what: str | int, pipeline: str | None = None) -> Explanation:
    """Return why a step was computed, or was not.

    Parameters
    ----------
    what : str or int
        Its number, its task, or what it left.
    pipeline : str, optional
        As for `history`.

    Raises
    ------
    UnknownStepError
        There is no such step, or there are several; the message lists them.
    """
    steps = history(pipeline)
    return explained(find(current(steps), str(what)), steps)


def restart() -> list[Rewound]:
    """Let every path be as it was before the pipeline that runs first touched it.

    Raises
    ------
    RecomputeError
        Memoisation is off, or a path cannot be put back; then none was.
    """
    return active.required().restart()


def rewind(path: str | Path) -> Rewound:
    """Let one path be as it was before any step changed it.

    Raises
    ------
    UnknownStepError
        No step touched it.
    """
    return active.required().rewind(Path(path))


def undo() -> list[Path]:
    """Take the last putting back of the pipeline that runs back; return the paths.

    Raises
    ------
    UnknownStepError
        Nothing was put back.
    """
    return active.required().undo()


def forget(path: str | Path) -> None:
    """Forget what steps did to a path: it begins with what stands there now."""
    open_workshop().ledger.forget(Path(path).absolute())
