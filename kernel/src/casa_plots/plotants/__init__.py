"""``plotants``: where the antennas of an array stand.

Three pictures: metres east and north for an array that fits into a landscape, the same with
logarithmic distances, and the Earth from far above for an array on a continent or more. Coasts are
deliberately left out: no library that we have brings them.
"""

from casa_plots.plotants.task import plotants

__all__ = ["plotants"]
