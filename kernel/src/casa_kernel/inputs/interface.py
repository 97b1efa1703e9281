"""The commands ``inp``, ``go``, ``default``, ``tget``, ``tput`` and their like in one shell."""

import functools
import inspect
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from casa_kernel.inputs import guide, table
from casa_kernel.inputs.completion import Known, Offer, offer
from casa_kernel.inputs.definition import TaskDefinition
from casa_kernel.inputs.definitions import Definitions
from casa_kernel.inputs.errors import InvalidInputsError, SavedInputsError, UnknownTaskError
from casa_kernel.inputs.hooks import Shell, install_completion, install_help, install_syntax
from casa_kernel.inputs.observation import Observations
from casa_kernel.inputs.paths import definition_directories, exists
from casa_kernel.inputs.saved import format_saved, parse_saved
from casa_kernel.inputs.state import Inputs, inputs
from casa_kernel.tasks import Show

Run = Callable[..., Any]  # a task's result is what CASA makes it


class ClassicInterface:
    """CASA's classic interface on the variables of one IPython shell.

    Parameters
    ----------
    names : mapping of str to object
        What the kernel gives the user: tasks, tools, and more.
    shell : Shell
        Holds the user's variables, which are the parameters.
    show : callable
        Displays MIME type to content in the running cell.
    """

    def __init__(self, names: Mapping[str, Any], shell: Shell, show: Show) -> None:
        self._shell = shell
        self._show = show
        self._definitions = Definitions(*definition_directories())
        tasks: dict[str, Run] = {
            name: names[name] for name in self._definitions if callable(names.get(name))
        }
        self._tasks = tasks
        self._tools = {name: each for name, each in names.items() if isinstance(each, type)}
        self._observations = Observations()
        self._current: str | None = None
        self._unwritable: set[Path] = set()
        commands = (
            *(self.inp, self.go, self.default, self.tget, self.tput, self.saveinputs),
            *(self.taskhelp, self.toolhelp, self.tasklist, self.execfile),
        )
        self._commands = {command.__name__: command for command in commands}
        self._callables = {name: self._taking_inputs(name, each) for name, each in tasks.items()}
        # What the kernel itself put under a parameter's name, such as the tool `image`.
        self._own = {**names, **self._commands, **self._callables}
        self._fitted: dict[str, TaskDefinition] = {}

    def install(self) -> dict[str, Any]:
        """Extend the shell by command lines, completion and help.

        Returns
        -------
        dict
            Names for the user: the commands, and the tasks as they take the classic interface.
        """
        install_syntax(self._shell, self.commands)
        install_completion(self._shell, self._offer)
        install_help(self._shell, self.definition_of)
        return {**self._commands, **self._callables}

    @property
    def task_names(self) -> list[str]:
        """Names of all tasks."""
        return sorted(self._tasks)

    def commands(self) -> list[str]:
        """Return the commands that the user has given no other meaning."""
        names = self._shell.user_ns
        # `is`: the user's own thing of that name may be an array, which == compares by element.
        return [name for name, command in self._commands.items() if names.get(name) is command]

    def definition(self, name: str) -> TaskDefinition | None:
        """Return the task that a name means to the user, None if it means none."""
        return self.definition_of(self._shell.user_ns.get(name))

    def definition_of(self, thing: object) -> TaskDefinition | None:
        """Return the definition of a task, as it is here or as casatasks has it, else None."""
        name = _name_of(thing)
        own = thing is self._own.get(name) or type(thing).__module__ == f"casatasks.{name}"
        return self._definition(name) if own and name in self._tasks else None

    def given(self, name: str) -> dict[str, Any]:
        """Return the user's variables that are parameters of a task."""
        names = self._shell.user_ns
        return {
            each: names[each]
            for each in self._definition(name).names
            if each in names and names[each] is not self._own.get(each)
        }

    def inp(self, task: object = None) -> None:
        """Show a task's inputs, and choose it: ``inp tclean``, ``inp('tclean')``, ``inp``."""
        self._show(table.bundle(self._inputs(self._choose(task))))

    def go(self, task: object = None) -> object:
        """Run the chosen task, or the one that is named, with its inputs.

        Raises
        ------
        InvalidInputsError
            Names every invalid input; nothing was run.
        """
        return self._go(self._choose(task))

    def default(self, task: object = None) -> None:
        """Set a task's inputs to their defaults, by deleting the variables of their names."""
        self._reset(self._choose(task))

    def tget(self, task: object = None, savefile: str | None = None) -> None:
        """Set a task's inputs from a file: ``<task>.last``, ``<task>.saved``, or the one named."""
        name = self._choose(task)
        candidates = [f"{name}.last", f"{name}.saved"] if savefile is None else [savefile]
        found = next((path for path in map(Path, candidates) if path.is_file()), None)
        if found is None and savefile is not None:
            raise SavedInputsError(f"{savefile} is no file: name one that saveinputs wrote.")
        if found is None:
            print(f"There is no {' or '.join(candidates)} here: {name} has its defaults.")
        saved = {} if found is None else self._read(found)
        self._reset(name)
        parameters = self._definition(name).names
        self._shell.user_ns.update({k: v for k, v in saved.items() if k in parameters})
        for idle, _, _ in self._inputs(name).idle:
            self._forget(idle)

    def tput(self, task: object = None, outfile: str | None = None) -> None:
        """Save a task's inputs in ``<task>.last``, or in the file that is named."""
        name = self._choose(task)
        path = Path(outfile or f"{name}.last")
        text = format_saved(name, self._inputs(name).arguments)
        try:
            path.write_text(text, encoding="utf-8")
        except OSError as error:
            raise SavedInputsError(
                f"{path} cannot be written ({error.strerror}): name a file that can."
            ) from error

    def saveinputs(self, task: object = None, outfile: str | None = None) -> None:
        """Save a task's inputs: the same as ``tput``."""
        self.tput(task, outfile)

    def execfile(self, filename: str) -> None:
        """Run a Python script on the user's variables, as CASA's users write it."""
        names = self._shell.user_ns
        self._shell.safe_execfile(filename, names, names, raise_exceptions=True)

    def taskhelp(self) -> None:
        """Show all tasks by category, with a line about each."""
        self._show(guide.groups_bundle(self._groups()))

    def tasklist(self) -> None:
        """Show the names of all tasks by category."""
        self._show(guide.names_bundle(self._groups()))

    def toolhelp(self) -> None:
        """Show all tools with a line about each."""
        self._show(guide.groups_bundle(guide.tools_by_group(self._tools)))

    def _offer(self, text: str) -> Offer | None:
        known = Known(
            tasks=self.task_names,
            definition=self.definition,
            current=self._current,
            variables=self._shell.user_ns,
            own_variables=self._variables,
        )
        return offer(text, known, self._observations)

    def _variables(self) -> list[str]:
        names, given = self._shell.user_ns, self._shell.user_ns_hidden
        return sorted(
            name
            for name in names
            if not name.startswith("_") and names[name] is not given.get(name)
        )

    def _groups(self) -> dict[str, dict[str, str]]:
        return guide.by_category(self._definition(name) for name in self._tasks)

    def _definition(self, name: str) -> TaskDefinition:
        if name not in self._fitted:
            signature = inspect.signature(self._tasks[name])
            self._fitted[name] = self._definitions[name].fitted_to(signature)
        return self._fitted[name]

    def _choose(self, task: object) -> str:
        name = self._current if task is None else task if isinstance(task, str) else _name_of(task)
        if name is None:
            raise UnknownTaskError("No task was chosen yet: say which, such as `inp tclean`.")
        if name not in self._tasks:
            raise UnknownTaskError(f"{name} is no task: `tasklist` shows all tasks.")
        self._current = name
        return name

    def _inputs(self, name: str) -> Inputs:
        return inputs(self._definition(name), self.given(name), exists)

    def _go(self, name: str) -> object:
        ready = self._inputs(name)
        if ready.problems:
            raise InvalidInputsError(name, ready.problems)
        self._remember(name, ready.arguments)
        return self._tasks[name](**ready.arguments)

    def _reset(self, name: str) -> None:
        for parameter in self.given(name):
            self._forget(parameter)

    def _forget(self, parameter: str) -> None:
        del self._shell.user_ns[parameter]
        if parameter in self._own:
            self._shell.user_ns[parameter] = self._own[parameter]

    def _read(self, path: Path) -> dict[str, object]:
        try:
            return parse_saved(path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, SavedInputsError) as error:
            raise SavedInputsError(f"{path}: {error}") from error

    def _remember(self, name: str, arguments: Mapping[str, object]) -> None:
        """Write ``<task>.last``, as casashell does for every call."""
        path = Path(f"{name}.last")
        try:
            path.write_text(format_saved(name, arguments), encoding="utf-8")
        except OSError as error:
            # Said once for a directory: the task itself may not need to write there.
            if path.absolute().parent not in self._unwritable:
                self._unwritable.add(path.absolute().parent)
                print(f"{path} was not written: {error.strerror}", file=sys.stderr)

    def _taking_inputs(self, name: str, task: Run) -> Run:
        @functools.wraps(task)
        def run(*args: Any, **kwargs: Any) -> object:
            # CASA's rule: without any argument a call takes the user's variables, else none.
            if not args and not kwargs:
                return self._go(name)
            try:
                # Not before it is called: a plotting task is loaded when one looks at it.
                bound = inspect.signature(task).bind(*args, **kwargs)
            except TypeError:
                return task(*args, **kwargs)  # it says itself what is wrong with the call
            bound.apply_defaults()
            self._remember(name, bound.arguments)
            return task(*args, **kwargs)

        return run


def _name_of(thing: object) -> str:
    # A task of casatasks is an instance of a class `_task` and has no name of its own.
    name = getattr(thing, "__name__", None)
    return name if isinstance(name, str) else type(thing).__name__.strip("_")
