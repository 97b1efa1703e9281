"""What a task lists, ready for display, whatever its text or its result turns out to be."""

from collections.abc import Callable
from typing import Final

from casa_kernel.errors import CasaKernelError
from casa_kernel.listings import listobs, ruled
from casa_kernel.listings.described import DESCRIBED, Arguments, Tools
from casa_kernel.listings.table import Listing, listing, listing_bundle

# What a text or a dictionary of another form than those of CASA 6.7 can raise, and what tools do.
_UNFORESEEN: Final = (CasaKernelError, LookupError, OSError, RuntimeError, TypeError, ValueError)
_PARSERS: Final[dict[str, Callable[[str], Listing]]] = {
    "listobs": listobs.listobs,
    "listvis": ruled.listvis,
    "listcal": ruled.listcal,
}


def of_text(name: str, text: str) -> dict[str, str]:
    """Return what a task wrote into its file, MIME type to content.

    Parameters
    ----------
    name : str
        The task.
    text : str
        Its text; where it has another form than is known, it is shown without tables.
    """
    try:
        shown = _PARSERS[name](text)
    except _UNFORESEEN as error:
        shown = listing("Text", (), f"{text}\n\nThis is CASA's text, {_sorry(error)}")
    return listing_bundle(shown)


def of_result(
    name: str, arguments: Arguments, result: object, tools: Tools
) -> dict[str, str] | None:
    """Return what a task that writes no file lists, MIME type to content; None for nothing.

    Parameters
    ----------
    name : str
        The task.
    arguments : mapping
        Its given parameters.
    result : object
        What it returned.
    tools : mapping
        CASA's tools, which read what it says to the log only.
    """
    try:
        shown = DESCRIBED[name](arguments, result, tools)
    except _UNFORESEEN as error:
        # The work is done: what it returned must not be lost with its picture.
        shown = listing("No table", (), f"{name} ended well, {_sorry(error)}")
    return None if shown is None else listing_bundle(shown)


def _sorry(error: Exception) -> str:
    return f"but it could not be shown as a table ({error!r}): please report this."
