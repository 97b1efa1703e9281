"""Pipelines of small steps on small files, which run plainly or memoised.

They do what reductions do: make, derive, change in place, extend families of products, delete and
make again, edit by hand between the steps, fail in the middle, and go on.
"""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from recompute.engine import Done, Session
from recompute.model import Outcome, Request, Touch, Use, Verdict

ENDINGS = (".image", ".model", ".psf")


class StepFailedError(Exception):
    """A step that fails after it wrote half of what it writes."""


@dataclass(frozen=True)
class Op:
    """One line of a script.

    Attributes
    ----------
    what : str
        ``make``, ``derive``, ``append``, ``grow``, ``fail``, ``shy``: steps; ``edit``, ``remove``:
        code between steps.
    of, to : str
        The file that is read, and the one that is written; most ops have one.
    text : str
        A parameter.
    """

    what: str
    to: str
    of: str = ""
    text: str = ""


@dataclass
class Tally:
    """What became of the steps of a run."""

    verdicts: list[Verdict] = field(default_factory=list)
    results: list[object] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def add(self, done: Done) -> None:
        self.verdicts.append(done.verdict)
        self.results.append(done.outcome.result)
        self.notes += done.notes

    @property
    def computed(self) -> int:
        return sum(each is Verdict.COMPUTED for each in self.verdicts)


def run_script(ops: Sequence[Op], directory: Path, session: Session | None) -> Tally:
    """Run a script's lines, in the directory, memoised if there is a session."""
    tally = Tally()
    before = Path.cwd()
    os.chdir(directory)
    try:
        for op in ops:
            _run_line(op, directory, session, tally)
        if session is not None:
            session.note()
    finally:
        os.chdir(before)
    return tally


def _run_line(op: Op, directory: Path, session: Session | None, tally: Tally) -> None:
    path = directory / op.to
    if op.what == "edit":
        if path.exists():
            _extend(path, f"edit {op.text}")
        return
    if op.what == "remove":
        path.unlink(missing_ok=True)
        return
    run = STEPS[op.what]
    try:
        if session is None:
            tally.results.append(_plainly(op, directory))
        else:
            tally.add(session.call(request_of(op, directory), lambda: run(op, directory)))
    except (StepFailedError, FileNotFoundError, FileExistsError) as error:
        tally.results.append(str(error).replace(str(directory), ""))


def _plainly(op: Op, directory: Path) -> object:
    """Run a step as it is to be: one that fails leaves what was before."""
    path = directory / op.to
    before = path.read_text() if path.exists() else None
    try:
        return STEPS[op.what](op, directory).result
    except StepFailedError:
        if before is not None:
            path.write_text(before)
        raise


def request_of(op: Op, directory: Path) -> Request:
    touches = tuple(
        Touch(slot, directory / name, use, ENDINGS if op.what == "grow" else ())
        for slot, name, use in USES[op.what](op)
    )
    return Request(
        task=op.what,
        parameters={"of": op.of, "to": op.to, "text": op.text},
        touches=touches,
        versions={"test": "1"},
        why_not="it is shy" if op.what == "shy" else "",
    )


USES: Mapping[str, Callable[[Op], list[tuple[str, str, Use]]]] = {
    "make": lambda op: [("to", op.to, Use.WRITE)],
    "create": lambda op: [("to", op.to, Use.CREATE)],
    "derive": lambda op: [("of", op.of, Use.READ), ("to", op.to, Use.WRITE)],
    "append": lambda op: [("to", op.to, Use.UPDATE)],
    "touch": lambda op: [("to", op.to, Use.UPDATE)],
    "grow": lambda op: [("to", op.to, Use.UPDATE)],
    "read": lambda op: [("to", op.to, Use.READ)],
    "fail": lambda op: [("to", op.to, Use.UPDATE)],
    "shy": lambda op: [("to", op.to, Use.UPDATE)],
}


def _make(op: Op, directory: Path) -> Outcome:
    (directory / op.to).write_text(f"made {op.text}\n")
    return Outcome({"made": op.to})


def _create(op: Op, directory: Path) -> Outcome:
    with (directory / op.to).open("x") as file:
        file.write(f"created {op.text}\n")
    return Outcome(op.text)


def _derive(op: Op, directory: Path) -> Outcome:
    text = (directory / op.of).read_text()
    (directory / op.to).write_text(f"derived {op.text} of:\n{text}")
    return Outcome(len(text), (f"derived {op.to}",))


def _append(op: Op, directory: Path) -> Outcome:
    _extend(directory / op.to, f"append {op.text}")
    return Outcome(None, (), (op.text.encode(),))


def _touch(op: Op, directory: Path) -> Outcome:
    """Write what is there already, as flagging what is flagged does."""
    path = directory / op.to
    path.write_text(path.read_text())
    return Outcome(True)


def _grow(op: Op, directory: Path) -> Outcome:
    for number, ending in enumerate(ENDINGS):
        path = directory / f"{op.to}{ending}"
        if path.exists() or len(op.text) > number:
            _extend(path, f"grow {op.text}", new=True)
    return Outcome(op.text)


def _read(op: Op, directory: Path) -> Outcome:
    return Outcome((directory / op.to).read_text())


def _fail(op: Op, directory: Path) -> Outcome:
    with (directory / op.to).open("r+") as file:
        file.write("half")
    raise StepFailedError(op.text)


STEPS: Mapping[str, Callable[[Op, Path], Outcome]] = {
    "make": _make,
    "create": _create,
    "derive": _derive,
    "append": _append,
    "touch": _touch,
    "grow": _grow,
    "read": _read,
    "fail": _fail,
    "shy": _append,
}


def _extend(path: Path, line: str, *, new: bool = False) -> None:
    if not path.exists() and not new:
        raise FileNotFoundError(f"{path} is not there")
    with path.open("a") as file:
        file.write(f"{line}\n")


def contents(directory: Path) -> dict[str, str]:
    """Return all files of a directory."""
    return {each.name: each.read_text() for each in sorted(directory.iterdir())}
