"""A handful of tasks that write small files, and a lookup that learns from running them."""

import hashlib
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from recompute import codec
from recompute.errors import RecomputeError
from recompute.model import (
    ABSENT,
    Change,
    Json,
    Key,
    Output,
    Place,
    Record,
    Request,
    StateId,
    Step,
    Touch,
    Use,
    Verdict,
)

TASKS: Mapping[str, Sequence[str]] = {
    "load": ("vis",),
    "flag": ("vis", "mode"),
    "image": ("vis", "imagename", "niter"),
    "stat": ("imagename",),
    "export": ("imagename", "fitsimage"),
    "rmtables": ("tablenames",),
    "chat": ("vis",),
}
_FAMILY = (".image", ".psf")
_DEFAULTS: Mapping[str, Mapping[str, Json]] = {
    "flag": {"mode": "manual"},
    "image": {"niter": 0},
}


def state_of(path: Path) -> StateId:
    """Return a digest of the file, or of all files in the directory."""
    if not path.exists():
        return ABSENT
    files = [path] if path.is_file() else sorted(path.rglob("*"))
    material = b"".join(each.name.encode() + each.read_bytes() for each in files if each.is_file())
    return StateId(hashlib.sha256(material).hexdigest())


def _touches(task: str, arguments: Mapping[str, object], cwd: Path) -> tuple[Touch, ...]:
    def touch(slot: str, use: Use, family: tuple[str, ...] = ()) -> Touch:
        if not isinstance(arguments.get(slot), str):
            raise RecomputeError(f"{task} needs {slot}.")
        return Touch(slot, cwd / str(arguments[slot]), use, family)

    if task == "load":
        return (touch("vis", Use.CREATE),)
    if task == "flag":
        return (touch("vis", Use.UPDATE),)
    if task == "image":
        return (touch("vis", Use.READ), touch("imagename", Use.UPDATE, _FAMILY))
    if task == "stat":
        return (touch("imagename", Use.READ),)
    if task == "export":
        return (touch("imagename", Use.READ), touch("fitsimage", Use.WRITE))
    return ()


def _work(task: str, arguments: Mapping[str, object], cwd: Path) -> object:
    def at(name: str) -> Path:
        return cwd / str(arguments[name])

    if task == "load":
        at("vis").mkdir()
        (at("vis") / "data").write_text("data")
    elif task == "flag":
        data = at("vis") / "data"
        data.write_text(f"{data.read_text()} {arguments['mode']}")
    elif task == "image":
        for ending in _FAMILY:
            made = cwd / f"{arguments['imagename']}{ending}"
            made.mkdir(exist_ok=True)
            text = (at("vis") / "data").read_text()
            (made / "pixels").write_text(f"{text} {arguments['niter']}")
    elif task == "stat":
        return {"max": [len((at("imagename") / "pixels").read_text())]}
    elif task == "export":
        at("fitsimage").write_text((at("imagename") / "pixels").read_text())
    return None


@dataclass
class FakeLookup:
    """Learns steps by running them, and answers as the engine does."""

    cwd: Path
    tasks: Collection[str] = field(default_factory=TASKS.keys)
    records: dict[str, Record] = field(default_factory=dict)
    last: list[Step] = field(default_factory=list)
    first: dict[Path, StateId] = field(default_factory=dict)

    def parameters(self, task: str) -> Sequence[str]:
        return TASKS[task]

    def request(self, task: str, arguments: Mapping[str, object], cwd: Path) -> Request:
        parameters = {**_DEFAULTS.get(task, {}), **arguments}
        unknown = parameters.keys() - set(TASKS[task])
        if unknown:
            raise TypeError(f"{task} takes no {', '.join(sorted(unknown))}")
        encoded = {name: codec.encode(value) for name, value in parameters.items()}
        why_not = "it talks" if task == "chat" else ""
        return Request(task, encoded, _touches(task, parameters, cwd), {"CASA": "6"}, why_not)

    def beginnings(self) -> Mapping[Path, StateId]:
        return {path: state for path, state in self.first.items() if state != state_of(path)}

    def state(self, path: Path) -> StateId:
        return state_of(path)

    def find(self, request: Request, states: Mapping[Path, StateId]) -> Record | None:
        return self.records.get(_key(request, states))

    def result(self, record: Record) -> Json:
        return record.result

    def is_file(self, output: Output) -> bool | None:
        return output.slot == "fitsimage"

    def learn(self, task: str, **arguments: object) -> None:
        """Run a step for real, and remember it."""
        request = self.request(task, arguments, self.cwd)
        members = {path: touch for touch in request.touches for path in _members(touch)}
        before = {path: state_of(path) for path in members}
        for path, state in before.items():
            self.first.setdefault(path, state)
        there = {p: s for p, s in before.items() if not members[p].family or s != ABSENT}
        parameters = {**_DEFAULTS.get(task, {}), **arguments}
        result = codec.encode(_work(task, parameters, self.cwd))
        key = _key(request, there)
        changes = tuple(
            Change(
                name=touch.slot + _ending(touch, path),
                path=str(path),
                use=touch.use,
                before=before[path],
                after=state_of(path),
                size=1,
            )
            for path, touch in members.items()
        )
        outputs = tuple(
            Output(slot=t.slot, ending=_ending(t, p), tree=None, state=state_of(p))
            for p, t in members.items()
            if t.use.writes
        )
        now = datetime.now(UTC)
        self.records[key] = Record(
            key=Key(key),
            task=task,
            parameters=request.parameters,
            versions=request.versions,
            outputs=outputs,
            seconds=10.0,
            created=now,
            result=result,
        )
        step = Step(
            run="r",
            execution="r",
            number=len(self.last) + 1,
            place=Place("p"),
            task=task,
            key=Key(key),
            parameters=request.parameters,
            versions=request.versions,
            changes=changes,
            verdict=Verdict.COMPUTED,
            started=now,
            seconds=10.0,
            cost=10.0,
        )
        self.last.append(step)


def _members(touch: Touch) -> list[Path]:
    if not touch.family:
        return [touch.path]
    return [touch.path.parent / f"{touch.path.name}{ending}" for ending in touch.family]


def _ending(touch: Touch, path: Path) -> str:
    return path.name[len(touch.path.name) :] if touch.family else ""


def _key(request: Request, states: Mapping[Path, StateId]) -> str:
    uses = {path: touch.use for touch in request.touches for path in _members(touch)}
    counted = {
        str(path): state if uses[path].depends else state != ABSENT
        for path, state in sorted(states.items())
        if uses[path] is not Use.WRITE
    }
    return repr((request.task, sorted(request.parameters.items(), key=str), counted))


def snapshot(directory: Path) -> dict[str, tuple[object, ...]]:
    """Return all that a user could see of a directory."""
    look: Callable[[Path], tuple[object, ...]] = lambda path: (  # noqa: E731
        path.lstat().st_mode,
        path.lstat().st_mtime_ns,
        path.lstat().st_ino,
        path.read_bytes() if path.is_file() else b"",
    )
    return {str(path): look(path) for path in [directory, *directory.rglob("*")]}
