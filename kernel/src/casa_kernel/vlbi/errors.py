"""What can go wrong with VLBI files; every message names the file and the remedy."""

from casa_kernel.errors import CasaKernelError


class VlbiError(CasaKernelError):
    """A VLBI file, or a set of them, cannot be used as asked; nothing was changed."""


class MalformedFileError(VlbiError):
    """A line of a text file cannot be understood.

    Parameters
    ----------
    file : str
        Name of the file.
    line : int
        Counted from 1.
    reason : str
        What is wrong there.
    """

    def __init__(self, file: str, line: int, reason: str) -> None:
        super().__init__(f"{file}, line {line}: {reason}")
        self.file = file
        self.line = line
