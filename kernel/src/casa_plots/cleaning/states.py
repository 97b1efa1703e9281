"""How the images were before each of the last cycles, so that a cycle can be taken back."""

from pathlib import Path
from typing import Final

from casa_plots.cleaning.trees import clone_tree, remove_tree

# What a cycle changes, see casacore's SIImageStore; each may end in .tt0 and so on.
_CHANGED: Final = ("residual", "model", "mask", "sumwt", "weight")


class States:
    """Copies of what cycles change, in a directory beside the images.

    Parameters
    ----------
    imagename : str
        As `tclean` has it.
    depth : int
        How many are kept; older ones are removed.
    """

    def __init__(self, imagename: str, depth: int) -> None:
        # Absolute: whoever looks at an image later may be in another directory.
        self._images = Path(imagename).absolute()
        self._place = self._images.with_name(f"{self._images.name}.states")
        self._depth = depth
        self._kept: list[Path] = []
        self._count = 0
        remove_tree(self._place)  # of a session that was killed

    def __len__(self) -> int:
        return len(self._kept)

    def keep(self) -> None:
        """Keep the images as they are.

        Raises
        ------
        OSError
            There is no room.
        """
        self._count += 1
        place = self._place / f"{self._count:03}"
        place.mkdir(parents=True)
        try:
            for each in self._changing():
                clone_tree(each, place / each.name)
        except BaseException:
            remove_tree(place)
            raise
        self._kept.append(place)
        while len(self._kept) > self._depth:
            remove_tree(self._kept.pop(0))

    def put_back(self) -> None:
        """Let the images be as they were when they were kept last."""
        place = self._kept.pop()
        aside = self._place / "aside"
        aside.mkdir()
        for each in self._changing():
            each.rename(aside / each.name)
        for each in place.iterdir():
            each.rename(self._images.with_name(each.name))
        remove_tree(aside)
        remove_tree(place)

    def latest(self, name: str) -> Path | None:
        """Return where an image is as it was kept last, None if it was not there."""
        path = self._kept[-1] / name if self._kept else None
        return path if path is not None and path.exists() else None

    def clear(self) -> None:
        """Remove all that is kept."""
        self._kept.clear()
        remove_tree(self._place)

    def _changing(self) -> list[Path]:
        start = f"{self._images.name}."
        return [
            each
            for each in self._images.parent.iterdir()
            if each.name.startswith(start)
            and each.name.removeprefix(start).split(".")[0] in _CHANGED
            and (each / "table.dat").is_file()
        ]
