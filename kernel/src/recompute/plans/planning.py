"""Planning a script: it runs in a process that cannot change anything, and asks this one."""

import contextlib
import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, cast

from recompute import codec
from recompute.batch.model import NOTEBOOK, Line
from recompute.batch.notebook import read_notebook
from recompute.batch.running import refuse_if_not_runnable
from recompute.errors import RecomputeError
from recompute.model import Json, Request
from recompute.plans.model import Plan, Stop
from recompute.plans.planner import Planner
from recompute.plans.ports import Lookup
from recompute.plans.unknown import steps_in
from recompute.plans.world import Doubtful, Gone, Made, There

PATIENCE: Final = 60.0  # seconds; how long a script may compute by itself between two questions

Fields = dict[str, Any]  # of JSON, from a process that runs a user's code


def plan(
    path: Path, lookup: Lookup, *, arguments: Sequence[str] = (), patience: float = PATIENCE
) -> Plan:
    """Tell what a script or notebook would compute if it ran now; nothing is changed.

    Parameters
    ----------
    path : Path
        A ``.py`` or ``.ipynb`` file; it would run in the current directory.
    lookup : Lookup
        What is known of its steps.
    arguments : sequence of str
        What it finds in ``sys.argv``.
    patience : float
        Seconds that it may compute by itself between two steps.

    Raises
    ------
    RecomputeError
        There is no such file, or it is neither a script nor a notebook that can be read.
    """
    refuse_if_not_runnable(path)
    if path.suffix == NOTEBOOK:
        read_notebook(path)
    planner = Planner(lookup)
    answers = _Answers(planner, lookup)
    with TemporaryDirectory(prefix="recompute-plan-") as scratch:
        stop = _serve(path.absolute(), arguments, Path(scratch), answers, patience)
    return Plan(path=path, steps=tuple(planner.steps), stop=stop)


def _serve(
    path: Path, arguments: Sequence[str], scratch: Path, answers: "_Answers", patience: float
) -> Stop | None:
    ours, theirs = socket.socketpair()
    with ours, _child(path, arguments, scratch, theirs):
        ours.settimeout(patience)
        file = ours.makefile("rw", encoding="utf-8", errors="surrogateescape")
        while True:
            try:
                line = file.readline()
            except TimeoutError:
                return Stop(where=Line(), reason=f"computes by itself for {patience:.0f} s")
            if not line:
                return Stop(where=Line(), reason="crashed")
            asked: Fields = json.loads(line)
            if asked["ask"] == "end":
                return None
            if asked["ask"] == "stop":
                return Stop(where=Line(asked["cell"], asked["line"]), reason=asked["reason"])
            file.write(json.dumps(answers.to(asked)) + "\n")
            file.flush()


