"""A shelf in a directory, for tests of what uses one."""

import shutil
from pathlib import Path

from blake3 import blake3
from recompute.errors import NotInStoreError
from recompute.model import Digest, Tree


class DirectoryShelf:
    """Keeps files by their digests; trees in memory."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.fetched: list[Digest] = []
        self._trees: dict[Digest, Tree] = {}
        place.mkdir()

    def keep(self, path: Path, tree: Tree) -> Digest:
        for name, file in tree.files.items():
            shutil.copyfile(path / name if name else path, self.place / file.blob)
        kept = Digest(blake3(repr(tree).encode()).hexdigest())
        self._trees[kept] = tree
        return kept

    def tree(self, kept: Digest) -> Tree:
        return self._trees[kept]

    def fetch(self, blob: Digest, to: Path) -> None:
        if not (self.place / blob).exists():
            raise NotInStoreError(f"{blob} is not there")
        self.fetched.append(blob)
        shutil.copyfile(self.place / blob, to)
