"""Looking up what surrounds a failed call: file names, kinds of tables, what can be selected.

Everything here helps to word a message about another error: where it cannot look, it answers with
nothing instead of failing.
"""

import logging
from pathlib import Path
from typing import Any

from casa_kernel.messages.rule import Observed
from casa_kernel.tables import opened_unlocked

logger = logging.getLogger(__name__)


class Disk:
    """`Surroundings` of this process: its working directory and CASA's own descriptions."""

    def beside(self, path: str) -> list[str]:
        """Return the visible names in the directory of a path, in order."""
        try:
            names = [each.name for each in Path(path).parent.iterdir()]
        except OSError:
            return []
        return sorted(name for name in names if not name.startswith("."))

    def kind(self, path: str) -> str:
        """Return what is at a path, told from its ``table.info``."""
        place = Path(path)
        try:
            there = bool(path) and place.exists()
        except OSError:  # such as a name that is too long
            there = False
        if not there:
            return ""
        if place.is_file():
            return "file"
        if not (place / "table.dat").is_file():
            return "directory"
        info = place / "table.info"
        head = info.read_text(errors="replace")[:40] if info.is_file() else ""
        kinds = {"Measurement Set": "MeasurementSet", "Image": "image"}
        return next((kind for word, kind in kinds.items() if word in head), "table")

    def shown(self, path: str) -> str:
        """Return a path relative to the working directory if it lies below it."""
        try:
            return str(Path(path).relative_to(Path.cwd()))
        except ValueError:
            return path

    def columns(self, vis: str) -> list[str]:
        """Return the columns of a table."""
        try:
            with opened_unlocked(vis) as opened:
                return [str(name) for name in opened.colnames()]
        except RuntimeError:
            logger.debug("the columns of %s cannot be read", vis, exc_info=True)
            return []

    def observed(self, vis: str) -> Observed | None:
        """Return what can be selected in a MeasurementSet."""
        if self.kind(vis) != "MeasurementSet":
            return None
        try:
            return Observed(
                fields=tuple(_column(f"{vis}/FIELD", "NAME")),
                windows=len(_column(f"{vis}/SPECTRAL_WINDOW", "NUM_CHAN")),
                antennas=tuple(_column(f"{vis}/ANTENNA", "NAME")),
                scans=tuple(sorted({int(scan) for scan in _column(vis, "SCAN_NUMBER")})),
            )
        except RuntimeError:
            logger.debug("%s cannot be read", vis, exc_info=True)
            return None

    def allowed(self, task: str, parameter: str) -> list[str]:
        """Return the values that CASA's description of a task enumerates."""
        # `inputs` calls tasks, which note their calls here: it cannot be imported before.
        from casa_kernel.inputs.definitions import Definitions  # noqa: PLC0415
        from casa_kernel.inputs.paths import definition_directories  # noqa: PLC0415

        described = Definitions(*definition_directories()).get(task)
        every = described.parameters if described else ()
        return [str(value) for each in every if each.name == parameter for value in each.allowed]


def _column(path: str, name: str) -> list[Any]:
    with opened_unlocked(path) as opened:
        return list(opened.getcol(name))
