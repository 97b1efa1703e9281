"""The names that a CASA user expects to find in a session."""

from collections.abc import Callable, Mapping
from typing import Any

from casa_kernel.casa import Tools
from casa_kernel.clean.call import interactive
from casa_kernel.listings.browsetable import table_browser
from casa_kernel.listings.show import listings
from casa_kernel.tasks import Show, brief
from casa_kernel.vlbi.session import importer


def namespace(tasks: Mapping[str, Callable[..., Any]], tools: Tools, show: Show) -> dict[str, Any]:
    """Return the user's names: every task and tool class, ``casalog``, and tasks of our own.

    Parameters
    ----------
    tasks : mapping
        Task name to callable.
    tools : Tools
        CASA's tools and logger.
    show : callable
        Displays MIME type to content in the running cell.
    """
    wrapped = {name: brief(task) for name, task in tasks.items()}
    ours = {
        "browsetable": table_browser(tools.classes["table"]),
        "import_evn": importer(tasks),
        **({"tclean": interactive(wrapped["tclean"])} if "tclean" in wrapped else {}),
    }
    return {
        **tools.classes,
        **wrapped,
        **listings(wrapped, tools.classes, show),
        **ours,
        "casalog": tools.log,
    }
