"""Layers serve whoever may read them, and are never written nor believed blindly."""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from recompute.errors import DamagedError, NotInStoreError, StoreError
from recompute.store import Store
from tests_recompute_store import compute, is_complete, key, table, tree_at

NOBODY = 65534


@pytest.fixture
def site() -> Iterator[Path]:
    """Return a directory that everybody may enter, with a home of nobody's."""
    with TemporaryDirectory() as name:
        site = Path(name)
        site.chmod(0o755)
        (site / "home").mkdir()
        if os.geteuid() == 0:
            os.chown(site / "home", NOBODY, -1)
        yield site


@pytest.fixture
def layer(tmp_path: Path, site: Path) -> Path:
    """Return a layer with one step, ``a``."""
    with Store(tmp_path / "source") as source, Store(site / "layer") as target:
        compute(source, "a", table(tmp_path / "x.ms", {"table.f0": b"x" * 500}))
        with_figure = source.publish(next(iter(source.records())), [b"png"])
        source.copy_to(target, [with_figure])
    return site / "layer"


@contextmanager
def as_nobody() -> Iterator[None]:
    """Act as somebody to whom permissions apply."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


def test_a_step_is_found_in_a_layer_with_all_its_files(layer: Path, tmp_path: Path) -> None:
    store = Store(tmp_path / "store", layers=[tmp_path / "nowhere", layer])
    before = {each: each.stat() for each in layer.rglob("*")}
    record = store.record(key("a"))

    assert record
    assert is_complete(store, record, tmp_path / "out")
    store.fetch(record.figures[0], tmp_path / "figure")
    assert (tmp_path / "figure").read_bytes() == b"png"
    assert store.usage().real == 0
    assert {each: each.stat().st_mtime for each in layer.rglob("*")} == {
        each: status.st_mtime for each, status in before.items()
    }


def test_the_own_store_comes_first(layer: Path, tmp_path: Path) -> None:
    store = Store(tmp_path / "store", layers=[layer])
    own = compute(store, "a", table(tmp_path / "own", {"f": b"own"}), seconds=99)

    assert store.record(key("a")) == own


def test_what_a_layer_has_is_copied_when_it_is_kept(layer: Path, tmp_path: Path) -> None:
    store = Store(tmp_path / "store", layers=[layer])
    compute(store, "b", tmp_path / "x.ms")

    assert Store(store.place).record(key("b"))


def test_a_layer_that_may_not_be_read_is_not_there(
    layer: Path, site: Path, caplog: pytest.LogCaptureFixture
) -> None:
    layer.chmod(0)
    with as_nobody():
        assert Store(site / "home" / "store", layers=[layer]).record(key("a")) is None
    assert caplog.records == []
    layer.chmod(0o755)


def test_access_that_is_withdrawn_while_we_live_ends(
    layer: Path, site: Path, tmp_path: Path
) -> None:
    blob = tree_at(tmp_path / "x.ms").files["table.f0"].blob
    layer.chmod(0o755)
    with as_nobody():
        store = Store(site / "home" / "store", layers=[layer])
        assert store.record(key("a"))
    layer.chmod(0)
    with as_nobody():
        assert store.record(key("a")) is None
        with pytest.raises(NotInStoreError):
            store.fetch(blob, site / "home" / "out")
    layer.chmod(0o755)


def test_a_store_that_somebody_else_owns_is_refused_with_a_remedy(layer: Path) -> None:
    layer.chmod(0o755)
    (layer / "tmp").chmod(0o555)
    with as_nobody(), pytest.raises(StoreError, match=r"writable, or let RECOMPUTE_STORE"):
        Store(layer)
    (layer / "tmp").chmod(0o755)


@pytest.mark.parametrize("how", ["version", "writable", "a writable folder", "no store"])
def test_a_layer_that_cannot_be_trusted_is_ignored_with_a_warning(
    layer: Path, tmp_path: Path, how: str, caplog: pytest.LogCaptureFixture
) -> None:
    if how == "version":
        (layer / "version").write_text("99\n")
    elif how == "no store":
        (layer / "version").unlink()
    else:
        (layer if how == "writable" else layer / "records").chmod(0o777)
    with caplog.at_level(logging.WARNING):
        store = Store(tmp_path / "store", layers=[layer])

    assert store.record(key("a")) is None
    assert "is ignored" in caplog.text


def test_damage_in_a_layer_is_passed_over_and_the_layer_left_alone(
    layer: Path, tmp_path: Path
) -> None:
    store = Store(tmp_path / "store", layers=[layer])
    blob = tree_at(tmp_path / "x.ms").files["table.f0"].blob
    path = layer / "blobs" / blob[:2] / blob[2:]
    path.chmod(0o600)
    path.write_bytes(b"y" * 500)

    with pytest.raises(DamagedError):
        store.fetch(blob, tmp_path / "out")
    assert path.exists()
    assert store.record(key("a")) is None
    compute(store, "a", tmp_path / "x.ms")
    record = store.record(key("a"))
    assert record
    assert is_complete(store, record, tmp_path / "out")


def test_copying_twice_is_copying_once(layer: Path, tmp_path: Path) -> None:
    with Store(tmp_path / "source") as source, Store(layer) as target:
        before = target.usage()
        source.copy_to(target, source.records())
        assert target.usage() == before


def test_a_damaged_file_is_not_copied_into_a_layer(tmp_path: Path) -> None:
    source, target = Store(tmp_path / "source"), Store(tmp_path / "target")
    compute(source, "a", table(tmp_path / "x.ms", {"f": b"x" * 500}))
    (path,) = source.place.glob("blobs/*/*")
    path.chmod(0o600)
    path.write_bytes(b"y" * 500)

    with pytest.raises(DamagedError, match="recompute verify"):
        source.copy_to(target, source.records())
    assert target.usage().real == 0
