"""What CASA's tasks read and write, as data, and what a call of one is equal to.

It runs no task and does not look into tables: that two calls give the same is for the engine to
say, from the states of what is touched here.
"""

from recompute.access.declaration import Access, Declaration, Given, Named, Refusal
from recompute.access.requesting import declaration, known_tasks, request
from recompute.access.versions import versions
from recompute.access.watching import Snapshot, snapshot, undeclared

__all__ = [
    "Access",
    "Declaration",
    "Given",
    "Named",
    "Refusal",
    "Snapshot",
    "declaration",
    "known_tasks",
    "request",
    "snapshot",
    "undeclared",
    "versions",
]
