"""What can go wrong with a companion."""

from casa_kernel.errors import CasaKernelError


class ArgumentError(CasaKernelError):
    """What stands behind a magic is no command line."""


class ProgramMissingError(CasaKernelError):
    """A program is not installed."""


class ProgramFailedError(CasaKernelError):
    """A program ended with a status that says it failed."""
