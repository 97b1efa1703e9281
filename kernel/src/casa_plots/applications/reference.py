"""Where CASA's reference data are: positions of the Earth and of observatories."""

import importlib.util
import sys
from pathlib import Path

from casa_plots.errors import ApplicationError


def find_data() -> Path:
    """Return the directory that CASA uses here, or the one of the package casadata.

    Raises
    ------
    ApplicationError
        There is none.
    """
    tools = sys.modules.get("casatools")
    if tools is not None:
        told = Path(str(tools.ctsys.rundata()))
        if (told / "geodetic").is_dir():
            return told
    spec = importlib.util.find_spec("casadata")
    if spec is not None and spec.origin is not None:
        return Path(spec.origin).parent / "__data__"
    raise ApplicationError("CASA's reference data were not found: `pip install casadata`.")
