"""Files and directories that a parameter may name, told apart by what casacore says they hold."""

from enum import Enum
from pathlib import Path
from typing import Final

# Enough to choose from, and a directory of a survey does not hold up a key press.
_MANY: Final = 500


class Holding(Enum):
    """What lies at a path; the text is the one of casacore's ``table.info``."""

    MEASUREMENT_SET = "Measurement Set"
    IMAGE = "Image"
    CALIBRATION = "Calibration"
    ANY = ""


def candidates(typed: str, holding: Holding) -> list[str]:
    """Return paths that continue what was typed, those of the wanted kind first.

    Parameters
    ----------
    typed : str
        The beginning of a path.
    holding : Holding
        What the path must hold; other directories follow with a slash, to look into.
    """
    head, _, tail = typed.rpartition("/")
    shown = f"{head}/" if "/" in typed else ""
    directory = Path(shown or ".").expanduser()
    if not directory.is_dir():
        return []
    fitting, others = [], []
    for entry in sorted(directory.iterdir())[:_MANY]:
        if not entry.name.startswith(tail) or (entry.name.startswith(".") and not tail):
            continue
        if _holds(entry, holding):
            fitting.append(shown + entry.name)
        elif entry.is_dir() and not (entry / "table.dat").exists():
            others.append(f"{shown}{entry.name}/")
    return fitting + others


def _holds(path: Path, holding: Holding) -> bool:
    if holding is Holding.ANY and not path.is_dir():
        return True
    if holding is Holding.IMAGE and path.suffix.lower() in {".fits", ".image"}:
        return True
    try:
        with (path / "table.info").open(encoding="utf-8", errors="replace") as file:
            first = file.readline()
    except OSError:
        return False  # no table, or none that can be read
    return first.partition("=")[2].strip().startswith(holding.value)
