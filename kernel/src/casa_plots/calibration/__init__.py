"""Solutions of a calibration table, selected, and in blocks.

The package exists because a solution is not a visibility: it has polarisations instead of
correlations, one antenna, and numbers that mean what the kind of table says. It reads tables as
CASA writes them since version 4 (``gaincal``, ``bandpass``, ``fringefit``, ``gencal``, …).

What it deliberately does not do: average, which plotms does for solutions, and evaluate what is no
list of solutions (splines, polynomials, gain curves).
"""

from casa_plots.calibration.source import CalibrationSource, open_calibration

__all__ = ["CalibrationSource", "open_calibration"]