@contextlib.contextmanager
def _child(
    path: Path, arguments: Sequence[str], scratch: Path, connection: socket.socket
) -> Iterator[None]:
    given = {
        "path": str(path),
        "arguments": list(arguments),
        "scratch": str(scratch),
        "connection": connection.fileno(),
    }
    own = {"TMPDIR": str(scratch), "IPYTHONDIR": str(scratch / "ipython")}
    process = subprocess.Popen(
        [sys.executable, "-B", "-m", "recompute.plans.child", json.dumps(given)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        pass_fds=[connection.fileno()],
        env={**os.environ, **own},
        start_new_session=True,
    )
    connection.close()
    with process:
        try:
            yield
        finally:
            process.kill()


class _Answers:
    """Answers what the process asks."""

    def __init__(self, planner: Planner, lookup: Lookup) -> None:
        self._planner = planner
        self._lookup = lookup
        self._told: set[Path] = set()
        self._kinds: Mapping[str, Callable[[Fields], Fields]] = {
            "begin": self._begin,
            "task": self._task,
            "look": self._look,
            "names": self._names,
            "remove": self._remove,
            "make": self._make,
            "copy": self._copy,
            "move": self._move,
            "wrote": self._wrote,
        }

    def to(self, asked: Fields) -> Fields:
        """Return the answer, with the paths that are no longer as on disk since the last one."""
        answer = self._kinds[asked["ask"]](asked)
        touched = [each for each in self._planner.world.touched if each not in self._told]
        self._told.update(touched)
        return {**answer, "touched": [str(each) for each in touched]}

    def _begin(self, asked: Fields) -> Fields:
        del asked
        return {"tasks": list(self._lookup.tasks)}

    def _task(self, asked: Fields) -> Fields:
        cwd = Path(asked["cwd"])
        try:
            arguments = self._named(asked["task"], asked["arguments"])
            doubts: dict[str, int] = self._named(asked["task"], asked["doubts"])
            arguments = {name: codec.decode(value) for name, value in arguments.items()}
            request = self._request(asked["task"], arguments, cwd, doubts)
        except (RecomputeError, TypeError, ValueError) as error:
            return {"stop": f"calls {asked['task']} with what it does not take: {error}"}
        for touch in request.touches:
            if any(steps_in(str(touch.path))):
                return {"stop": f"names a file ({touch.slot}) by the result of an earlier step"}
        if request.task == "rmtables":
            return self._rmtables(arguments, cwd)
        answer = self._planner.step(request, Line(asked["cell"], asked["line"]), cwd, doubts)
        return {"step": answer.step, "is_known": answer.is_known, "result": answer.result}

    def _named(self, task: str, values: Fields) -> Fields:
        """Return values by the names of parameters, those that were given by position as well."""
        if not any(name.isdigit() for name in values):
            return values
        names = self._lookup.parameters(task)
        given = {int(name): value for name, value in values.items() if name.isdigit()}
        named = {name: value for name, value in values.items() if not name.isdigit()}
        if max(given) >= len(names):
            raise TypeError(f"{task} has {len(names)} parameters, and more were given.")
        if twice := {names[number] for number in given} & named.keys():
            raise TypeError(f"{', '.join(sorted(twice))} was given twice.")
        return {**{names[number]: value for number, value in given.items()}, **named}

    def _request(
        self, task: str, arguments: Mapping[str, object], cwd: Path, doubts: Mapping[str, int]
    ) -> Request:
        try:
            return self._lookup.request(task, arguments, cwd)
        except (RecomputeError, TypeError, ValueError):
            if not doubts:
                raise
        # The mark of an unknown value is no number: what the task touches seldom depends on it.
        certain = {name: value for name, value in arguments.items() if name not in doubts}
        return self._lookup.request(task, certain, cwd)

    def _rmtables(self, arguments: Mapping[str, object], cwd: Path) -> Fields:
        names = arguments.get("tablenames", ())
        patterns = [names] if isinstance(names, str) else list(cast(Sequence[str], names))
        self._remove({"patterns": patterns, "cwd": str(cwd)})
        return {"step": 0, "is_known": True, "result": None}

    def _look(self, asked: Fields) -> Fields:
        path, world = Path(asked["path"]), self._planner.world
        there, entry = world.is_there(path), world.entry(path)
        source = entry.source if isinstance(entry, There) else None
        return {
            "as_on_disk": entry is None,
            "source": str(source) if source else None,
            "there": there is True,
            "step": there.step if isinstance(there, Doubtful) else None,
            "file": there is True and world.is_file(path),
        }

    def _names(self, asked: Fields) -> Fields:
        names = self._planner.world.names(Path(asked["path"]))
        found: dict[str, Json] = {
            name: there.step if isinstance(there, Doubtful) else None
            for name, there in names.items()
        }
        return {"names": found}

    def _remove(self, asked: Fields) -> Fields:
        world = self._planner.world
        for pattern in asked.get("patterns", ()):
            for path in list(world.matches(pattern, Path(asked["cwd"]))):
                world.put(path, Gone())
        for path in asked.get("paths", ()):
            world.put(Path(path), Gone())
        return {}

    def _make(self, asked: Fields) -> Fields:
        self._planner.world.put(Path(asked["path"]), Made())
        return {}

    def _wrote(self, asked: Fields) -> Fields:
        entry = There(None, source=Path(asked["source"]), is_file=True)
        self._planner.world.put(Path(asked["path"]), entry)
        return {}

    def _copy(self, asked: Fields) -> Fields:
        self._planner.world.copy(Path(asked["source"]), Path(asked["target"]))
        return {}

    def _move(self, asked: Fields) -> Fields:
        self._planner.world.move(Path(asked["source"]), Path(asked["target"]))
        return {}
