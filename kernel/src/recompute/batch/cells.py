"""Running a notebook's cells in order, by IPython where it is installed, else as plain Python."""

import ast
import contextlib
import importlib.util
import io
import linecache
import sys
import traceback
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import FrameType
from typing import Any, Final, Protocol

from recompute.batch.model import Line
from recompute.batch.notebook import Cell, Json
from recompute.errors import RecomputeError
from recompute.model import Place

_OF_IPYTHON: Final = ("%", "!", "?")


class Runner(Protocol):
    """Runs cells in one namespace."""

    def run(self, cell: Cell) -> None:
        """Run a cell; what it raises is raised."""


class CellPosition:
    """Finds the line of the running cell that leads to a frame."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.cell: Cell | None = None

    def line(self, frame: FrameType | None) -> Line:
        """Return the innermost line of a cell that leads to a frame."""
        while frame is not None:
            name = frame.f_code.co_filename
            if name.startswith("<cell "):
                return Line(int(name[len("<cell ") : -1]), frame.f_lineno)
            frame = frame.f_back
        return Line(self.cell.number if self.cell else 0)

    def place(self) -> Place:
        """Return the running cell's place."""
        return Place(str(self._path), self.cell.identity if self.cell else "")


class PlainRunner:
    """Runs cells as Python, and shows the value of a cell's last expression."""

    def __init__(self, names: Mapping[str, object]) -> None:
        self._names: dict[str, object] = {**names, "__name__": "__main__"}

    def run(self, cell: Cell) -> None:
        """Run a cell.

        Raises
        ------
        RecomputeError
            It needs IPython.
        """
        _refuse_if_of_ipython(cell)
        _remember_source(cell)
        tree = ast.parse(cell.source, cell.file_name)
        last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
        exec(compile(tree, cell.file_name, "exec"), self._names)  # noqa: S102 - the user's cell
        if isinstance(last, ast.Expr):
            code = compile(ast.Expression(last.value), cell.file_name, "eval")
            sys.displayhook(eval(code, self._names))  # noqa: S307 - the user's cell


class IPythonRunner:
    """Runs cells in a shell of IPython, which knows ``%`` and ``!`` lines and ``await``."""

    def __init__(self, names: Mapping[str, object]) -> None:
        from IPython.core.interactiveshell import InteractiveShell  # noqa: PLC0415 - only if used
        from traitlets.config import Config  # noqa: PLC0415 - comes with IPython

        # A database of typed lines in the home directory is nothing that a batch job should open.
        config = Config({"HistoryManager": {"enabled": False}})
        user_ns = {**names, "__name__": "__main__"}
        self.shell = InteractiveShell.instance(config=config, user_ns=user_ns)
        # The parent tells of a failure, and nobody refers to a number in `Out`.
        self.shell.showtraceback = lambda *_arguments, **_options: None
        self.shell.displayhook.write_output_prompt = lambda: None
        self._cell: Cell | None = None
        self.shell.compile.get_code_name = lambda *_arguments: self._named()

    def run(self, cell: Cell) -> None:
        """Run a cell."""
        self._cell = cell
        _remember_source(cell)
        done = self.shell.run_cell(_numbered(cell.source), store_history=False)
        done.raise_error()

    def _named(self) -> str:
        return self._cell.file_name if self._cell else "<cell 0>"


def _numbered(source: str) -> str:
    """Return a cell whose lines keep their numbers: IPython takes empty ones off its beginning."""
    text = source.lstrip()
    skipped = source[: len(source) - len(text)].count("\n")
    rest = "".join(source.splitlines(keepends=True)[skipped:])
    return source if text.startswith("%%") else "#\n" * skipped + rest


def runner(names: Mapping[str, object]) -> Runner:
    """Return what runs cells here."""
    has_ipython = importlib.util.find_spec("IPython") is not None
    return IPythonRunner(names) if has_ipython else PlainRunner(names)


