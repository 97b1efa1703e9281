"""CASA's own viewer, for who asks for it: it is imported only then."""

import importlib
from collections.abc import Mapping
from typing import Any

from casa_plots.errors import UnsupportedError
from casa_plots.picture import Pages


def application(task: str, parameters: Mapping[str, Any]) -> Pages:
    """Return what CASA's application draws.

    Parameters
    ----------
    task : str
        ``imview`` or ``msview``.
    parameters : mapping
        Its arguments.

    Raises
    ------
    UnsupportedError
        There is no way to the application, or it has no such task.
    """
    try:
        found = importlib.import_module("casa_plots.casaviewer")
    except ModuleNotFoundError as error:
        raise UnsupportedError(
            "CASA's viewer is not installed here: leave engine empty, for ours."
        ) from error
    draw = getattr(found, task, None)
    if draw is None:
        raise UnsupportedError(f"CASA's viewer cannot be asked for {task}: leave engine empty.")
    pages: Pages = draw(dict(parameters))
    return pages
