"""Files on the disk: where CASA's descriptions are, what a path leads to."""

import importlib.util
import sys
from pathlib import Path
from typing import Final

# The packages that bring tasks, those that win first, and where in them the descriptions are.
_PACKAGES: Final = {
    "casa_plots": "definitions",
    "casatasks": "__xml__",
    "casaplotms": "__xml__",
    "casaviewer": "__xml__",
}


def definition_directories() -> list[Path]:
    """Return the directories of XML descriptions of the packages that are installed."""
    specs = [(importlib.util.find_spec(package), name) for package, name in _PACKAGES.items()]
    found = [Path(spec.origin).parent / name for spec, name in specs if spec and spec.origin]
    return [directory for directory in found if directory.is_dir()]


def exists(path: str) -> bool:
    """Whether a task would find a path: on the disk, or among CASA's reference data."""
    try:
        if path and Path(path).expanduser().exists():
            return True
        return bool(path) and not path.startswith(("/", "./", "../")) and _resolved(path).exists()
    except (OSError, ValueError, RuntimeError):
        # Too long, with a zero byte, of an unknown user's home: no such path can exist.
        return False


def _resolved(path: str) -> Path:
    # To load CASA is the session's business: without it there are no reference data to look in.
    casatools = sys.modules.get("casatools")
    return Path(path if casatools is None else casatools.ctsys.resolve(path))
