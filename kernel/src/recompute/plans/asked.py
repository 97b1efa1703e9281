"""The plan of a script, as its user asks for it."""

from collections.abc import Sequence
from pathlib import Path

from recompute.plans.model import Plan
from recompute.plans.planning import plan as planned
from recompute.plans.wiring import lookup


def plan(path: Path | str, *, arguments: Sequence[str] = ()) -> Plan:
    """Tell what a script or notebook would compute if it ran now; nothing is changed.

    Parameters
    ----------
    path : Path or str
        The script or notebook.
    arguments : sequence of str
        What the script finds in ``sys.argv`` after its name.
    """
    return planned(Path(path), lookup(Path(path)), arguments=arguments)
