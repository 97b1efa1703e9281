"""What can go wrong at start; every message names its remedy."""


class CasaKernelError(Exception):
    """CASA cannot be used here; a retry helps only after the remedy in the message."""


class CasaImportError(CasaKernelError):
    """CASA's packages are missing, or do not load with this Python."""


class DataNotFoundError(CasaKernelError):
    """CASA's reference data (IERS tables, telescope positions) are nowhere on this machine."""


class NotWritableError(CasaKernelError):
    """A directory for logs or caches cannot be written."""


class SampleError(CasaKernelError):
    """A sample dataset cannot be made as asked."""


class TaskCrashedError(CasaKernelError):
    """CASA's code ended the process of a task; the notebook is as it was before the call."""


class ArgumentError(CasaKernelError):
    """An argument of a task cannot be sent to the task's process."""


class LogLevelError(CasaKernelError, ValueError):
    """A log level that is none of CASA's."""
