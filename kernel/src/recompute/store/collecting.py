"""Removing what has the least value, and what nothing refers to."""

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from recompute.model import Key
from recompute.store import disk, eviction, locks
from recompute.store.inventory import inventory, path_of
from recompute.store.layout import Layout, sharded
from recompute.store.reading import Reader
from recompute.store.scratch import remove_what_the_dead_left

_logger: Final = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Evicted:
    """What went.

    Attributes
    ----------
    freed : int
        Bytes.
    """

    records: tuple[Key, ...]
    freed: int


def collect(reader: Reader, need: int, now: float, *, at_least: int = 0) -> Evicted:
    """Remove records until enough is free, and whatever nothing refers to; see `eviction`.

    Nobody refers to anything new meanwhile (`scratch` says how), and a kill in the midst leaves
    things without a record, never a record without its things.

    Parameters
    ----------
    need
        Bytes.
    now
        Seconds since 1970.
    at_least
        Bytes; if so many cannot be had, all stays as it is.
    """
    layout = reader.layout
    with locks.alone(layout.collecting):
        remove_what_the_dead_left(layout)
        found = inventory(reader, now)
        damaged = _of_no_use(layout, found.held) if need else []
        aside = sum(map(disk.size_of, damaged))
        plan = eviction.plan(found, need - aside)
        if plan.freed + aside < at_least:
            return Evicted((), 0)
        for each in damaged:
            each.unlink(missing_ok=True)
        _carry_out(layout, plan)
    if plan.records:
        _logger.info("Evicted %d steps, %d bytes", len(plan.records), plan.freed + aside)
    return Evicted(plan.records, plan.freed + aside)


def _of_no_use(layout: Layout, held: frozenset[str]) -> list[Path]:
    """Return the damaged files but for those of anchors: most of an original beats none."""
    damaged = sorted(layout.damaged.iterdir())
    return [each for each in damaged if each.name.replace("-", "/", 1) not in held]


def _carry_out(layout: Layout, plan: eviction.Plan) -> None:
    for key in plan.records:
        sharded(layout.records, key).unlink(missing_ok=True)
    # Trees before blobs: "blobs/…" sorts first.
    for item in reversed(plan.items):
        path_of(layout, item).unlink(missing_ok=True)
