import errno
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from stat import S_IMODE

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from recompute.content import Eye
from recompute.errors import InUseError, NotInStoreError, PlaceError
from recompute.model import Tree
from recompute.put import put, sweep
from recompute.put.exchange import CannotExchangeError
from tests_filesystems import NotHereError, mounted
from tests_recompute_shelf import DirectoryShelf

Files = dict[str, bytes]

OLD: Files = {"table.dat": b"old", "table.f0": b"data", "SUB/table.dat": b"sub", "x": b"gone"}
NEW: Files = {"table.dat": b"new!", "table.f0": b"data", "SUB/table.dat": b"sub", "NEW/y": b"come"}


def write(path: Path, files: Files) -> None:
    """Make a tree whose files were written long ago; a plain file if its only name is empty."""
    for name, content in files.items():
        place = path / name if name else path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
        os.utime(place, ns=(10**18, 10**18 + 1))


def content(path: Path) -> Files | None:
    """Return what is there."""
    if not path.exists():
        return None
    if path.is_file():
        return {"": path.read_bytes()}
    return {
        str(each.relative_to(path)): each.read_bytes() for each in path.rglob("*") if each.is_file()
    }


class Bench:
    """A path, an observer and a shelf that has the trees that may be put there."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.place = directory / "work" / "x.ms"
        self.place.parent.mkdir(parents=True)
        self.eye = Eye(directory / "cache")
        self.shelf = DirectoryShelf(directory / "shelf")

    def kept(self, files: Files | None, prepare: Callable[[Path], object] = lambda _: None) -> Tree:
        model = self.directory / f"model-{time.monotonic_ns()}"
        write(model, files or {})
        prepare(model)
        tree = self.eye.tree(model)
        assert tree is not None
        self.shelf.keep(model, tree)
        return tree

    def put(self, tree: Tree | None, **more: Callable[[str], None]) -> None:
        put(self.place, tree, self.shelf, self.eye, known=self.eye.tree(self.place), **more)

    @property
    def beside(self) -> list[str]:
        return sorted(each.name for each in self.place.parent.iterdir())


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def test_a_tree_replaces_another(bench: Bench) -> None:
    write(bench.place, OLD)
    bench.put(bench.kept(NEW))
    assert content(bench.place) == NEW
    assert bench.beside == ["x.ms"]


def test_only_files_that_differ_are_fetched(bench: Bench) -> None:
    write(bench.place, OLD)
    tree = bench.kept(NEW)
    inode = (bench.place / "table.f0").stat().st_ino
    bench.put(tree)
    assert set(bench.shelf.fetched) == {tree.files["table.dat"].blob, tree.files["NEW/y"].blob}
    assert (bench.place / "table.f0").stat().st_ino == inode


def test_no_file_stays_linked(bench: Bench) -> None:
    write(bench.place, OLD)
    bench.put(bench.kept(NEW))
    assert {each.stat().st_nlink for each in bench.place.rglob("*") if each.is_file()} == {1}


def test_the_same_tree_changes_nothing(bench: Bench) -> None:
    write(bench.place, OLD)
    tree, before = bench.kept(OLD), bench.place.stat()
    bench.put(tree)
    assert bench.place.stat() == before


@pytest.mark.parametrize("old", [None, {"": b"file"}, OLD])
@pytest.mark.parametrize("new", [None, {"": b"another"}, NEW])
def test_anything_replaces_anything(bench: Bench, old: Files | None, new: Files | None) -> None:
    write(bench.place, old or {})
    bench.put(None if new is None else bench.kept(new))
    assert content(bench.place) == new
    assert bench.beside == ([] if new is None else ["x.ms"])


def test_modes_links_and_empty_directories_come_back(bench: Bench) -> None:
    def prepare(model: Path) -> None:
        (model / "table.f0").chmod(0o440)
        (model / "empty/deeper").mkdir(parents=True)
        (model / "dangling").symlink_to("nowhere\udcff")

    tree = bench.kept(NEW, prepare)
    bench.put(tree)
    assert S_IMODE((bench.place / "table.f0").stat().st_mode) == 0o440
    assert (bench.place / "empty/deeper").is_dir()
    assert os.readlink(bench.place / "dangling") == "nowhere\udcff"  # noqa: PTH115 - as it is
    assert bench.eye.tree(bench.place) == tree


def test_a_directory_keeps_its_mode(bench: Bench) -> None:
    write(bench.place, OLD)
    bench.place.chmod(0o2775)
    bench.put(bench.kept(NEW))
    assert S_IMODE(bench.place.stat().st_mode) == 0o2775


def test_what_was_put_need_not_be_read(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    write(bench.place, OLD)
    tree = bench.kept(NEW)
    bench.put(tree)
    monkeypatch.setattr("recompute.content.eye.digest_of", None)
    assert bench.eye.tree(bench.place) == tree


def test_a_write_right_after_is_noticed(bench: Bench) -> None:
    tree = bench.kept(NEW)
    bench.put(tree)
    (bench.place / "table.dat").write_bytes(b"NEW!")
    assert bench.eye.tree(bench.place) != tree


def test_what_the_caller_has_not_seen_is_not_replaced(bench: Bench) -> None:
    write(bench.place, OLD)
    known = bench.eye.tree(bench.place)
    (bench.place / "x").write_bytes(b"mine")
    for tree in (bench.kept(NEW), None):
        with pytest.raises(PlaceError, match="changed after it was looked at"):
            put(bench.place, tree, bench.shelf, bench.eye, known=known)
    assert content(bench.place) == {**OLD, "x": b"mine"}


def test_a_write_while_it_is_prepared_is_not_lost(bench: Bench) -> None:
    write(bench.place, OLD)

    def write_late(step: str) -> None:
        if step == "make NEW/y":
            (bench.place / "table.f0").write_bytes(b"DATA")

    with pytest.raises(PlaceError, match="was changed while"):
        bench.put(bench.kept(NEW), at=write_late)
    assert content(bench.place) == {**OLD, "table.f0": b"DATA"}
    assert bench.beside == ["x.ms"]


@pytest.mark.parametrize("new", [None, NEW])
@pytest.mark.parametrize("exchanges", [True, False])
def test_a_write_in_the_last_moment_is_not_lost(
    bench: Bench, new: Files | None, exchanges: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(bench.place, OLD)
    if not exchanges:
        monkeypatch.setattr("recompute.put.exchange._rename", cannot_exchange)

    def write_late(step: str) -> None:
        if step in {"exchange", "take away", "take away the old one"}:
            (bench.place / "table.f0").write_bytes(b"DATA")

    with pytest.raises(PlaceError, match="was changed while"):
        bench.put(None if new is None else bench.kept(new), at=write_late)
    assert content(bench.place) == {**OLD, "table.f0": b"DATA"}
    assert bench.beside == ["x.ms"]


@pytest.mark.parametrize("kind", ["tmpfs", "btrfs", "xfs"])
def test_other_filesystems_are_as_good(bench: Bench, tmp_path: Path, kind: str) -> None:
    try:
        with mounted(kind, "400M", tmp_path) as other:
            bench.place = other / "x.ms"
            for tree in (bench.kept(OLD), bench.kept(NEW), None, bench.kept(OLD)):
                bench.put(tree)
                assert bench.eye.tree(bench.place) == tree
                assert Eye(tmp_path / "fresh").tree(bench.place) == tree
    except NotHereError as missing:
        pytest.skip(str(missing))


def test_what_this_process_has_open_is_not_replaced(bench: Bench) -> None:
    write(bench.place, OLD)
    with (bench.place / "table.f0").open("rb"), pytest.raises(InUseError, match=r"close"):
        bench.put(bench.kept(NEW))
    assert content(bench.place) == OLD


def test_a_directory_in_which_this_process_stands_is_not_replaced(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(bench.place, OLD)
    monkeypatch.chdir(bench.place / "SUB")
    with pytest.raises(InUseError):
        bench.put(None)


def test_a_file_that_the_shelf_has_lost_changes_nothing(bench: Bench) -> None:
    write(bench.place, OLD)
    tree = bench.kept(NEW)
    (bench.shelf.place / tree.files["NEW/y"].blob).unlink()
    with pytest.raises(NotInStoreError):
        bench.put(tree)
    assert content(bench.place) == OLD
    assert bench.beside == ["x.ms"]


def test_a_link_at_the_path_stays(bench: Bench) -> None:
    elsewhere = bench.directory / "elsewhere.ms"
    write(elsewhere, OLD)
    bench.place.symlink_to(elsewhere)
    bench.put(bench.kept(NEW))
    assert bench.place.is_symlink()
    assert content(elsewhere) == NEW


@pytest.mark.parametrize("name", ["x" * 255, "ä b\n.ms", "\udcff", ".hidden"])
def test_odd_names_are_as_good(bench: Bench, name: str) -> None:
    bench.place = bench.place.with_name(name)
    bench.put(bench.kept(OLD))
    bench.put(bench.kept(NEW))
    assert content(bench.place) == NEW
    assert bench.beside == [name]


def test_a_full_disk_changes_nothing(bench: Bench, tmp_path: Path) -> None:
    tree = bench.kept({"big": b"x" * 2_000_000})
    try:
        with mounted("tmpfs", "1M", tmp_path) as small:
            bench.place = small / "x.ms"
            write(bench.place, OLD)
            with pytest.raises(PlaceError, match="Make room"):
                bench.put(tree)
            assert content(bench.place) == OLD
            assert bench.beside == ["x.ms"]
    except NotHereError as missing:
        pytest.skip(str(missing))


def test_whoever_looks_sees_one_or_the_other(bench: Bench) -> None:
    trees = [bench.kept({"a": b"1", "b": b"1"}), bench.kept({"a": b"2", "b": b"2"})]
    bench.put(trees[0])
    seen: set[bool] = set()
    stop = threading.Event()

    def look() -> None:
        while not stop.is_set():
            seen.add((bench.place / "a").is_file())

    looking = threading.Thread(target=look)
    looking.start()
    for number in range(40):
        bench.put(trees[(number + 1) % 2])
    stop.set()
    looking.join()
    assert seen == {True}


def cannot_exchange(*_: object) -> None:
    raise CannotExchangeError(22, "no such operation")


@pytest.mark.parametrize("old", [None, {"": b"file"}, OLD])
@pytest.mark.parametrize("new", [None, {"": b"another"}, NEW])
def test_without_an_exchange_all_works_as_well(
    bench: Bench, old: Files | None, new: Files | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("recompute.put.exchange._rename", cannot_exchange)
    write(bench.place, old or {})
    bench.put(None if new is None else bench.kept(new))
    assert content(bench.place) == new
    assert bench.beside == ([] if new is None else ["x.ms"])


def killed_at(number: int, bench: Bench, tree: Tree | None) -> bool:
    """Put a tree in a process that ends without a word before a step; False if it has fewer."""
    steps: list[str] = []

    def at(step: str) -> None:
        steps.append(step)
        if len(steps) == number:
            os._exit(9)

    child = os.fork()
    if not child:
        try:
            bench.put(tree, at=at)
        finally:
            os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9


@pytest.mark.parametrize("exchanges", [True, False])
@pytest.mark.parametrize("new", [NEW, None])
def test_a_kill_at_any_step_leaves_the_old_or_the_new(
    tmp_path: Path, exchanges: bool, new: Files | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not exchanges:
        monkeypatch.setattr("recompute.put.exchange._rename", cannot_exchange)
    kinds: list[str] = []
    killed = True
    while killed:
        bench = Bench(tmp_path / str(len(kinds)))
        write(bench.place, OLD)
        tree = None if new is None else bench.kept(new)
        killed = killed_at(len(kinds) + 1, bench, tree)
        sweep(bench.place.parent)
        found = content(bench.place)
        assert bench.beside == ([] if found is None else ["x.ms"])
        kinds.append("old" if found == OLD else "new" if found == new else "neither")
    assert set(kinds) == {"old", "new"}
    assert len(kinds) > 8
    assert kinds == sorted(kinds, reverse=True)


def test_a_killed_sweep_is_finished_by_the_next(bench: Bench) -> None:
    for number in range(1, 10):
        write(bench.place, OLD)
        left_behind(bench, "exchange")
        steps: list[str] = []
        with_kill = stop_at(number, steps)
        try:
            sweep(bench.place.parent, with_kill)
        except KilledError:
            sweep(bench.place.parent)
        assert bench.beside == ["x.ms"]
        if len(steps) < number:
            return
    raise AssertionError(steps)


class KilledError(BaseException):
    """Stands for a kill: what is on disk is left as it is."""


def stop_at(number: int, steps: list[str]) -> Callable[[str], None]:
    def at(step: str) -> None:
        steps.append(step)
        if len(steps) == number:
            raise KilledError(step)

    return at


def left_behind(bench: Bench, step: str) -> None:
    """Leave a draft as a kill before a step leaves it."""
    draft = bench.place.parent / ".x.ms.recompute-0123456789abcdef"
    (draft / "new").mkdir(parents=True)
    (draft / "new" / "table.dat").write_bytes(step.encode())
    (draft / "owner").write_bytes(b"recompute put\0x.ms")


def test_a_sweep_leaves_living_puts_alone(bench: Bench) -> None:
    write(bench.place, OLD)
    swept: list[Path] = []
    steps: list[str] = []

    def sweep_meanwhile(step: str) -> None:
        # A directory that has no owner yet is removed, and made again.
        if step != "make its owner" or step not in steps:
            swept.extend(sweep(bench.place.parent))
        steps.append(step)

    bench.put(bench.kept(NEW), at=sweep_meanwhile)
    assert content(bench.place) == NEW
    assert swept == []


def test_a_sweep_touches_nothing_of_the_users(bench: Bench) -> None:
    work = bench.place.parent
    (work / ".x.ms.recompute-0123456789abcdef").mkdir()
    (work / ".x.ms.recompute-0123456789abcdef" / "mine").write_text("mine")
    (work / ".y.recompute-0123456789abcdef").mkdir()
    (work / ".y.recompute-0123456789abcdef" / "owner").write_text("somebody")
    (work / ".z.recompute-0123456789abcdef").write_text("a file")
    (work / "x.recompute-0123456789abcdef").mkdir()
    before = content(work), bench.beside
    assert sweep(work) == []
    assert (content(work), bench.beside) == before


def test_what_stood_there_is_kept_if_somebody_made_it_anew(bench: Bench) -> None:
    left_behind(bench, "bring the new one")
    draft = bench.place.parent / ".x.ms.recompute-0123456789abcdef"
    write(draft / "before", OLD)
    write(bench.place, {"": b"made anew"})
    sweep(bench.place.parent)
    assert content(draft / "before") == OLD
    assert content(bench.place) == {"": b"made anew"}
    bench.place.unlink()
    assert sweep(bench.place.parent) == [bench.place]
    assert content(bench.place) == OLD


def test_without_locks_a_put_works_and_nothing_is_swept(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cannot_lock(*_: object) -> None:
        raise OSError(errno.ENOSYS, "Function not implemented")

    monkeypatch.setattr("fcntl.flock", cannot_lock)
    write(bench.place, OLD)
    bench.put(bench.kept(NEW))
    assert content(bench.place) == NEW
    left_behind(bench, "exchange")
    before = bench.beside
    assert sweep(bench.place.parent) == []
    assert bench.beside == before


def test_a_directory_that_is_gone_is_swept(tmp_path: Path) -> None:
    assert sweep(tmp_path / "gone") == []


names = some.sampled_from(["a", "b", "d/c", "d/e/f", "g/h"])
trees = some.none() | some.dictionaries(names, some.binary(max_size=3), min_size=1)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(sequence=some.lists(trees, min_size=1, max_size=4))
def test_any_sequence_of_puts_leaves_the_last(
    tmp_path_factory: pytest.TempPathFactory, sequence: list[Files | None]
) -> None:
    bench = Bench(tmp_path_factory.mktemp("puts"))
    for files in sequence:
        tree = None if files is None else bench.kept(files)
        bench.put(tree)
        assert content(bench.place) == files
        assert bench.eye.tree(bench.place) == tree
        assert Eye(bench.directory / "fresh").tree(bench.place) == tree
