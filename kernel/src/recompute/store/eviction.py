"""What goes when room is needed: least recompute time per byte first. A pure function.

What a record is worth keeping is how long its step took, for each byte that goes with it. Bytes
that another record holds as well would stay, so they do not count. Records of the very same trees,
such as those of a calibration that was applied twice, are therefore weighed together: each alone
would free nothing and be worth everything.

The rule of value per size is that of GreedyDual-Size (Cao and Irani, USENIX Symposium on Internet
Technologies and Systems 1997) without its clock: age decides among equals only.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from heapq import heapify, heappop, heappush

from recompute.model import Key

Item = str
"""A blob's or tree's path in the store."""


@dataclass(frozen=True, slots=True)
class Holding:
    """A record, as eviction sees it.

    Attributes
    ----------
    seconds : float
        What computing it again takes.
    used : float
        When it last served, seconds since 1970.
    size : int
        Bytes of the record itself.
    items : frozenset of str
        What it refers to.
    pinned : bool
        It stays.
    """

    key: Key
    seconds: float
    used: float
    size: int
    items: frozenset[Item]
    pinned: bool = False


@dataclass(frozen=True, slots=True)
class Inventory:
    """All that a store holds.

    Attributes
    ----------
    holdings : tuple of Holding
        Of all records.
    sizes : mapping
        Bytes of every item that is there.
    held : frozenset of str
        What stays whatever becomes of the records: of anchors, and of what somebody just keeps.
    """

    holdings: tuple[Holding, ...]
    sizes: Mapping[Item, int]
    held: frozenset[Item] = frozenset()


@dataclass(frozen=True, slots=True)
class Plan:
    """What goes.

    Attributes
    ----------
    records : tuple of Key
        In the order of their value.
    items : tuple of str
        Sorted; nothing that stays refers to them.
    freed : int
        Bytes.
    """

    records: tuple[Key, ...]
    items: tuple[Item, ...]
    freed: int


@dataclass(frozen=True)
class _Unit:
    """Records that hold the same."""

    holdings: tuple[Holding, ...]

    @property
    def items(self) -> frozenset[Item]:
        return self.holdings[0].items

    @property
    def seconds(self) -> float:
        return sum(each.seconds for each in self.holdings)

    @property
    def used(self) -> float:
        return max(each.used for each in self.holdings)

    @property
    def size(self) -> int:
        return sum(each.size for each in self.holdings)

    @property
    def keys(self) -> tuple[Key, ...]:
        return tuple(each.key for each in self.holdings)


def plan(inventory: Inventory, need: int) -> Plan:
    """Return what goes so that ``need`` bytes become free, or as many as may.

    What nothing refers to goes in any case.
    """
    stay, may_go = _parted(inventory.holdings)
    kept = inventory.held.union(*(each.items for each in stay))
    gone = _orphans(inventory, kept)
    records: list[Key] = []
    freed = sum(inventory.sizes[each] for each in gone)
    for unit, items, size in _by_value(may_go, inventory.sizes, kept):
        if freed >= need:
            break
        records += unit.keys
        gone |= items
        freed += size
    return Plan(tuple(records), tuple(sorted(gone)), freed)


def _orphans(inventory: Inventory, kept: frozenset[Item]) -> set[Item]:
    referred = kept.union(*(each.items for each in inventory.holdings))
    return {each for each in inventory.sizes if each not in referred}


def _parted(holdings: Iterable[Holding]) -> tuple[list[Holding], list[_Unit]]:
    """Return what is pinned, and the units of which nothing is."""
    together: dict[frozenset[Item], list[Holding]] = defaultdict(list)
    for each in sorted(holdings, key=lambda each: each.key):
        together[each.items].append(each)
    stay: list[Holding] = []
    may_go: list[_Unit] = []
    for same in together.values():
        pinned = [each for each in same if each.pinned]
        stay += pinned
        # Beside a pinned twin the others free no more than themselves, and may go for that.
        free = tuple(each for each in same if not each.pinned)
        if free:
            may_go.append(_Unit(free))
    return stay, may_go


def _by_value(
    units: Collection[_Unit], sizes: Mapping[Item, int], kept: frozenset[Item]
) -> Iterator[tuple[_Unit, frozenset[Item], int]]:
    """Yield units, the least valuable first, each with the items and bytes that go with it.

    Every unit that goes may leave another one as the only holder of something; that one's value
    falls, so it enters the heap again and its older, too high entry is passed over.
    """
    by_key = {each.keys[0]: each for each in units}
    holders: dict[Item, set[Key]] = defaultdict(set)
    for key, unit in by_key.items():
        for item in unit.items - kept:
            holders[item].add(key)
    sole: Counter[Key] = Counter({key: unit.size for key, unit in by_key.items()})
    for item, keys in holders.items():
        if len(keys) == 1:
            sole[next(iter(keys))] += sizes.get(item, 0)

    heap = [_entry(unit, sole[key]) for key, unit in by_key.items()]
    heapify(heap)
    while heap:
        *_, size, key = heappop(heap)
        if key not in by_key or size != sole[key]:
            continue
        unit = by_key.pop(key)
        items = frozenset(item for item in unit.items - kept if holders[item] == {key})
        for item in unit.items - kept:
            holders[item].discard(key)
            if len(holders[item]) == 1:
                other = next(iter(holders[item]))
                sole[other] += sizes.get(item, 0)
                heappush(heap, _entry(by_key[other], sole[other]))
        yield unit, frozenset(item for item in items if item in sizes), size


def _entry(unit: _Unit, size: int) -> tuple[float, float, int, Key]:
    return (unit.seconds / max(size, 1), unit.used, size, unit.keys[0])
