"""What a user of the classic interface can get wrong; every message names its remedy."""

from collections.abc import Sequence

from casa_kernel.errors import CasaKernelError


class InputsError(CasaKernelError):
    """A command of the classic interface cannot do what it was asked."""

    def _render_traceback_(self) -> list[str]:
        # IPython's hook: the message says it all, and the frames are ours, not the user's.
        return [f"{type(self).__name__}: {self}"]


class UnknownTaskError(InputsError):
    """No task has this name, or no task was chosen yet."""


class InvalidInputsError(InputsError):
    """A task's parameters are not ready to run.

    Parameters
    ----------
    task : str
        Name of the task.
    problems : sequence of (str, str)
        Parameter and what is wrong with it.
    """

    def __init__(self, task: str, problems: Sequence[tuple[str, str]]) -> None:
        self.task = task
        self.problems = tuple(problems)
        lines = "\n".join(f"  {name} {problem}" for name, problem in self.problems)
        count = "an invalid input" if len(self.problems) == 1 else "invalid inputs"
        super().__init__(f"{task} was not started, because of {count}:\n{lines}")


class SavedInputsError(InputsError):
    """A file of saved inputs cannot be read or written."""


class DefinitionError(InputsError):
    """A task's XML file is not what the classic interface understands."""
