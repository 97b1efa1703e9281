"""Which task has which listing, and the wrapper that shows it.

A wrapped task may run in another process: all that is used of it are its arguments, the file that
it was told to write, and what it returned.
"""

import inspect
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from casa_kernel.tasks import Printer, Show, TaskResult, looking_like, summary_line

Task = Callable[..., Any]
"""A task's result is what CASA makes it."""

# A notebook holds it twice, as text and in HTML, and becomes slow with more. It is enough for every
# listobs; listvis of a whole observation is a hundred times as long.
TEXT_SHOWN: Final = 2_000_000  # characters
_BY_FILE: Final = ("listobs", "listvis", "listcal")
_BY_RESULT: Final = ("flagdata", "imhead", "listfits", "listhistory", "vishead")


class ShownFile(str):
    """The name of a file that a task is told to write only to be shown, and that is then removed.

    In another process it is a plain string.
    """

    __slots__ = ()

    def __reduce__(self) -> tuple[type[str], tuple[str]]:
        return str, (str(self),)


class ListedResult(TaskResult):
    """The dictionary of a task whose listing is shown: as a cell's value it is one line."""

    def _repr_pretty_(self, printer: Printer, cycle: bool) -> None:
        del cycle
        printer.text(summary_line(self))


def listings(tasks: Mapping[str, Task], tools: Mapping[str, type], show: Show) -> dict[str, Task]:
    """Return the tasks that list something, by name, showing what they list.

    Parameters
    ----------
    tasks : mapping
        All tasks by name; parameters must have been resolved when these are called.
    tools : mapping
        Tool classes by name: they read what a task says to the log only.
    show : callable
        Displays MIME type to content in the running cell.
    """
    by_file = {name: _with_file(name, tasks[name], show) for name in _BY_FILE}
    by_result = {name: _with_result(name, tasks[name], tools, show) for name in _BY_RESULT}
    return {**by_file, **by_result}


def _with_file(name: str, task: Task, show: Show) -> Task:
    def run(*args: Any, **kwargs: Any) -> object:
        from casa_kernel.listings.bundles import of_text  # noqa: PLC0415 - the kernel starts sooner

        arguments = _arguments(task, args, kwargs)
        # A file of the user's own gets the text and the cell does not, as in CASA.
        if arguments is None or arguments.get("listfile"):
            return task(*args, **kwargs)
        with tempfile.TemporaryDirectory(prefix="casa-listing-") as directory:
            path = Path(directory, "listing.txt")
            result = task(**{**arguments, "listfile": ShownFile(path)})
            if path.exists():
                show(of_text(name, _text(path)))
        return _listed(result)

    return looking_like(task, run)


def _with_result(name: str, task: Task, tools: Mapping[str, type], show: Show) -> Task:
    def run(*args: Any, **kwargs: Any) -> object:
        from casa_kernel.listings.bundles import of_result  # noqa: PLC0415 - as above

        result = task(*args, **kwargs)
        bundle = of_result(name, _arguments(task, args, kwargs) or {}, result, tools)
        if bundle is None:
            return result
        show(bundle)
        return _listed(result)

    return looking_like(task, run)


def _arguments(task: Task, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any] | None:
    """Return the given arguments by name; None if they do not fit, which the task itself says."""
    try:
        return dict(inspect.signature(task).bind_partial(*args, **kwargs).arguments)
    except TypeError:
        return None


def _text(path: Path) -> str:
    """Return what a task wrote: all of it, or the beginning and how to have the whole."""
    size = path.stat().st_size
    with path.open(errors="replace") as file:
        text = file.read(TEXT_SHOWN)
    if size <= TEXT_SHOWN:
        return text.rstrip()
    # A line that is cut would be a row of wrong values.
    return (
        f"{text.rpartition(chr(10))[0]}\n\nThis is the beginning of {size} bytes: select less, or "
        "name a `listfile` to have the whole in a file of yours."
    )


def _listed(result: object) -> object:
    return ListedResult(result) if isinstance(result, dict) else result
