"""A store keeps trees and records whole, gives them back as they were, and says what is wrong."""

import json
import os
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from recompute.errors import CodecError, NotInStoreError, PlaceError, StoreError
from recompute.model import Digest, Tree
from recompute.ports import Records, Shelf
from recompute.store import Store, default_place
from tests_recompute_store import compute, key, lie_about, record_of, table, tree_at

FILES = {"table.dat": b"rows", "sub/table.f0": b"x" * 5000, "sub/ä\udcff": b"odd", "empty": b""}


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


@pytest.fixture
def ms(tmp_path: Path) -> Path:
    path = table(tmp_path / "x.ms", FILES)
    (path / "nothing").mkdir()
    (path / "link").symlink_to("../elsewhere")
    (path / "table.dat").chmod(0o640)
    return path


def test_a_store_is_what_the_engine_asks_for(store: Store) -> None:
    shelf: Shelf = store
    records: Records = store

    assert (shelf, records) == (store, store)


def test_a_tree_comes_back_as_it_was_kept(store: Store, ms: Path) -> None:
    tree = tree_at(ms)

    assert store.tree(store.keep(ms, tree)) == tree
    assert Store(store.place).tree(store.keep(ms, tree)) == tree


def test_a_plain_file_is_a_tree(store: Store, ms: Path, tmp_path: Path) -> None:
    tree = tree_at(ms / "table.dat")
    store.keep(ms / "table.dat", tree)
    store.fetch(tree.files[""].blob, tmp_path / "out")

    assert (tmp_path / "out").read_bytes() == b"rows"


def test_what_is_there_is_not_copied_again(store: Store, ms: Path) -> None:
    kept = store.keep(ms, tree_at(ms))
    before = {each: each.stat().st_ino for each in store.place.glob("blobs/*/*")}

    assert store.keep(ms, tree_at(ms)) == kept
    assert {each: each.stat().st_ino for each in store.place.glob("blobs/*/*")} == before


def test_what_comes_out_can_be_written_and_the_store_does_not_notice(
    store: Store, ms: Path, tmp_path: Path
) -> None:
    blob = tree_at(ms).files["table.dat"].blob
    store.keep(ms, tree_at(ms))
    for name in ("one", "two"):
        store.fetch(blob, tmp_path / name)
        (tmp_path / name).write_bytes(b"other")

    store.fetch(blob, tmp_path / "three")
    assert (tmp_path / "three").read_bytes() == b"rows"


def test_changing_the_source_in_place_does_not_change_what_was_kept(
    store: Store, ms: Path, tmp_path: Path
) -> None:
    tree = tree_at(ms)
    store.keep(ms, tree)
    with (ms / "table.dat").open("r+b") as file:
        file.write(b"ROWS")
    store.fetch(tree.files["table.dat"].blob, tmp_path / "out")

    assert (tmp_path / "out").read_bytes() == b"rows"


@pytest.mark.parametrize("size", ["same", "other", "gone"])
def test_a_file_that_changed_since_it_was_looked_at_is_not_kept(
    store: Store, ms: Path, size: str
) -> None:
    tree = tree_at(ms)
    path = ms / "sub" / "table.f0"
    path.unlink()
    if size != "gone":
        path.write_bytes(b"y" * (5000 if size == "same" else 4999))

    with pytest.raises(PlaceError, match=r"table\.f0"):
        store.keep(ms, tree)
    assert (store.usage().real, list(store.place.glob("tmp/*/*"))) == (0, [])


def test_a_digest_that_is_not_that_of_the_file_is_not_believed(store: Store, ms: Path) -> None:
    with pytest.raises(PlaceError, match="changed while it was kept"):
        store.keep(ms, lie_about(tree_at(ms), "table.dat"))


def test_a_record_comes_back_as_it_was_published(store: Store, ms: Path) -> None:
    published = compute(store, "a", ms)

    assert Store(store.place).record(key("a")) == published
    assert store.record(key("b")) is None


def test_figures_become_blobs(store: Store, tmp_path: Path) -> None:
    published = store.publish(record_of("a", None, None), [b"png one", b"png two", b"png one"])

    assert published.figures[0] == published.figures[2]
    assert store.record(key("a")) == published
    store.fetch(published.figures[1], tmp_path / "out")
    assert (tmp_path / "out").read_bytes() == b"png two"


def test_a_record_of_the_same_key_replaces_the_old_one(store: Store, ms: Path) -> None:
    compute(store, "a", ms, seconds=1)
    newer = compute(store, "a", ms, seconds=2)

    assert store.record(key("a")) == newer


def test_a_record_of_trees_that_were_not_kept_is_refused(store: Store, ms: Path) -> None:
    with pytest.raises(NotInStoreError, match="not in the store any more"):
        store.publish(record_of("a", tree_at(ms), Digest("0" * 64)), [b"png"])
    assert store.record(key("a")) is None


def test_a_result_that_is_no_json_is_refused(store: Store) -> None:
    with pytest.raises(CodecError, match="encode its result"):
        store.publish(replace(record_of("a", None, None), result=float("nan")))


def test_a_record_of_which_a_file_is_missing_is_none(store: Store, ms: Path) -> None:
    compute(store, "a", ms)
    next(store.place.glob("blobs/*/*")).unlink()

    assert store.record(key("a")) is None


