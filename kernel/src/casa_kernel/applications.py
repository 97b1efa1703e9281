"""The command ``applications``: CASA's own applications, there or not."""

import sys
from pathlib import Path

from casa_plots.applications import installing
from casa_plots.applications.appimages import missing_libraries
from casa_plots.applications.places import (
    APPLICATIONS,
    COMMAND,
    chosen_place,
    find,
    system_place,
)
from casa_plots.errors import ApplicationError


def status() -> int:
    """Print where the applications are, and what they lack; return 0 if they can run."""
    found = find()
    if found is None:
        print(f"casaplotms and casaviewer are not installed: `{COMMAND}` puts them in")
        print(f"{chosen_place()} (250 MB; twice that is downloaded).")
        return 1
    size = installing.size(found.directory) / 1e6
    versions = ", ".join(f"{name} {found.versions[name]}" for name in APPLICATIONS)
    print(f"{versions}: {size:.0f} MB in {found.directory}, run by {found.python}")
    missing = sorted(
        {each for name in APPLICATIONS for each in missing_libraries(found.tree(name))}
    )
    for each in missing:
        print(f"missing on this machine: {each}")
    return int(bool(missing))


def run(action: str, *, for_all: bool) -> int:
    """Carry out ``status``, ``install`` or ``remove``; return the exit status.

    Parameters
    ----------
    action : str
        What to do.
    for_all : bool
        Beside this Python, as an image wants it, and not in the user's cache.
    """
    place: Path | None = system_place() if for_all else None
    try:
        if action == "install":
            installing.install(place, lambda text: print(text, flush=True))
        elif action == "remove":
            if not installing.remove(place):
                print(f"There is nothing to remove in {place or chosen_place()}.")
            return 0
    except (ApplicationError, OSError) as problem:
        print(problem, file=sys.stderr)
        return 1
    return status()
