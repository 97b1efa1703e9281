"""Pictures as arrays, and where in them a value is."""

from io import BytesIO
from typing import Any

import numpy as np
from casa_plots.picture import Frame, Picture
from numpy.typing import NDArray
from PIL import Image


def pixels(picture: Picture) -> NDArray[Any]:
    """Return ``(height, width, 3)``, the lowest row first, as `Frame.box` counts."""
    with Image.open(BytesIO(picture.content)) as image:
        return np.asarray(image.convert("RGB")).astype(int)[::-1]


def place(frame: Frame, size: tuple[int, int], x: float, y: float) -> tuple[int, int]:
    """Return column and row of a value in a picture."""
    box, shown = frame.box, frame.shown
    across = (x - shown.left) / (shown.right - shown.left)
    up = (y - shown.bottom) / (shown.top - shown.bottom)
    column = (box.left + across * (box.right - box.left)) * size[0]
    row = (box.bottom + up * (box.top - box.bottom)) * size[1]
    return int(column), int(row)


def inked(picture: Picture, ground: tuple[int, int, int] = (255, 255, 255)) -> NDArray[Any]:
    """Return which pixels of the first frame are not ground, without its edge."""
    image, box = pixels(picture), picture.frames[0].box
    width, height = picture.size
    columns = slice(round(box.left * width) + 2, round(box.right * width) - 2)
    rows = slice(round(box.bottom * height) + 2, round(box.top * height) - 2)
    inside = image[rows, columns]
    return np.asarray((np.abs(inside - np.array(ground)) > 12).any(axis=2))
