"""The process that runs a script or notebook with memoised tasks; `recompute.batch.run` starts it.

It is a process of its own because a script is ``__main__``, changes the working directory and
``sys.path``, and because CASA can crash: what was computed before is in the store all the same.

Its first argument names three things as JSON: the spec, the descriptor that it writes events to,
and one that it reads until its parent is gone.
"""

import importlib
import json
import os
import signal
import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from types import FrameType
from typing import cast

from recompute.batch.calls import Calls
from recompute.batch.cells import CellPosition, run_cells, runner
from recompute.batch.facade import CasaTasks
from recompute.batch.failures import failure_of, message_of
from recompute.batch.model import (
    NOTEBOOK,
    Event,
    ExitCode,
    Failure,
    Finished,
    Line,
    Outlook,
    Spec,
    event_fields,
)
from recompute.batch.names import Lazy, tool_names
from recompute.batch.notebook import (
    Cell,
    Json,
    code_cells,
    read_notebook,
    with_outputs,
    write_notebook,
)
from recompute.batch.ports import Engine
from recompute.batch.script import ScriptPosition, run_script
from recompute.errors import RecomputeError


class Channel:
    """Writes events to the parent, one JSON object a line."""

    def __init__(self, descriptor: int) -> None:
        self._file = os.fdopen(descriptor, "w", encoding="utf-8")
        self._lock = threading.Lock()

    def __call__(self, event: Event) -> None:
        """Write an event."""
        with self._lock:
            self._file.write(json.dumps(event_fields(event)) + "\n")
            self._file.flush()


class Ending:
    """What signals ask for: the running task ends as by Ctrl-C, whichever signal it was.

    Only the first counts: a second one, which batch systems send to every process of a job, would
    hit the engine while it puts the files back. Who is impatient kills the process instead.
    """

    def __init__(self) -> None:
        self.code: ExitCode | None = None

    def listen(self) -> None:
        """Take over both signals."""
        signal.signal(signal.SIGINT, self._end)
        signal.signal(signal.SIGTERM, self._end)

    def _end(self, number: int, frame: FrameType | None) -> None:
        del frame
        if self.code is None:
            is_term = number == signal.SIGTERM
            self.code = ExitCode.TERMINATED if is_term else ExitCode.INTERRUPTED
            raise KeyboardInterrupt


def loaded(name: str) -> Callable[[Path], Engine]:
    """Return what makes an engine, from ``module:callable``."""
    module, _, attribute = name.partition(":")
    return cast(Callable[[Path], Engine], getattr(importlib.import_module(module), attribute))


def globals_of(tasks: Mapping[str, object], casa: CasaTasks) -> dict[str, object]:
    """Return the names that ``casa -c`` gives a script."""
    log = Lazy(lambda: _casalog(casa))
    return {**tool_names(), **tasks, "casalog": log}


def _casalog(casa: CasaTasks) -> object:
    casa.load()
    return sys.modules["casatasks"].casalog


def run(spec: Spec, channel: Channel, ending: Ending) -> int:
    """Run what the spec says, tell of it, and return the exit status."""
    engine = loaded(spec.engine)(Path(spec.path))
    channel(Outlook(last=tuple(engine.last)))
    try:
        return _run(spec, engine, channel, ending)
    finally:
        engine.close()


def _run(spec: Spec, engine: Engine, channel: Channel, ending: Ending) -> int:
    path = Path(spec.path)
    position = CellPosition(path) if path.suffix == NOTEBOOK else ScriptPosition(path)
    casa = CasaTasks()
    calls = Calls(engine, casa.original, position, channel)
    names = globals_of(tasks := calls.tasks(), casa)
    casa.install(tasks, names["casalog"])
    try:
        if isinstance(position, CellPosition):
            _run_notebook(spec, position, names)
        else:
            run_script(path, spec.arguments, names)
    except SystemExit as error:
        return _exit_code(error)
    except KeyboardInterrupt as error:
        channel(_failure(error, path, calls))
        return ending.code or ExitCode.INTERRUPTED
    except BaseException as error:  # noqa: BLE001 - whatever a script raises is told, and ends it
        channel(_failure(error, path, calls))
        return ExitCode.FAILED
    return ExitCode.DONE


def _run_notebook(spec: Spec, position: CellPosition, names: Mapping[str, object]) -> None:
    path = Path(spec.path)
    document = read_notebook(path)
    sys.argv = [spec.path, *spec.arguments]
    outputs: dict[int, list[Json]] = {}

    def note(cell: Cell, made: list[Json]) -> None:
        outputs[cell.number] = made

    try:
        done = note if spec.output else None
        run_cells(code_cells(document), runner(names), position, done)
    finally:
        if spec.output:
            write_notebook(Path(spec.output), with_outputs(document, dict(outputs)))


def _failure(error: BaseException, path: Path, calls: Calls) -> Failure:
    is_notebook = path.suffix == NOTEBOOK

    def is_own(name: str) -> bool:
        return name.startswith("<cell ") if is_notebook else name == str(path)

    def line_of(name: str, number: int) -> Line:
        return Line(int(name[6:-1]), number) if is_notebook else Line(line=number)

    failed, task = calls.failed or (None, "")
    return failure_of(error, is_own, line_of, task if failed is error else "")


def _exit_code(error: SystemExit) -> int:
    if error.code is None or isinstance(error.code, int):
        return error.code or 0
    print(error.code, file=sys.stderr)
    return ExitCode.FAILED


def _end_with_parent(lifeline: int) -> None:
    os.read(lifeline, 1)
    os.killpg(os.getpgrp(), signal.SIGTERM)


def main() -> int:
    """Run the spec of the command line."""
    given = json.loads(sys.argv[1])
    fields = {**given["spec"], "arguments": tuple(given["spec"]["arguments"])}
    for descriptor in (given["events"], given["lifeline"]):
        # Whatever the script starts must not keep the parent waiting.
        os.set_inheritable(descriptor, False)
    channel, ending = Channel(given["events"]), Ending()
    threading.Thread(target=_end_with_parent, args=(given["lifeline"],), daemon=True).start()
    try:
        ending.listen()
        code = run(Spec(**fields), channel, ending)
    except KeyboardInterrupt:
        code = ending.code or ExitCode.INTERRUPTED
    except RecomputeError as error:
        channel(Failure(message=str(error), where=Line()))
        code = ExitCode.FAILED
    except Exception as error:  # noqa: BLE001 - ours to tell: the parent sees nothing else of it
        channel(Failure(message=message_of(error), where=Line()))
        code = ExitCode.FAILED
    sys.stdout.flush()
    channel(Finished(exit_code=code))
    return code


if __name__ == "__main__":
    sys.exit(main())
