"""Matplotlib's figures that a task draws, as pictures that travel."""

import io
import sys
from collections.abc import Iterator
from typing import Final

_DOTS_PER_INCH: Final = 100


def open_figures() -> Iterator[bytes]:
    """Yield each open figure of pyplot as PNG, and close it; nothing is imported for it."""
    pyplot = sys.modules.get("matplotlib.pyplot")
    if pyplot is None:
        return
    for number in pyplot.get_fignums():
        picture = io.BytesIO()
        figure = pyplot.figure(number)
        figure.savefig(picture, format="png", dpi=_DOTS_PER_INCH, bbox_inches="tight")
        pyplot.close(figure)
        yield picture.getvalue()
