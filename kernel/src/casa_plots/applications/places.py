"""Where the applications are, or would be."""

import hashlib
import json
import os
import sys
from dataclasses import asdict, dataclass
from importlib.resources import files
from pathlib import Path
from typing import Final

from platformdirs import user_cache_path

VARIABLE: Final = "CASA_PLOTS_APPLICATIONS"
COMMAND: Final = "casa-kernel applications install"
_MARK: Final = "installed.json"  # written last: where it is, everything is
APPLICATIONS: Final = ("casaplotms", "casaviewer")


def locked() -> bytes:
    """Return the lock file that says which packages there are."""
    return files("casa_plots.applications").joinpath("locked.txt").read_bytes()


def key() -> str:
    """Return what tells one content of the lock from another."""
    return hashlib.sha256(locked()).hexdigest()[:12]


@dataclass(frozen=True, slots=True)
class Installation:
    """The applications, installed.

    Attributes
    ----------
    directory : Path
        Where they are.
    python : str
        The interpreter that their packages were installed for.
    versions : mapping of str to str
        Of the applications.
    key : str
        Of the lock that they were installed from.
    """

    directory: Path
    python: str
    versions: dict[str, str]
    key: str

    @property
    def packages(self) -> Path:
        """The directory of Python packages."""
        return self.directory / "packages"

    def tree(self, application: str) -> Path:
        """Return where an application was unpacked."""
        # casaplotms looks for its data in a directory of this name, and nowhere else.
        return self.directory / application / "squashfs-root"

    def mark(self) -> None:
        """Write down that everything is there."""
        content = {name: value for name, value in asdict(self).items() if name != "directory"}
        (self.directory / _MARK).write_text(json.dumps(content, indent=1) + "\n")


def system_place() -> Path:
    """Return where an image brings them: beside the Python that runs."""
    return Path(sys.prefix, "share", "casa-plots", "applications")


def own_place() -> Path:
    """Return where they are installed unless somebody says otherwise."""
    return user_cache_path("casahub") / f"applications-{key()}"


def chosen_place() -> Path:
    """Return where an installation goes: the variable's directory, or the user's cache."""
    named = os.environ.get(VARIABLE)
    return Path(named).expanduser().absolute() if named else own_place()


def look_into(directory: Path) -> Installation | None:
    """Return the installation in a directory, None if there is none that could run."""
    try:
        content = json.loads((directory / _MARK).read_text())
    except (FileNotFoundError, NotADirectoryError):
        return None
    found = Installation(directory, **content)
    return found if os.access(found.python, os.X_OK) else None


def find() -> Installation | None:
    """Return the installation to be used, None if there is none of this version.

    The variable's directory is the only one that is looked into when it is set.
    """
    places = [chosen_place()]
    if VARIABLE not in os.environ:
        places.insert(0, system_place())
    for place in places:
        found = look_into(place)
        if found is not None and found.key == key():
            return found
    return None
