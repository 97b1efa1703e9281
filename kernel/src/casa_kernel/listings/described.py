"""The tasks that write no file: what they list, from their result or read with a tool.

astropy is imported only for FITS: it takes as long as a short task.
"""

import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from casa_kernel.listings import flags, headers, listobs
from casa_kernel.listings.history import image_history, vis_history
from casa_kernel.listings.table import Listing

Arguments = Mapping[str, Any]
"""The given parameters of a task with their values."""
Tools = Mapping[str, Callable[[], Any]]
"""Tool name to class, as casatools has them."""
Describe = Callable[[Arguments, object, Tools], Listing | None]
"""Returns what a task lists from its arguments, its result and the tools; None for nothing."""


def _flagdata(arguments: Arguments, result: object, tools: Tools) -> Listing | None:
    del arguments, tools
    return flags.summary(result) if flags.is_summary(result) else None


def _listhistory(arguments: Arguments, result: object, tools: Tools) -> Listing | None:
    del result
    return vis_history(arguments["vis"], tools["table"])


def _listfits(arguments: Arguments, result: object, tools: Tools) -> Listing | None:
    from casa_kernel.listings.fits import fits_listing  # noqa: PLC0415

    del result, tools
    return fits_listing(Path(arguments["fitsfile"]))


def _vishead(arguments: Arguments, result: object, tools: Tools) -> Listing | None:
    if isinstance(result, dict):
        return headers.vis_keywords(arguments["vis"], result)
    if arguments.get("mode", "summary") == "summary":
        return listobs.listobs(_summary_text(arguments["vis"], tools["ms"]))
    return None


def _summary_text(vis: str, make_ms: Callable[[], Any]) -> str:
    tool = make_ms()
    with tempfile.TemporaryDirectory(prefix="casa-listing-") as directory:
        path = Path(directory, "summary.txt")
        try:
            tool.open(vis, nomodify=True)
            tool.summary(verbose=False, listfile=str(path), wantreturn=False)
        finally:
            tool.close()
        return path.read_text(errors="replace").rstrip()


def _imhead(arguments: Arguments, result: object, tools: Tools) -> Listing | None:
    name, mode = arguments["imagename"], arguments.get("mode", "summary")
    # CASA looks at the first letter only.
    if mode.startswith("h"):
        return image_history(name, tools["image"])
    if mode.startswith(("s", "l")) and isinstance(result, dict):
        describe = headers.image_summary if mode.startswith("s") else headers.image_keywords
        return describe(name, result)
    return None


DESCRIBED: Final[dict[str, Describe]] = {
    "flagdata": _flagdata,
    "imhead": _imhead,
    "listfits": _listfits,
    "listhistory": _listhistory,
    "vishead": _vishead,
}
