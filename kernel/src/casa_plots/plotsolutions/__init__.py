"""``plotsolutions``: a calibration table at a glance, all antennas on one page.

A page for each quantity that the table is about, chosen by its type, with a panel for each antenna
and the same axes in all of them, and a page that sums up signal-to-noise ratios and flags. It is
read directly and at once: solutions are few compared with visibilities. Selecting single solutions
and flagging them is `plotms`'s.
"""

from casa_plots.plotsolutions.reading import Solutions, read
from casa_plots.plotsolutions.summary import Summary, summarise
from casa_plots.plotsolutions.task import plotsolutions

__all__ = ["Solutions", "Summary", "plotsolutions", "read", "summarise"]
