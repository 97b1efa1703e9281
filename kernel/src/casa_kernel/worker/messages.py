"""What the notebook's process and a worker say to each other; all of it is pickled."""

import inspect
from dataclasses import dataclass
from typing import Any, Final

# What the notebook may say to a keeper.
INTERRUPT: Final = b"i"
KILL: Final = b"k"


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a task finds around it, as the notebook's process has it at the moment of the call.

    Attributes
    ----------
    directory : str
        The working directory.
    environment : dict
        The environment's variables.
    log_calls : tuple
        Calls of ``casalog`` that decide what is logged, as (method, arguments), oldest first.
    data_path : tuple of str
        Where CASA looks for files, ``ctsys.getpath()``.
    """

    directory: str
    environment: dict[str, str]
    log_calls: tuple[tuple[str, tuple[Any, ...]], ...] = ()
    data_path: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Call:
    """Run a task.

    Attributes
    ----------
    writes : bool
        Whether it changes what it is given.
    """

    task: str
    arguments: tuple[Any, ...]  # a user passes whatever CASA takes
    parameters: dict[str, Any]
    surroundings: Surroundings
    writes: bool = False


@dataclass(frozen=True, slots=True)
class Describe:
    """Tell which tasks there are."""


@dataclass(frozen=True, slots=True)
class TaskDescription:
    """A task without its code."""

    name: str
    signature: inspect.Signature
    documentation: str | None


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The answer to `Describe`."""

    version: str
    tasks: tuple[TaskDescription, ...]


@dataclass(frozen=True, slots=True)
class Finished:
    """The task returned.

    Attributes
    ----------
    result : object
        What it returned.
    figures : tuple of bytes
        Matplotlib's figures that it left open, as PNG.
    """

    result: Any  # a task's result is what CASA makes it
    figures: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class Failed:
    """The task raised.

    Attributes
    ----------
    error : Exception
        What it raised; a RuntimeError with its text if that cannot be pickled.
    trace : str
        The traceback inside CASA.
    """

    error: Exception
    trace: str


@dataclass(frozen=True, slots=True)
class Interrupted:
    """The task ended on an interrupt, its tables closed."""


@dataclass(frozen=True, slots=True)
class Ended:
    """The worker ended without an answer.

    Attributes
    ----------
    code : int or None
        Its exit code; the negative number of the signal that killed it; None if it never began.
    """

    code: int | None


Request = Call | Describe
Answer = Catalogue | Finished | Failed | Interrupted
