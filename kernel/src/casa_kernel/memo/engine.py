"""What is used of recompute, loaded with the first memoised cell: every kernel starts without."""

from collections.abc import Callable, Mapping
from importlib import import_module
from inspect import Signature
from pathlib import Path
from typing import TYPE_CHECKING, Any

from recompute.model import Request

if TYPE_CHECKING:
    from recompute.engine import Done, Session


def load() -> None:
    """Load it now, while the kernel waits for something else; idempotent."""
    import_module("recompute.opening")


def open_session(pipeline: str) -> "Session":
    """Return a new session of a pipeline.

    Raises
    ------
    StoreError
        The store cannot be used.
    """
    from recompute import opening  # noqa: PLC0415 - see above

    return opening.open_session(pipeline)


def request(
    task: str, parameters: Mapping[str, Any], signature: Signature, directory: Path
) -> Request:
    """Return what a call of a task is, as a step.

    Parameters
    ----------
    task : str
        Its name.
    parameters : mapping
        What it is called with.
    signature : Signature
        The task's.
    directory : Path
        The working directory.
    """
    from recompute import access  # noqa: PLC0415 - see above

    versions = access.versions()
    return access.request(task, parameters, signature=signature, cwd=directory, versions=versions)


def tell_of_functions(report: "Callable[[Done], object] | None") -> None:
    """Let something hear what becomes of the steps of users' own functions, or nothing."""
    from recompute.decorate import set_report  # noqa: PLC0415 - see above

    set_report(report)
