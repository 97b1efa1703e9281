"""The names that a CASA user expects to find in a session."""

from collections.abc import Callable, Mapping
from typing import Any

from casa_kernel.casa import Tools
from casa_kernel.tasks import Show, brief, listing_inline


def namespace(tasks: Mapping[str, Callable[..., Any]], tools: Tools, show: Show) -> dict[str, Any]:
    """Return the user's names: every task, every tool class, ``casalog``.

    Parameters
    ----------
    tasks : mapping
        Task name to callable.
    tools : Tools
        CASA's tools and logger.
    show : callable
        Displays MIME type to content in the running cell.
    """
    shown = {**tasks, "listobs": listing_inline(tasks["listobs"], show)}
    wrapped = {name: brief(task) for name, task in shown.items()}
    return {**tools.classes, **wrapped, "casalog": tools.log}
