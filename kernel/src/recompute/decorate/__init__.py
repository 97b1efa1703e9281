"""Users' own functions as steps, with the guarantees that tasks have.

::

    @recompute.step(reads="vis", writes="{vis}.png")
    def plot_amplitudes(vis, field="3C391"):
        ...

A call is one step: what it calls, tasks and other steps included, is a part of it, runs plainly and
is not recorded. Otherwise a hit of the whole would leave the history without its parts, and a part
that is put in place by itself would be another step's work in this one's outcome.

**What decides**: the function's code with all of the user's own that it reaches (`recompute.code`),
its arguments, and what it reads and updates. **What a hit gives**: its result and its files. What
it prints, draws or changes in memory is not replayed, so let it return what it finds. An argument
that it changes is noticed and refused.

Without an active session (`recompute.enable`, ``%recompute on``) a step is the plain function.
"""

from recompute.decorate.declaration import Declared, Family, family
from recompute.decorate.telling import Report, set_report
from recompute.decorate.wrapping import step

__all__ = ["Declared", "Family", "Report", "family", "set_report", "step"]
