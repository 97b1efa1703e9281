"""Which steps of two executions are the same: by task and main output, else by their order."""

from collections.abc import Hashable, Sequence
from difflib import SequenceMatcher

from recompute.graphs import roles
from recompute.graphs.words import canonical
from recompute.model import Step


def counterparts(then: Sequence[Step], now: Sequence[Step]) -> dict[int, int]:
    """Return which of the steps now each of the steps then has become; some have none.

    First steps that kept their task, main output and order are paired, then those that changed
    their place, and at last those that stand between the same neighbours and do the same task,
    but for another output. No step is paired twice.
    """
    names = [roles.identity(each) for each in then], [roles.identity(each) for each in now]
    pairs = _in_order(*names)
    free = sorted(set(range(len(now))) - set(pairs.values()))
    for old in (n for n in range(len(then)) if n not in pairs):
        moved = [new for new in free if names[0][old] == names[1][new]]
        _pair(old, moved, then, now, pairs, free)
    for old in (n for n in range(len(then)) if n not in pairs):
        low, high = _neighbours(old, pairs, len(now))
        renamed = [new for new in free if low < new < high and now[new].task == then[old].task]
        _pair(old, renamed, then, now, pairs, free)
    return pairs


def _in_order(then: Sequence[Hashable], now: Sequence[Hashable]) -> dict[int, int]:
    blocks = SequenceMatcher(None, then, now, autojunk=False).get_matching_blocks()
    return {block.a + n: block.b + n for block in blocks for n in range(block.size)}


def _pair(
    old: int,
    candidates: Sequence[int],
    then: Sequence[Step],
    now: Sequence[Step],
    pairs: dict[int, int],
    free: list[int],
) -> None:
    if candidates:
        pairs[old] = max(candidates, key=lambda new: _likeness(then[old], now[new]))
        free.remove(pairs[old])


def _neighbours(old: int, pairs: dict[int, int], end: int) -> tuple[int, int]:
    low = max((new for before, new in pairs.items() if before < old), default=-1)
    high = min((new for after, new in pairs.items() if after > old), default=end)
    return low, high


def _likeness(one: Step, other: Step) -> int:
    """Return how many parameters two steps share."""
    mine = {(name, canonical(each)) for name, each in one.parameters.items()}
    return len(mine & {(name, canonical(each)) for name, each in other.parameters.items()})
