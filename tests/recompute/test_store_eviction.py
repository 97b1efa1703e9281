"""What goes first, what never goes, and that a quota holds."""

from collections.abc import Callable
from itertools import count
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from recompute.errors import NotInStoreError, StoreFullError
from recompute.store import Store
from recompute.store.eviction import Holding, Inventory, plan
from tests_recompute_store import compute, is_complete, key, record_of, table, tree_at

NAMES = "abcdefgh"


def holding(
    name: str, items: str, *, seconds: float = 1, used: float = 0, pinned: bool = False
) -> Holding:
    return Holding(key(name), seconds, used, 1, frozenset(items), pinned)


def stock(*holdings: Holding) -> Inventory:
    """Return an inventory of items of 100 bytes."""
    return Inventory(holdings, dict.fromkeys(frozenset().union(*(h.items for h in holdings)), 100))


holdings = st.lists(
    st.builds(
        Holding,
        key=st.just(key("")),
        seconds=st.floats(0, 100),
        used=st.floats(0, 10),
        size=st.integers(1, 5),
        items=st.frozensets(st.sampled_from(NAMES), max_size=4),
        pinned=st.booleans(),
    ),
    max_size=8,
).map(
    lambda drawn: tuple(
        Holding(key(number), each.seconds, each.used, each.size, each.items, each.pinned)
        for number, each in enumerate(drawn)
    )
)
inventories = st.builds(
    Inventory,
    holdings,
    st.dictionaries(st.sampled_from(NAMES), st.integers(0, 50)),
    st.frozensets(st.sampled_from(NAMES), max_size=3),
)


def left(inventory: Inventory, need: int) -> list[Holding]:
    gone = plan(inventory, need).records
    return [each for each in inventory.holdings if each.key not in gone]


@given(inventories, st.integers(0, 300))
def test_exactly_what_nothing_refers_to_any_more_goes(inventory: Inventory, need: int) -> None:
    referred = inventory.held.union(*(each.items for each in left(inventory, need)))

    assert set(plan(inventory, need).items) == inventory.sizes.keys() - referred


@given(inventories, st.integers(0, 300))
def test_what_is_freed_is_what_went(inventory: Inventory, need: int) -> None:
    made = plan(inventory, need)
    records = {each.key: each.size for each in inventory.holdings}

    assert made.freed == sum(inventory.sizes[each] for each in made.items) + sum(
        records[each] for each in made.records
    )


@given(inventories, st.integers(0, 300))
def test_enough_is_freed_or_only_what_is_pinned_is_left(inventory: Inventory, need: int) -> None:
    if plan(inventory, need).freed < need:
        assert all(each.pinned for each in left(inventory, need))


@given(inventories, st.integers(0, 300))
def test_what_is_pinned_stays(inventory: Inventory, need: int) -> None:
    assert {each for each in inventory.holdings if each.pinned} <= set(left(inventory, need))


@given(inventories, st.integers(0, 300), st.randoms(use_true_random=False))
def test_the_order_of_an_inventory_does_not_matter(
    inventory: Inventory, need: int, dice: object
) -> None:
    shuffled = list(inventory.holdings)
    dice.shuffle(shuffled)  # type: ignore[attr-defined]

    assert plan(Inventory(tuple(shuffled), inventory.sizes, inventory.held), need) == plan(
        inventory, need
    )


@given(inventories)
def test_nothing_is_evicted_if_nothing_is_needed(inventory: Inventory) -> None:
    assert plan(inventory, 0).records == ()


def test_the_cheapest_byte_goes_first() -> None:
    cheap, dear = holding("cheap", "a", seconds=1), holding("dear", "b", seconds=2)

    assert plan(stock(dear, cheap), 1).records == (cheap.key,)


def test_of_equals_the_one_that_was_used_longer_ago_goes_first() -> None:
    old, new = holding("old", "a", used=1), holding("new", "b", used=2)

    assert plan(stock(new, old), 1).records == (old.key,)


def test_bytes_that_another_record_holds_do_not_count() -> None:
    shares = holding("shares", "abc", seconds=1.5)
    also = holding("also", "abd", seconds=1.5)
    alone = holding("alone", "ef", seconds=2)

    assert plan(stock(shares, also, alone), 1).records == (alone.key,)


def test_the_last_holder_of_something_becomes_cheap() -> None:
    first, second = holding("1", "abcd", seconds=1), holding("2", "abce", seconds=1.1)
    other = holding("3", "f", seconds=1.2)

    assert plan(stock(first, second, other), 150).records[:2] == (
        first.key,
        second.key,
    )


def test_twins_go_together_and_are_as_cheap_as_what_they_free() -> None:
    twins = holding("1", "abcd", seconds=1), holding("2", "abcd", seconds=1)
    other = holding("3", "e", seconds=1)

    assert set(plan(stock(*twins, other), 200).records) == {each.key for each in twins}