def test_a_record_of_which_a_file_is_too_short_is_none_and_keeping_mends_it(
    store: Store, ms: Path
) -> None:
    compute(store, "a", ms)
    blob = tree_at(ms).files["sub/table.f0"].blob
    (path := store.place / "blobs" / blob[:2] / blob[2:]).chmod(0o600)
    os.truncate(path, 10)

    assert store.record(key("a")) is None
    compute(store, "a", ms)
    assert store.record(key("a"))
    assert store.verify().is_sound


def test_nothing_that_is_not_there_is_made_up(store: Store, tmp_path: Path) -> None:
    with pytest.raises(NotInStoreError):
        store.tree(Digest("0" * 64))
    with pytest.raises(NotInStoreError):
        store.fetch(Digest("0" * 64), tmp_path / "out")
    with pytest.raises(StoreError, match="64 hexadecimal digits"):
        store.tree(Digest("../../etc/passwd"))


def test_a_place_that_cannot_be_written_is_named(store: Store, ms: Path, tmp_path: Path) -> None:
    store.keep(ms, tree_at(ms))
    with pytest.raises(PlaceError, match="nowhere"):
        store.fetch(tree_at(ms).files["table.dat"].blob, tmp_path / "nowhere" / "out")


def test_two_threads_do_not_compute_one_key_at_once(store: Store) -> None:
    entered, waits = threading.Event(), threading.Event()
    order = []

    def second() -> None:
        with Store(store.place).computing(key("a"), waits.set):
            order.append("second")
        entered.set()

    with store.computing(key("a")):
        thread = threading.Thread(target=second)
        thread.start()
        assert waits.wait(10)
        order.append("first")
    assert entered.wait(10)
    thread.join()
    assert order == ["first", "second"]
    assert [each.name for each in (store.place / "locks").iterdir()] in ([], ["gc.lock"])


def test_other_keys_are_computed_at_once(store: Store) -> None:
    with store.computing(key("a")), store.computing(key("b")):
        pass


def test_a_process_that_is_killed_lets_go_of_its_key(store: Store) -> None:
    program = (
        "import sys; from pathlib import Path; from recompute.store import Store\n"
        "with Store(Path(sys.argv[1])).computing(sys.argv[2]): print('in', flush=True); input()"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", program, store.place, key("a")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert child.stdout
    assert child.stdout.readline() == b"in\n"

    with store.computing(key("a"), child.kill):
        assert child.wait() < 0
    child.communicate()


def test_a_store_of_a_newer_version_is_refused_with_a_remedy(store: Store) -> None:
    (store.place / "version").write_text("99\n")

    with pytest.raises(StoreError, match=r"version 99.*Update recompute"):
        Store(store.place)


def test_a_directory_that_is_no_store_is_left_alone(ms: Path) -> None:
    with pytest.raises(StoreError, match="no store"):
        Store(ms)
    assert tree_at(ms).directories == ("nothing", "sub")


def test_a_store_that_cannot_be_written_is_refused_with_a_remedy(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match=r"cannot be used: .*RECOMPUTE_STORE"):
        Store(tmp_path / "file")
    # Nobody may make a directory there, root neither.
    with pytest.raises(StoreError, match="RECOMPUTE_STORE"):
        Store(Path("/proc/recompute"))


def test_the_store_is_where_the_environment_says_or_in_the_users_data(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("RECOMPUTE_STORE", str(tmp_path))
    assert default_place() == tmp_path
    monkeypatch.delenv("RECOMPUTE_STORE")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert default_place() == tmp_path / "recompute"


def test_a_tree_that_would_be_put_outside_of_its_place_is_not_read(store: Store, ms: Path) -> None:
    file = tree_at(ms).files["table.dat"]
    for tree in (
        Tree({"../x": file}),
        Tree({"/etc/x": file}),
        Tree({"link/x": file}, links={"link": "/etc"}),
        Tree({"": file, "x": file}),
    ):
        kept = store.keep_files(tree, lambda _: ms / "table.dat")
        with pytest.raises(NotInStoreError):
            store.tree(kept)


def test_usage_tells_real_and_logical_bytes(store: Store, ms: Path) -> None:
    compute(store, "a", ms)
    (ms / "table.dat").write_bytes(b"ROWS")
    compute(store, "b", ms)
    usage = store.usage()

    assert usage.logical == 2 * tree_at(ms).size
    assert (usage.records, usage.trees, usage.blobs) == (2, 2, 5)
    assert usage.real == sum(
        each.stat().st_size
        for folder in ("blobs", "trees", "records")
        for each in (store.place / folder).glob("*/*")
    )


def test_documents_are_json(store: Store, ms: Path) -> None:
    compute(store, "a", ms)
    for each in [*store.place.glob("trees/*/*"), *store.place.glob("records/*/*")]:
        assert isinstance(json.loads(each.read_text().splitlines()[1]), dict)


def test_stored_files_are_read_only(store: Store, ms: Path) -> None:
    compute(store, "a", ms)
    modes = {each.stat().st_mode & 0o777 for each in store.place.glob("*/??/*")}

    assert modes == {0o444}
