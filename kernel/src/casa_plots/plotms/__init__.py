"""CASA's ``plotms`` by our own engine: points aggregated into pixels, drawn by matplotlib.

`plotms` takes CASA's parameters and gives `Pages`. `parameters` says what there is, `checking`
whether values mean something, `ability` whether our engine can do it; `request` is what is to be
drawn. `reading`, `extent`, `canvas` and `measured` turn blocks of a source into limits and pixels,
`iteration` and `board` say what is on which page, `panel`, `layout` and `draw` make the picture.

What it deliberately does not do: read tables (`casa_plots.sources`), say what is at a place or flag
it (`casa_plots.locating`, `casa_plots.flagging`), show pictures. What it cannot draw, CASA's own
application draws (`casa_plots.casaplotms`).
"""

from casa_plots.plotms.board import Board
from casa_plots.plotms.call import plotms

__all__ = ["Board", "plotms"]
