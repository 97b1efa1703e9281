"""Which task failed, and with what: noted on the exception itself."""

import inspect
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

# In the exception's dictionary it survives pickling, on the way from another process.
_ATTRIBUTE: Final = "casa_call"


@dataclass(frozen=True, slots=True)
class Call:
    """A call of a task.

    Attributes
    ----------
    task : str
        Its name; empty when it is not known.
    parameters : tuple of str
        All that the task has.
    arguments : mapping
        What the user gave, by parameter.
    """

    task: str = ""
    parameters: tuple[str, ...] = ()
    arguments: Mapping[str, Any] = field(default_factory=dict)  # any type that a task takes

    @property
    def vis(self) -> str:
        """The MeasurementSet that was named; empty if there is not exactly one."""
        vis = self.arguments.get("vis")
        if isinstance(vis, list) and len(vis) == 1:
            vis = vis[0]
        return vis if isinstance(vis, str) else ""


@contextmanager
def noting(
    name: str, task: Callable[..., Any], args: tuple[Any, ...], kwargs: Mapping[str, Any]
) -> Iterator[None]:
    """Note on every exception that leaves the block what was called.

    Parameters
    ----------
    name : str
        The task's.
    task : callable
        Its signature is read.
    args, kwargs
        As the user gave them.
    """
    try:
        yield
    except Exception as error:
        parameters = tuple(inspect.signature(task).parameters)
        given = dict(zip(parameters, args, strict=False)) | dict(kwargs)
        setattr(error, _ATTRIBUTE, Call(name, parameters, given))
        raise


def call_of(error: BaseException) -> Call:
    """Return what was noted on an exception, an empty `Call` if nothing was."""
    noted = getattr(error, _ATTRIBUTE, None)
    return noted if isinstance(noted, Call) else Call()
