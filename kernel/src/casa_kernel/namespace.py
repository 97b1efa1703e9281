"""The names that a CASA user expects to find in a session."""

from typing import Any

from casa_kernel.casa import Casa
from casa_kernel.tasks import Show, brief, listing_inline


def namespace(casa: Casa, show: Show) -> dict[str, Any]:
    """Return the user's names: every task, every tool class, ``casalog``.

    Parameters
    ----------
    casa : Casa
        The loaded CASA.
    show : callable
        Displays MIME type to content in the running cell.
    """
    tasks = {**casa.tasks, "listobs": listing_inline(casa.tasks["listobs"], show)}
    wrapped = {name: brief(task) for name, task in tasks.items()}
    return {**casa.tools, **wrapped, "casalog": casa.log}
