"""What can go wrong with a plot; each message names the input and the remedy."""


class PlotError(Exception):
    """Base of all errors of this package: nothing was drawn, and nothing on disk was changed."""


class InvalidParameterError(PlotError, ValueError):
    """A parameter has a value that means nothing; the message names those that do."""


class SelectionError(PlotError, ValueError):
    """A selection string cannot be read, or selects nothing."""


class EmptyPlotError(PlotError):
    """There is nothing to draw: all that was selected is flagged, or not a number."""


class MissingDataError(PlotError):
    """The table has no such column, subtable or keyword."""


class UnsupportedError(PlotError):
    """Our engine cannot do what was asked; another one may."""


class ApplicationError(PlotError):
    """CASA's own application died, hung or refused; the message has its words."""


class FileInTheWayError(PlotError, FileExistsError):
    """A file would be overwritten; pass ``overwrite=True`` or another name."""
