"""What can go wrong with an interactive clean in a notebook."""

from casa_kernel.errors import CasaKernelError


class NobodyThereError(CasaKernelError):
    """Nobody can draw a mask: there is no front end."""


class StillOpenError(CasaKernelError):
    """An interactive clean has not been stopped yet."""
