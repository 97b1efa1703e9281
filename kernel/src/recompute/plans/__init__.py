"""What would run, before it runs: a script is followed with its tasks looked up, not computed.

The script runs in a process of its own whose tasks give recorded results, or placeholders that end
the plan where the script looks into them. Files are as they would be by then; whatever else the
script wants to do ends the plan, and says so. Nothing is changed.
"""

from recompute.plans.model import Fate, Foreseen, Plan, Stop
from recompute.plans.planning import plan

__all__ = ["Fate", "Foreseen", "Plan", "Stop", "plan"]
