"""Trees and records into the own store, whole or not at all."""

import os
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Final

from blake3 import blake3

from recompute.errors import CodecError, NotInStoreError, StoreFullError
from recompute.model import Digest, Record, Tree
from recompute.store import locks
from recompute.store.collecting import collect
from recompute.store.documents import digest_of, json_of_record, json_of_tree, seal
from recompute.store.finding import missing_of
from recompute.store.layout import sharded
from recompute.store.reading import Reader
from recompute.store.room import Meter, free_bytes, full_is_an_error, over_quota
from recompute.store.scratch import Scratch
from recompute.store.taking import Source, drafted, name

# This part of the quota is freed beyond what is needed: not every step shall have to look at all.
_SPARE: Final = 20


class Keeper:
    """Writes a store.

    Files of trees are on the disk before they have names. Records, and what anything is called, go
    there when the system likes, those of anchors at once: if the power fails, what is lost or
    half written is a miss, and the step is computed again.

    Parameters
    ----------
    quota
        Bytes, or None. Processes that write at the same moment may together exceed it by what they
        are about to write; the next one evicts that.
    clock
        Seconds since 1970.
    """

    def __init__(
        self, own: Reader, scratch: Scratch, quota: int | None, clock: Callable[[], float]
    ) -> None:
        self._own = own
        self._layout = own.layout
        self._scratch = scratch
        self._quota = quota
        self._clock = clock
        self._meter = Meter(own.layout)

    def keep(self, tree: Tree, where: Callable[[str], Path]) -> Digest:
        """Keep a tree; idempotent.

        Parameters
        ----------
        where
            Gives the path of a file by its name in the tree.
        """
        document = seal(json_of_tree(tree))
        kept = digest_of(document)
        with full_is_an_error(self._layout.place, len(document)):
            claim = self._scratch.claim(kept, document)
        try:
            self._take(tree, document, where, lambda: os.utime(claim))
            os.utime(claim)  # the day of the claim begins now
        except BaseException:
            self._scratch.disclaim(kept, claim)
            raise
        return kept

    def publish(self, record: Record, figures: Iterable[bytes]) -> Record:
        """Keep a record, whole or not at all; see `recompute.ports.Records`."""
        pictures = [(Digest(blake3(each).hexdigest()), each) for each in figures]
        whole = replace(record, figures=(*record.figures, *(blob for blob, _ in pictures)))
        pages = {sharded(self._layout.blobs, blob): each for blob, each in pictures}
        document = _document_of(whole)
        need = len(document) + sum(map(len, pages.values()))
        pages[sharded(self._layout.records, record.key)] = document
        self._make_room_as_far_as_possible(need)
        with (
            full_is_an_error(self._layout.place, need),
            drafted(self._scratch.new, {}, pages, to_disk=False) as drafts,
        ):
            self._name_together(whole, drafts)
        for each in whole.outputs:
            if each.tree is not None:
                self._scratch.disclaim(each.tree)
        return whole

    def _name_together(self, record: Record, drafts: dict[Path, Path]) -> None:
        """Name figures and then the record, while nobody removes what it refers to."""
        *figures, last = drafts
        with locks.shared(self._layout.collecting):
            for path in figures:
                name(drafts[path], path)
            missing = next(missing_of(self._own, record), "")
            if missing:
                raise NotInStoreError(
                    f"{record.task} refers to the {missing}, which is not in the store any more; "
                    "keep its outputs again, then publish it."
                )
            name(drafts[last], last)

    def _take(
        self,
        tree: Tree,
        document: bytes,
        where: Callable[[str], Path],
        after_each: Callable[[], None],
    ) -> None:
        sources = {
            sharded(self._layout.blobs, file.blob): Source(where(each), file.size, file.blob)
            for each, file in tree.files.items()
            if self._own.blob(file.blob, file.size) is None
        }
        if not sources and self._own.tree(digest_of(document)) is not None:
            return
        need = len(document) + sum(each.size for each in sources.values())
        self._make_room(need)
        try:
            self._write(sources, document, need, after_each)
        except StoreFullError:
            # The disk had less than it said, or the user's own disk quota is smaller.
            if not self._collect(need, at_least=need):
                raise
            self._write(sources, document, need, after_each)

    def _write(
        self,
        sources: dict[Path, Source],
        document: bytes,
        need: int,
        after_each: Callable[[], None],
    ) -> None:
        page = sharded(self._layout.trees, digest_of(document))
        with (
            full_is_an_error(self._layout.place, need),
            drafted(self._scratch.new, sources, {page: document}, after_each) as drafts,
        ):
            for path, draft in drafts.items():
                name(draft, path)

    def _make_room(self, need: int) -> None:
        """Evict so that the quota is kept and the disk suffices.

        Raises
        ------
        StoreFullError
            The quota forbids it.
        """
        if self._quota is not None:
            used = self._meter.used()
            over = used + need - self._quota
            if over > 0 and self._collect(over + self._quota // _SPARE, at_least=over) < over:
                raise over_quota(self._layout.place, need, used, self._quota)
        short = need - free_bytes(self._layout.place)
        if short > 0:
            # Not refused if that is not enough: a clone that shares blocks needs none.
            self._collect(short, at_least=short)

    def _make_room_as_far_as_possible(self, need: int) -> None:
        """Evict, and go on in any case: the trees are kept already, and this is little."""
        if self._quota is not None:
            over = self._meter.used() + need - self._quota
            if over > 0:
                self._collect(over)

    def _collect(self, need: int, at_least: int = 0) -> int:
        return collect(self._own, need, self._clock(), at_least=at_least).freed


def _document_of(record: Record) -> bytes:
    try:
        return seal(json_of_record(record))
    except (TypeError, ValueError) as error:
        raise CodecError(
            f"The record of {record.task} is no JSON ({error}); encode its result by "
            "recompute.codec."
        ) from error
