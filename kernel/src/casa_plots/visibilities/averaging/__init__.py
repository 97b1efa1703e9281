"""Averaging visibilities before anything is computed from them, as ``plotms`` does.

Which rows become one is decided from the columns that have one number per row (`groups`), which
channels from their numbers (`bins`); then the table is read once more, in blocks, into sums
(`sums`). So the memory is that of a block of what is read, of a block of what comes out, and 16
bytes for each selected row.
"""

from casa_plots.visibilities.averaging.asked import averaging_words, is_active, refuse_averaging
from casa_plots.visibilities.averaging.averaged import Plan, averaged_points

__all__ = ["Plan", "averaged_points", "averaging_words", "is_active", "refuse_averaging"]
