"""What is where in a plot of visibilities, or of calibration solutions.

The package exists so that somebody who points at a plot learns which scan, field, time, baseline,
channel and correlation that is. It reads the table again, block by block.

What it deliberately does not do: keep an index of points; change anything (`casa_plots.flagging`).
"""

from casa_plots.locating.found import locate

__all__ = ["locate"]
