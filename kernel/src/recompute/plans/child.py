"""The process in which a script is planned: its tasks only ask, and nothing else happens.

Its argument names, as JSON, the script, what it finds in ``sys.argv``, the descriptor of the
socket to the parent, and a directory of its own.
"""

import json
import os
import sys
import traceback
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from socket import socket
from typing import Any, Final, NoReturn, cast

import recompute
from recompute import codec
from recompute.batch.cells import CellPosition, IPythonRunner, run_cells, runner
from recompute.batch.failures import message_of
from recompute.batch.model import NOTEBOOK, Line
from recompute.batch.notebook import code_cells, read_notebook
from recompute.batch.script import ScriptPosition, run_script
from recompute.errors import CodecError
from recompute.plans.asking import Asking
from recompute.plans.changing import Changing
from recompute.plans.fence import Fence
from recompute.plans.landlock import confine
from recompute.plans.looking import Looking
from recompute.plans.modules import Modules
from recompute.plans.unknown import Unknown, marked, steps_in
from recompute.plans.writing import Writing

_LIBRARY: Final = ("enable", "disable")


class Tasks:
    """Tasks that ask what would become of them."""

    def __init__(self, asking: Asking) -> None:
        self._asking = asking

    def named(self, names: Iterable[str]) -> dict[str, Callable[..., object]]:
        """Return all tasks by name."""
        return {name: self._task(name) for name in names}

    def _task(self, name: str) -> Callable[..., object]:
        def task(*given: object, **named: object) -> object:
            # The parent knows the names of those that have none here.
            arguments = {str(number): value for number, value in enumerate(given)}
            return self._call(name, {**arguments, **named})

        task.__name__ = task.__qualname__ = name
        return task

    def _call(self, name: str, arguments: Mapping[str, object]) -> object:
        doubts = {key: next(steps_in(value), None) for key, value in arguments.items()}
        where = self._asking.where()
        try:
            encoded = {key: codec.encode(marked(value)) for key, value in arguments.items()}
        except CodecError as error:
            self._asking.stop(f"calls {name} with a parameter that is not foreseen: {error}")
        answer = self._asking.ask(
            "task",
            task=name,
            arguments=encoded,
            doubts={key: step for key, step in doubts.items() if step is not None},
            cell=where.cell,
            line=where.line,
            cwd=os.getcwd(),  # noqa: PTH109 - text for the parent
        )
        if "stop" in answer:
            self._asking.stop(str(answer["stop"]))
        if answer["is_known"]:
            return codec.decode(cast(Any, answer["result"]))
        return Unknown(cast(int, answer["step"]), self._looked)

    def _looked(self, step: int) -> NoReturn:
        self._asking.stop(f"looks into the result of step {step}, which is not computed yet")


class Unplanned:
    """What the library itself gives a script: switched on already, or not foreseen."""

    def __init__(self, asking: Asking) -> None:
        self._asking = asking

    def install(self) -> None:
        """Put it in the place of the library's own."""
        for name in _LIBRARY:
            setattr(recompute, name, lambda *_given, **_named: None)
        setattr(recompute, "step", self.step)  # noqa: B010 - another kind of function

    def step(self, *given: Any, **_options: Any) -> Any:  # noqa: ANN401 - as the decorator
        """Stand in for the decorator of users' own functions."""
        if given and callable(given[0]):
            return self._own(given[0])
        return self._own

    def _own(self, function: Callable[..., object]) -> Callable[..., object]:
        name = getattr(function, "__name__", "a function")

        def call(*_given: object, **_named: object) -> NoReturn:
            self._asking.stop(f"calls {name}, a step of its own, which is not foreseen")

        return call


def main() -> None:
    """Plan the script of the command line."""
    given = json.loads(sys.argv[1])
    path, scratch = Path(given["path"]), Path(given["scratch"])
    is_notebook = path.suffix == NOTEBOOK
    position = CellPosition(path) if is_notebook else ScriptPosition(path)
    asking = Asking(socket(fileno=given["connection"]), position)
    begin = asking.ask("begin")
    tasks = Tasks(asking).named(cast(Iterable[str], begin["tasks"]))
    names = Modules(tasks, asking.stop).install()
    Unplanned(asking).install()
    # What is read here is loaded before the fence is closed.
    run = _notebook(path, cast(CellPosition, position), names) if is_notebook else None
    looking = Looking(asking)
    changing = Changing(asking, looking, scratch)
    writing = Writing(asking, looking, scratch)
    fence = Fence(asking, looking, scratch)
    confine(scratch)
    writing.install()
    looking.install()
    changing.install(run[1] if run else None)
    fence.close()
    try:
        _run(path, given["arguments"], names, run[0] if run else None)
    except SystemExit:
        asking.end()
    except BaseException as error:  # noqa: BLE001 - whatever a script raises ends its plan
        asking.stop(f"raises {message_of(error)}", _line_of(error, path))
    asking.end()


def _notebook(
    path: Path, position: CellPosition, names: Mapping[str, object]
) -> tuple[Callable[[], None], object]:
    cells = code_cells(read_notebook(path))
    cells_runner = runner(names)
    shell = cells_runner.shell if isinstance(cells_runner, IPythonRunner) else None
    return lambda: run_cells(cells, cells_runner, position), shell


def _run(
    path: Path,
    arguments: Sequence[str],
    names: Mapping[str, object],
    notebook: Callable[[], None] | None,
) -> None:
    if notebook is None:
        run_script(path, arguments, names)
        return
    sys.argv = [str(path), *arguments]
    notebook()


def _line_of(error: BaseException, path: Path) -> Line:
    where = Line()
    for frame, number in traceback.walk_tb(error.__traceback__):
        name = frame.f_code.co_filename
        if name == str(path):
            where = Line(line=number)
        elif name.startswith("<cell "):
            where = Line(int(name[len("<cell ") : -1]), number)
    return where


if __name__ == "__main__":
    main()
