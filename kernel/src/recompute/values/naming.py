"""Where a task in value style writes, and what its value is called."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from recompute import access
from recompute.model import Request, Use
from recompute.values.value import Value


def filled_in(task: str, given: dict[str, object]) -> dict[str, object]:
    """Return a task's arguments with a name for what it makes, if the user gave none."""
    declared = access.declaration(task)
    if declared is None:
        return given
    made = [each for each in declared.accesses if each.use in {Use.CREATE, Use.WRITE}]
    if not made or any(given.get(each.parameter) for each in declared.accesses if each.use.writes):
        return given
    return {**given, made[0].parameter: task}


def written_to(request: Request) -> dict[Path, Use]:
    """Return what a step writes, the main thing first."""
    return {each.path: each.use for each in request.touches if each.use.writes}


def moved(given: dict[str, object], moves: Mapping[Path, Path], cwd: Path) -> dict[str, object]:
    """Return arguments in which paths that are written lead elsewhere."""
    return {name: _moved(value, moves, cwd) for name, value in given.items()}


def _moved(value: object, moves: Mapping[Path, Path], cwd: Path) -> object:
    if isinstance(value, list):
        return [_moved(each, moves, cwd) for each in value]
    if isinstance(value, str | Path) and str(value):
        target = moves.get(Path(cwd, value))
        return value if target is None else str(target)
    return value


def readable(task: str, written: Mapping[Path, Use], used: Sequence[Value]) -> str:
    """Return a name such as ``n14c3.flagdata`` or ``n14c3.flagdata.gaincal``."""
    if used:
        return f"{used[0].name}.{task}"
    first = next(iter(written), Path(task))
    return f"{first.name.removesuffix('.ms')}.{task}" if first.name != task else task
