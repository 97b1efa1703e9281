"""The order in which standing executions follow from each other.

The order of a notebook's cells is not known; the order in which they were first executed is the
next best, because a cell that is executed again finds its paths as it first found them. It gives
way where a cell read what a cell that came later made: who goes back up in a notebook reads on.
"""

from collections.abc import Sequence

from recompute.graphs import roles
from recompute.graphs.makers import Makers
from recompute.history import standing
from recompute.model import Step


def in_place(past: Sequence[Step], makers: Makers) -> list[Step]:
    """Return the steps that stand, makers before those that read what they made.

    Parameters
    ----------
    past : sequence of Step
        All that was executed, the earliest first.
    makers : Makers
        Of ``past``.
    """
    stand = standing(past)
    waits = dict(enumerate(_waits(stand, makers)))
    order: list[int] = []
    while waits:
        # Only two kernels that execute one notebook at once can wait for each other.
        done = next((n for n, each in waits.items() if not each), next(iter(waits)))
        order.append(done)
        del waits[done]
        for each in waits.values():
            each.discard(done)
    return [step for n in order for step in stand[n]]


def _waits(stand: Sequence[Sequence[Step]], makers: Makers) -> list[set[int]]:
    """Return for each execution those that made what it read."""
    of = {id(step): n for n, execution in enumerate(stand) for step in execution}
    waits: list[set[int]] = [set() for _ in stand]
    for n, execution in enumerate(stand):
        for step in execution:
            found = (makers.of(step, each) for each in roles.inputs(step))
            waits[n] |= {of[id(each)] for each in found if each is not None and id(each) in of}
        waits[n].discard(n)
    return waits
