"""Keeps the lineages of live paths: one file each, so that many processes may work side by side."""

import fcntl
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, unquote

from blake3 import blake3

from recompute.engine.lineage import Entry, Lineage, Mark
from recompute.errors import StoreError
from recompute.files import write_whole
from recompute.model import Digest, Json, Place, StateId

_LONG: Final = 160  # characters; a file's name has at most 255 bytes


class Ledger:
    """The lineages of all paths that steps touched.

    Parameters
    ----------
    directory : Path
        Where they are kept; made if it is not there.

    Raises
    ------
    StoreError
        The directory cannot be made.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        try:
            directory.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(
                f"{directory} cannot be made ({error.strerror}): choose another store with "
                "RECOMPUTE_STORE."
            ) from error

    def lineage(self, path: Path) -> Lineage | None:
        """Return a path's lineage, None if no step touched it."""
        try:
            text = self._file(path).read_text()
        except FileNotFoundError:
            return None
        try:
            return _lineage(json.loads(text))
        except (ValueError, KeyError, TypeError) as error:
            raise StoreError(
                f"{self._file(path)} is damaged ({error}). Delete it: {path} then counts as it "
                "stands now."
            ) from error

    def put(self, path: Path, lineage: Lineage) -> None:
        """Keep a path's lineage."""
        file = self._file(path)
        file.parent.mkdir(exist_ok=True)
        write_whole(file, json.dumps({"name": path.name, **_json(lineage)}))

    def forget(self, path: Path) -> None:
        """Forget a path, idempotent: what stands there then is where it begins."""
        self._file(path).unlink(missing_ok=True)

    def names(self, directory: Path) -> list[str]:
        """Return the names in a directory of which there is a lineage."""
        files = self._folder(directory).glob("*.json")
        return [
            unquote(each.name.removesuffix(".json"), errors="surrogateescape") for each in files
        ]

    def enlist(self, pipeline: str, paths: Iterable[Path]) -> None:
        """Note that a pipeline touches paths; idempotent."""
        known = set(self.paths(pipeline))
        lines = [f"{json.dumps(str(each))}\n" for each in paths if each not in known]
        if lines:
            # One write that appends is whole, whoever else appends at the same time.
            with self._pipeline(pipeline, ".paths").open("a") as file:
                file.write("".join(lines))

    def paths(self, pipeline: str) -> list[Path]:
        """Return every path that a pipeline ever touched."""
        try:
            lines = self._pipeline(pipeline, ".paths").read_text().splitlines()
        except FileNotFoundError:
            return []
        return [Path(json.loads(each)) for each in lines if each.endswith('"')]

    def undoable(self, pipeline: str) -> dict[Path, Lineage]:
        """Return how paths were before the pipeline's last putting back."""
        try:
            text = self._pipeline(pipeline, ".undo").read_text()
        except FileNotFoundError:
            return {}
        return {Path(path): _lineage(each) for path, each in json.loads(text).items()}

    def set_undoable(self, pipeline: str, lineages: Mapping[Path, Lineage]) -> None:
        """Write down how paths are before they are put back."""
        text = json.dumps({str(path): _json(each) for path, each in lineages.items()})
        write_whole(self._pipeline(pipeline, ".undo"), text)

    @contextmanager
    def held(self, reads: Iterable[Path], writes: Iterable[Path]) -> Iterator[None]:
        """Keep others from paths in the block, and from writing those that are only read.

        Waits as long as others hold them; a process that dies lets go.
        """
        wanted = dict.fromkeys(reads, fcntl.LOCK_SH) | dict.fromkeys(writes, fcntl.LOCK_EX)
        with ExitStack() as stack:
            for path in sorted(wanted):  # in one order everywhere, so that nobody waits in a ring
                stack.enter_context(self._locked(path, wanted[path]))
            yield

    @contextmanager
    def _locked(self, path: Path, how: int) -> Iterator[None]:
        file = self._file(path).with_suffix(".lock")
        file.parent.mkdir(exist_ok=True)
        descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, how)
            yield
        finally:
            os.close(descriptor)

    def _pipeline(self, pipeline: str, suffix: str) -> Path:
        folder = self._directory / "pipelines"
        folder.mkdir(exist_ok=True)
        return folder / f"{_digest(pipeline)}{suffix}"

    def _folder(self, directory: Path) -> Path:
        return self._directory / _digest(directory)

    def _file(self, path: Path) -> Path:
        return self._folder(path.parent) / f"{_quoted(path.name)}.json"


def _quoted(name: str) -> str:
    quoted = quote(name, safe=" ()[]{}+,=@#", errors="surrogateescape")
    if len(quoted) <= _LONG:
        return quoted
    return f"{quoted[:_LONG]}~{_digest(name)}"


def _digest(name: str | Path) -> str:
    return blake3(os.fsencode(name)).hexdigest()[:32]


def _name(file: Path) -> str:
    quoted = file.name.removesuffix(".json")
    if "~" in quoted:  # a long name, of which this is a part
        return str(json.loads(file.read_text())["name"])
    return unquote(quoted, errors="surrogateescape")


def _json(lineage: Lineage) -> dict[str, Json]:
    return {
        "root": _mark_json(lineage.root),
        "entries": [
            {
                "mark": _mark_json(each.mark),
                "pipeline": each.place.pipeline,
                "cell": each.place.cell,
                "execution": each.execution,
                "task": each.task,
            }
            for each in lineage.entries
        ],
    }


def _mark_json(mark: Mark) -> Json:
    return {"state": mark.state, "tree": mark.tree}


def _lineage(found: Any) -> Lineage:  # noqa: ANN401 - JSON, from a process of ours or damaged
    entries = [
        Entry(
            mark=_mark(each["mark"]),
            place=Place(each["pipeline"], each["cell"]),
            execution=each["execution"],
            task=each["task"],
        )
        for each in found["entries"]
    ]
    return Lineage(root=_mark(found["root"]), entries=tuple(entries))


def _mark(found: Any) -> Mark:  # noqa: ANN401 - as above
    tree = found["tree"]
    return Mark(StateId(found["state"]), None if tree is None else Digest(tree))
