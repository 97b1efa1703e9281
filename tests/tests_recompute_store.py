"""Trees, records and a busy process for tests of recompute's store."""

import random
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from blake3 import blake3
from recompute.errors import StoreFullError
from recompute.model import Digest, File, Key, Output, Record, Tree
from recompute.store import Store


def key(name: object) -> Key:
    return Key(blake3(str(name).encode()).hexdigest())


def tree_at(path: Path) -> Tree:
    """Return what is at a path, as the observer would."""
    if path.is_file():
        return Tree({"": _file(path)})
    files, directories, links = {}, [], {}
    for each in sorted(path.rglob("*")):
        name = str(each.relative_to(path))
        if each.is_symlink():
            links[name] = str(each.readlink())
        elif each.is_dir():
            directories.append(name)
        else:
            files[name] = _file(each)
    return Tree(files, tuple(directories), links)


def _file(path: Path) -> File:
    content = path.read_bytes()
    blob = Digest(blake3(content).hexdigest())
    return File(blob, len(content), path.stat().st_mode & 0o7777, blob)


def table(path: Path, files: Mapping[str, bytes]) -> Path:
    """Make a directory of files and return it."""
    for name, content in files.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_bytes(content)
    return path


def record_of(
    name: object, tree: Tree | None, kept: Digest | None, seconds: float = 10.0
) -> Record:
    return Record(
        key=key(name),
        task="gaincal",
        parameters={"vis": "x.ms", "solint": "inf"},
        versions={"casa": "6.7.0.31"},
        outputs=(
            (Output(slot="caltable", ending="", tree=kept, state=tree.state),) if tree else ()
        ),
        seconds=seconds,
        created=datetime(2026, 1, 1, tzinfo=UTC),
        result={"solved": 3},
        log=("INFO gaincal solved",),
        bound={"vis": "/data/x.ms"},
    )


def compute(store: Store, name: object, path: Path, seconds: float = 10.0) -> Record:
    """Keep what is at a path as the only output of a step."""
    tree = tree_at(path)
    return store.publish(record_of(name, tree, store.keep(path, tree), seconds))


def is_complete(store: Store, record: Record, scratch: Path) -> bool:
    """Whether every file of a record comes out, as it was."""
    for output in record.outputs:
        if output.tree is not None:
            for file in store.tree(output.tree).files.values():
                scratch.unlink(missing_ok=True)
                store.fetch(file.blob, scratch)
                if blake3(scratch.read_bytes()).hexdigest() != file.blob:
                    return False
    return True


def lie_about(tree: Tree, name: str) -> Tree:
    """Return the tree with another digest for one of its files."""
    wrong = replace(tree.files[name], blob=Digest(blake3(b"wrong").hexdigest()))
    return Tree({**tree.files, name: wrong}, tree.directories, tree.links)


def work(place: Path, scratch: Path, seed: int, rounds: int, quota: int) -> None:
    """Look up, keep, publish and evict, as a process among several; a line for each computation.

    Parameters
    ----------
    quota
        Bytes; 0 for none, and then nothing is evicted.
    """
    dice = random.Random(seed)
    with Store(place, quota=quota or None) as store:
        for _ in range(rounds):
            # Few names and few contents: processes meet.
            number = dice.randrange(12)
            files = {f"f{each}": bytes([(number + each) % 16]) * 3000 for each in range(4)}
            with store.computing(key(number)):
                if store.record(key(number)) is None:
                    path = table(scratch / f"{seed}-{number}", files)
                    # The others' trees that are not published yet may fill the quota.
                    with suppress(StoreFullError):
                        compute(store, number, path, seconds=number)
                    print(number)
            if quota and dice.random() < 0.2:
                store.evict(5000, now=time.time())


if __name__ == "__main__":
    _place, _scratch, *_numbers = sys.argv[1:]
    work(Path(_place), Path(_scratch), *map(int, _numbers))