@pytest.fixture
def step(tmp_path: Path) -> Callable[[int], Path]:
    """Make a table of some bytes that no other one has."""
    numbers = count()

    def make(size: int) -> Path:
        number = next(numbers)
        return table(tmp_path / f"table{number}", {"f": number.to_bytes(4, "big") * (size // 4)})

    return make


Make = Callable[[int], Path]


def test_a_full_quota_evicts_the_cheapest_step(tmp_path: Path, step: Make) -> None:
    store = Store(tmp_path / "store", quota=25_000)
    for name, seconds in {"cheap": 1.0, "dear": 50.0, "new": 10.0}.items():
        compute(store, name, step(10_000), seconds)

    assert [store.record(key(each)) is not None for each in ("cheap", "dear", "new")] == [
        False,
        True,
        True,
    ]
    assert store.usage().real <= 25_000
    assert store.verify().orphans == ()


def test_what_is_larger_than_the_quota_is_refused_and_nothing_is_evicted(
    tmp_path: Path, step: Make
) -> None:
    store = Store(tmp_path / "store", quota=25_000)
    compute(store, "a", step(10_000))
    large = step(30_000)

    with pytest.raises(StoreFullError, match=r"needs 30,\d+ bytes.*quota of 25,000"):
        store.keep(large, tree_at(large))
    assert store.record(key("a"))
    assert list(store.place.glob("tmp/*/*")) == []


def test_a_step_without_files_is_recorded_although_the_quota_is_used_up(
    tmp_path: Path, step: Make
) -> None:
    store = Store(tmp_path / "store", quota=12_000)
    compute(store, "a", step(10_000))
    store.pin(key("a"), "for the paper")
    for number in range(20):
        store.publish(record_of(number, None, None))

    assert store.record(key("a"))
    assert store.record(key(19))
    assert store.usage().real <= 12_000


def test_a_pinned_step_stays_until_it_is_unpinned(tmp_path: Path, step: Make) -> None:
    store = Store(tmp_path / "store")
    compute(store, "a", step(1000))
    store.pin(key("a"), "for the paper")

    assert store.pins() == {key("a"): "for the paper"}
    assert store.evict(10**9, now=0).records == ()
    store.unpin(key("a"))
    assert store.evict(10**9, now=0).records == (key("a"),)
    assert store.usage().real == 0


def test_only_a_step_that_is_there_can_be_pinned(tmp_path: Path) -> None:
    with pytest.raises(NotInStoreError, match="compute the step first"):
        Store(tmp_path / "store").pin(key("a"), "")


def test_an_anchored_tree_stays_over_processes_until_it_is_released(
    tmp_path: Path, step: Make
) -> None:
    path = step(1000)
    with Store(tmp_path / "store") as store:
        kept = store.keep(path, tree_at(path))
        store.anchor("ä /original", kept)
    store = Store(tmp_path / "store")

    store.evict(10**9, now=4e9)
    assert store.tree(kept) == tree_at(path)
    assert store.verify().is_sound
    assert store.anchors() == {"ä /original": kept}
    store.release("ä /original")
    store.evict(0, now=4e9)
    assert store.usage().real == 0


def test_only_what_was_kept_can_be_anchored(tmp_path: Path, step: Make) -> None:
    store = Store(tmp_path / "store")
    path = step(1000)
    with Store(tmp_path / "other") as other, pytest.raises(NotInStoreError, match="anchor 'x'"):
        store.anchor("x", other.keep(path, tree_at(path)))


def test_what_is_kept_and_not_yet_published_stays(tmp_path: Path, step: Make) -> None:
    store, other = Store(tmp_path / "store"), Store(tmp_path / "store")
    path = step(1000)
    kept = store.keep(path, tree_at(path))
    now = path.stat().st_mtime
    other.evict(10**9, now)

    store.publish(record_of("a", tree_at(path), kept))
    assert is_complete(store, store.publish(record_of("a", tree_at(path), kept)), tmp_path / "out")
    other.evict(10**9, now)
    assert store.usage().real == 0


@pytest.mark.parametrize("how", ["forgone", "closed", "a day old"])
def test_what_is_kept_and_never_published_goes_at_last(
    tmp_path: Path, step: Make, how: str
) -> None:
    store, other = Store(tmp_path / "store"), Store(tmp_path / "store")
    path = step(1000)
    kept = store.keep(path, tree_at(path))
    now = path.stat().st_mtime
    if how == "forgone":
        store.forgo(kept)
    elif how == "closed":
        store.close()

    other.evict(0, now + (90_000 if how == "a day old" else 0))
    assert other.usage().real == 0


def test_a_step_that_served_lately_outlives_its_equal(tmp_path: Path, step: Make) -> None:
    times = iter(range(100, 200))
    store = Store(tmp_path / "store", clock=lambda: next(times))
    for name in ("a", "b"):
        compute(store, name, step(1000))
    store.record(key("b"))
    store.record(key("a"))

    assert store.evict(1, now=0).records == (key("b"),)
