"""The heart: decides whether a step is known, puts its outcome in place or computes it.

It sees steps as `Request` and `Outcome`, and knows neither CASA nor how anything is shown.
"""

from recompute.engine.computing import Run
from recompute.engine.rewinding import Rewound
from recompute.engine.session import Session
from recompute.engine.stepping import Diary, Done
from recompute.engine.workshop import Workshop

__all__ = ["Diary", "Done", "Rewound", "Run", "Session", "Workshop"]
