"""Trees put in place, whole or not at all.

`put` makes a path hold a tree; `sweep` removes what a killed put left beside it. What a put works
with is in a hidden directory beside the path (`drafts`); the path itself changes by one exchange of
names (`exchange`).
"""

from recompute.put.drafts import sweep
from recompute.put.placing import put, refuse_if_open

__all__ = ["put", "refuse_if_open", "sweep"]
