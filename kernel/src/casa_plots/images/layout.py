"""Where an image is in its picture, and what is around it."""

from dataclasses import dataclass

from casa_plots.picture import Size


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
