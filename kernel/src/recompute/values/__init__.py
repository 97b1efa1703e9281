"""Value style: a task's outcome is a value, and nothing that was made is ever changed.

    from recompute import values as v

    raw = v.importuvfits("n14c3.fits")
    flagged = v.flagdata(raw, mode="quack")     # another value; `raw` is as it was
    gains = v.gaincal(flagged, field="0", refant="EF")

Wijngaarden's method in CASA's clothes, after A&C 25, 133: each task works on a copy of what it
would change, in a directory that is named by the step's key, so that the same call gives the same
value at once. A value is a path (`os.PathLike`) with a result, a log and a readable name.
"""

from collections.abc import Callable
from typing import Any

from recompute.values.steps import ValueStyle
from recompute.values.tasks import task_named
from recompute.values.value import Value

__all__ = ["Value", "ValueStyle"]


def __getattr__(name: str) -> Callable[..., Any]:
    """Return a task in value style, such as ``flagdata``."""
    return task_named(name)