def run_cells(
    cells: Sequence[Cell],
    runner: Runner,
    position: CellPosition,
    done: Callable[[Cell, list[Json]], None] | None = None,
) -> None:
    """Run cells in order up to the first that raises; its exception is raised.

    Parameters
    ----------
    done : callable, optional
        Is given each executed cell with its outputs, the one that raises included.
    """
    for cell in cells:
        position.cell = cell
        if done is None:
            runner.run(cell)
            continue
        outputs: list[Json] = []
        try:
            with _recorded(runner, outputs):
                runner.run(cell)
        except BaseException as error:
            outputs.append(_error_output(error))
            raise
        finally:
            done(cell, outputs)


class _Tee(io.TextIOBase):
    """Writes on, and notes what was written as nbformat has it."""

    def __init__(self, name: str, onward: Any, outputs: list[Json]) -> None:  # noqa: ANN401 - any text file
        self._name = name
        self._onward = onward
        self._outputs = outputs

    def write(self, text: str) -> int:
        if not text:
            return 0
        last = self._outputs[-1] if self._outputs else {}
        if last.get("name") == self._name:
            last["text"] = f"{last['text']}{text}"
        else:
            made: Json = {"output_type": "stream", "name": self._name, "text": text}
            self._outputs.append(made)
        self._onward.write(text)
        return len(text)

    def flush(self) -> None:
        self._onward.flush()

    def fileno(self) -> int:
        return int(self._onward.fileno())

    def isatty(self) -> bool:
        return False


@contextlib.contextmanager
def _recorded(runner: Runner, outputs: list[Json]) -> Any:  # noqa: ANN401 - a generator's type says nothing more
    out, err = _Tee("stdout", sys.stdout, outputs), _Tee("stderr", sys.stderr, outputs)
    with contextlib.ExitStack() as stack:
        stack.enter_context(contextlib.redirect_stdout(out))
        stack.enter_context(contextlib.redirect_stderr(err))
        if isinstance(runner, IPythonRunner):
            stack.enter_context(_displays_recorded(runner.shell, outputs))
        yield


@contextlib.contextmanager
def _displays_recorded(shell: Any, outputs: list[Json]) -> Any:  # noqa: ANN401 - IPython is untyped
    def publish(data: Json, metadata: Json | None = None, **_options: object) -> None:
        shown: Json = {"output_type": "display_data", "data": data, "metadata": metadata or {}}
        outputs.append(shown)

    def write_format_data(data: Json, metadata: Json | None = None) -> None:
        made: Json = {"data": data, "metadata": metadata or {}, "execution_count": None}
        outputs.append({"output_type": "execute_result", **made})

    kept = shell.display_pub.publish, shell.displayhook.write_format_data
    shell.display_pub.publish = publish
    shell.displayhook.write_format_data = write_format_data
    try:
        yield
    finally:
        shell.display_pub.publish, shell.displayhook.write_format_data = kept


def _error_output(error: BaseException) -> Json:
    return {
        "output_type": "error",
        "ename": type(error).__name__,
        "evalue": str(error),
        "traceback": traceback.format_exception(error),
    }


def _remember_source(cell: Cell) -> None:
    lines = cell.source.splitlines(keepends=True)
    linecache.cache[cell.file_name] = (len(cell.source), None, lines, cell.file_name)


def _refuse_if_of_ipython(cell: Cell) -> None:
    try:
        compile(cell.source, cell.file_name, "exec")
    except SyntaxError as error:
        lines = cell.source.splitlines()
        number = error.lineno or 1
        line = lines[number - 1].strip() if number <= len(lines) else ""
        if line.startswith(_OF_IPYTHON) or line.endswith("?"):
            raise RecomputeError(
                f"Cell {cell.number}, line {number} is {line!r}, which needs IPython: "
                "`pip install ipython`, or take the line out."
            ) from error
        raise
