"""Flags of visibilities and calibration solutions, set and cleared inside a plot of them.

The package exists so that what somebody outlines in a plot is flagged in the table, with what
``plotms`` would flag, and can be taken back. Marks are found in blocks, kept in packed bits, and
written in pieces under one lock, after the flags were saved where ``flagmanager`` finds them.

What it deliberately does not do: decide what is bad (CASA's ``flagdata`` does), or remember
anything beyond the life of a `Flagger` but the flag versions.
"""

from casa_plots.flagging.flagger import Flagger
from casa_plots.flagging.stored import FlaggingError

__all__ = ["Flagger", "FlaggingError"]
