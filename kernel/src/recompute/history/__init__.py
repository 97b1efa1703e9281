"""What was executed in each pipeline: its steps, one JSON line each, and those that stand now.

It keeps no files of a reduction and decides nothing: the graph and the explanations are made from
what it remembers, and a lost history costs no result.
"""

from recompute.history.journal import KEPT_RUNS, History
from recompute.history.lines import from_json, to_json
from recompute.history.standing import current, executions, latest_run, standing

__all__ = [
    "KEPT_RUNS",
    "History",
    "current",
    "executions",
    "from_json",
    "latest_run",
    "standing",
    "to_json",
]
