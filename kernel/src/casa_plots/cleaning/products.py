"""The images that `tclean` makes, under one name."""

from enum import StrEnum
from pathlib import Path

import numpy as np

from casa_plots.errors import MissingDataError
from casa_plots.images.opening import open_image


class Product(StrEnum):
    """An image that somebody may want to look at."""

    RESIDUAL = "residual"
    MODEL = "model"
    IMAGE = "image"
    PSF = "psf"
    MASK = "mask"


class Products:
    """The images of one ``imagename``.

    Parameters
    ----------
    imagename : str
        As `tclean` has it.
    """

    def __init__(self, imagename: str) -> None:
        self._base = Path(imagename).absolute()

    def path(self, product: str) -> Path | None:
        """Return where an image is, its first term of many; None if there is none."""
        for ending in ("", ".tt0"):
            path = self._base.with_name(f"{self._base.name}.{product}{ending}")
            if (path / "table.dat").is_file():
                return path
        return None

    def shape(self) -> tuple[int, int, int, int]:
        """Return pixels along x and y, Stokes planes, channels of the residual.

        Raises
        ------
        MissingDataError
            There is no residual.
        """
        found = self.path(Product.RESIDUAL)
        if found is None:
            raise MissingDataError(f"{self._base.name}.residual does not exist.")
        nx, ny, stokes, channels = open_image(str(found)).described.shape
        return nx, ny, stokes, channels

    def peak(self, product: str) -> float:
        """Return the largest absolute value of an image, of all that is not blanked; else 0."""
        found = self.path(product)
        if found is None:
            return 0.0
        image = open_image(str(found))
        nx, ny, stokes, channels = image.described.shape
        peaks = [0.0]
        for one in range(stokes):
            for channel in range(channels):
                pixels = image.read((0, 0, one, channel), (nx, ny, one + 1, channel + 1))
                finite = pixels[np.isfinite(pixels)]
                peaks.append(float(np.abs(finite).max()) if finite.size else 0.0)
        return max(peaks)
