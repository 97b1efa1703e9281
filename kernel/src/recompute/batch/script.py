"""Running a script as Python itself would, from its first line as ``__main__``."""

import runpy
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import FrameType

from recompute.batch.model import Line
from recompute.model import Place


class ScriptPosition:
    """Finds the line of a script that leads to a frame."""

    def __init__(self, path: Path) -> None:
        self._path = str(path)

    def line(self, frame: FrameType | None) -> Line:
        """Return the innermost line of the script that leads to a frame."""
        while frame is not None:
            if frame.f_code.co_filename == self._path:
                return Line(line=frame.f_lineno)
            frame = frame.f_back
        return Line()

    def place(self) -> Place:
        """Return the script: it always runs from its top."""
        return Place(self._path)


def run_script(path: Path, arguments: Sequence[str], names: Mapping[str, object]) -> None:
    """Run a script, with CASA's names in its globals as ``casa -c`` gives them.

    Whatever the script raises is raised.
    """
    sys.argv = [str(path), *arguments]
    # Python puts the script's directory first, where -m had put the current one.
    sys.path[0] = str(path.parent)
    runpy.run_path(str(path), init_globals=dict(names), run_name="__main__")
