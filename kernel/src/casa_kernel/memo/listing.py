"""A listing that a task writes for the notebook to show: kept with the task's result.

Its file is of no use to anybody once it is shown, and has another name in each call.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from casa_kernel.listings.show import TEXT_SHOWN, ShownFile

MARK: Final = {"listing": "shown"}
"""Among a step's versions: what it returns is not what the task alone does."""


def listing_of(parameters: Mapping[str, Any]) -> Path | None:
    """Return the file of the listing, None if the task writes none for the notebook."""
    names = (each for each in parameters.values() if isinstance(each, ShownFile))
    return next((Path(name) for name in names), None)


def without_listing(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parameters with the listing's name empty."""
    return {name: "" if isinstance(each, ShownFile) else each for name, each in parameters.items()}


def packed(result: object, file: Path) -> dict[str, object]:
    """Return a task's result together with as much of its listing as is shown."""
    if not file.exists():
        return {"result": result}
    with file.open(errors="replace") as listing:
        return {"result": result, "text": listing.read(TEXT_SHOWN), "size": file.stat().st_size}


def unpacked(pack: Any, file: Path) -> object:  # noqa: ANN401 - what `packed` made, out of the store
    """Return the result, and let the file be there again, of its size: what follows are zeros."""
    if "text" in pack and not file.exists():
        file.write_text(pack["text"])
        with file.open("r+b") as listing:
            listing.truncate(max(pack["size"], file.stat().st_size))
    return pack["result"]
