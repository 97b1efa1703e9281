"""Colours and sizes of what is around an image, in light and dark."""

from dataclasses import dataclass
from typing import Any, Final

from casa_plots.picture import Size, Theme


@dataclass(frozen=True, slots=True)
class Look:
    """Colours of one theme."""

    ground: str
    text: str
    faint: str
    blank: str  # where an image has no value


_LOOKS: Final = {
    Theme.LIGHT: Look("#ffffff", "#1f2328", "#656d76", "#d5d8dc"),
    Theme.DARK: Look("#111111", "#e6e6e6", "#9aa0a6", "#3a3d42"),
}
# For lines over an image, apart from each other for the colour-blind too (after Okabe and Ito).
# On white, darker.
DARK_LINES: Final = ("#0072b2", "#d55e00", "#00875f", "#b8619a", "#7a4fb0")
LINES: Final = ("#56b4e9", "#009e73", "#f0e442", "#cc79a7", "#e69f00")


def look_of(theme: Theme) -> Look:
    """Return the colours of a theme."""
    return _LOOKS[theme]


@dataclass(frozen=True, slots=True)
class Layout:
    """Where things are in a picture, in inches, and how big letters are, in points."""

    left: float
    right: float
    bottom: float
    top: float
    letters: float

    @classmethod
    def of(cls, size: Size, *, has_wedge: bool) -> "Layout":
        """Return the layout of a picture with or without a colour wedge at its right."""
        letters = min(14.0, max(6.5, 10.0 * (min(size.width / 8, size.height / 6)) ** 0.5))
        unit = letters / 10.0
        return cls(
            left=1.05 * unit,
            right=(1.3 if has_wedge else 0.35) * unit,
            bottom=0.62 * unit,
            top=0.48 * unit,
            letters=letters,
        )

    def box(self, size: Size, ratio: float | None) -> tuple[float, float, float, float]:
        """Return left, bottom, width and height of the frame, as fractions of the picture.

        Parameters
        ----------
        size : Size
            Of the picture.
        ratio : float, optional
            Height over width that the frame shall have; None to fill what there is.
        """
        width = max(0.2, size.width - self.left - self.right)
        height = max(0.2, size.height - self.bottom - self.top)
        own_width, own_height = width, height
        if ratio is not None:
            own_width = min(width, height / ratio)
            own_height = own_width * ratio
        left = self.left + (width - own_width) / 2
        bottom = self.bottom + (height - own_height) / 2
        return (
            left / size.width,
            bottom / size.height,
            own_width / size.width,
            own_height / size.height,
        )


def new_figure(size: Size, look: Look) -> Any:  # noqa: ANN401 - matplotlib's, not pyplot's
    """Return an empty figure of its own: nothing global knows it."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: PLC0415 - slow to load
    from matplotlib.figure import Figure  # noqa: PLC0415

    figure = Figure(figsize=(size.width, size.height), dpi=size.dpi, facecolor=look.ground)
    FigureCanvasAgg(figure)
    return figure
