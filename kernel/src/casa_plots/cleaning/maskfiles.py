"""Masks as images on disk: read plane by plane, written as a copy of one that CASA made."""

from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

import numpy as np

from casa_plots.cleaning.masks import Plane, shared
from casa_plots.cleaning.outlines import Mask
from casa_plots.cleaning.trees import clone_tree, remove_tree
from casa_plots.images.opening import open_image

# In CASA a pixel is in a mask if its value is at least this.
_THRESHOLD = 0.5


def read_masks(path: Path) -> dict[Plane, Mask]:
    """Return the planes of a mask image that are not empty, ``(nx, ny)`` each.

    Raises
    ------
    MissingDataError
        It cannot be read.
    """
    image = open_image(str(path))
    nx, ny, stokes, channels = image.described.shape

    def plane(one: int, channel: int) -> Mask:
        pixels = image.read((0, 0, one, channel), (nx, ny, one + 1, channel + 1))
        return np.asarray(np.nan_to_num(pixels[:, :, 0, 0]) >= _THRESHOLD)

    keys = [(one, channel) for one in range(stokes) for channel in range(channels)]
    return shared((key, plane(*key)) for key in keys)


def write_masks(
    template: Path, target: Path, shape: tuple[int, int, int, int], planes: Mapping[Plane, Mask]
) -> None:
    """Write a mask image with the coordinates of another image.

    Parameters
    ----------
    template : Path
        A mask image of CASA's of the same shape.
    target : Path
        Must not exist; it appears when it is complete.
    shape : tuple of int
        Pixels along x and y, Stokes planes, channels.
    planes : mapping of Plane to ndarray of bool
        Those that are not empty.
    """
    from casacore.tables import table  # noqa: PLC0415 - brings OpenMP; with the first mask

    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_name(f".{target.name}.new")
    remove_tree(draft)
    clone_tree(template, draft)
    nx, ny, stokes, channels = shape
    empty = np.zeros((nx, ny), dtype=bool)
    options = {"readonly": False, "ack": False, "lockoptions": "user"}
    with closing(table(str(draft), **options)) as image:
        image.lock()
        for channel in range(channels):
            for one in range(stokes):
                pixels = planes.get((one, channel), empty).astype(np.float32)
                # casacore's arrays come with their axes turned around.
                first, last = [channel, one, 0, 0], [channel, one, ny - 1, nx - 1]
                image.putcellslice("map", 0, pixels.T[None, None], first, last)
        image.unlock()
    draft.rename(target)
