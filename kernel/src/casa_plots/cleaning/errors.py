"""What can go wrong with interactive cleaning."""

from casa_plots.errors import PlotError


class CleaningError(PlotError):
    """Base of the errors of this package."""


class InputError(CleaningError, ValueError):
    """A parameter has a value that interactive cleaning cannot work with; nothing was done."""


class CycleError(CleaningError):
    """A cycle failed; the images are as they were before it. The cause is CASA's own error."""
