"""Visibilities of a MeasurementSet, selected, averaged, and in blocks.

The package exists so that a plot of any size needs the memory of one block. It reads with
python-casacore, without a lock, in the order of the table. What a selection string means is CASA's
to say: its own parser is asked (`selection`).

What it deliberately does not do: draw, and change anything.
"""

from casa_plots.asked import Asked
from casa_plots.visibilities.source import VisibilitySource, open_visibilities

__all__ = ["Asked", "VisibilitySource", "open_visibilities"]
