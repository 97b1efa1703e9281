"""CASA in a plain Python process: its tasks memoised, its log recorded.

A notebook's kernel, where tasks run in processes of their own, has an adapter of its own.
"""

from recompute.casa.patch import Patch
from recompute.casa.tasks import Report, memoised

__all__ = ["Patch", "Report", "memoised"]
