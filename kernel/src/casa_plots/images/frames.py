"""A frame with world coordinates: ticks and labels that fit, and the beam in its corner."""

import math
from typing import Any, Final

import numpy as np

from casa_plots.images.described import Beam, Described, Kind
from casa_plots.images.layout import Layout
from casa_plots.images.planes import Cut
from casa_plots.images.sky import label, north_and_east, plane_wcs
from casa_plots.picture import Region, Size
from casa_plots.style import Style

FRAME: Final = "image"
_BEAM_AT_MOST: Final = 0.4  # of the frame's smaller side


def add_frame(
    figure: Any,  # noqa: ANN401 - matplotlib's
    box: tuple[float, float, float, float],
    described: Described,
    cut: Cut,
    shown: Region,
    look: Style,
    layout: Layout,
    size: Size,
) -> Any:  # noqa: ANN401
    """Return astropy's axes with world coordinates of a plane, in pixel coordinates of the image.

    Parameters
    ----------
    figure : Figure
        Where to.
    box : tuple of float
        Left, bottom, width, height in fractions of the figure.
    described, cut
        The plane.
    shown : Region
        What is at the edges.
    look, layout, size
        Colours, letters, and how big the picture is.
    """
    from astropy.visualization.wcsaxes import WCSAxes  # noqa: PLC0415 - slow to load

    # Of two celestial axes the sub-image has them in the order of x and y.
    wcs, slices = plane_wcs(described, cut)
    axes = WCSAxes(figure, list(box), wcs=wcs, **({"slices": slices} if slices else {}))
    figure.add_axes(axes)
    axes.set_facecolor(look.blank)
    axes.set_xlim(shown.left, shown.right)
    axes.set_ylim(shown.bottom, shown.top)
    axes.set_aspect("auto")  # the box has the aspect already
    world = {cut.x: 0, cut.y: 1} if slices is None else {cut.x: cut.x, cut.y: cut.y}
    helpers = list(axes.coords)
    for helper in helpers:
        helper.set_ticks_visible(False)
        helper.set_ticklabel_visible(False)
        helper.set_axislabel("")
    room = (box[2] * size.width / (layout.letters / 10), box[3] * size.height)
    for axis, side, space in ((cut.x, "b", room[0]), (cut.y, "l", room[1])):
        helper = helpers[world[axis]]
        _one(helper, described, axis, side, space, look, layout)
    axes.coords.frame.set_color(look.faint)
    axes.coords.frame.set_linewidth(0.8)
    return axes


def _one(
    helper: Any,  # noqa: ANN401 - astropy's
    described: Described,
    axis: int,
    side: str,
    space: float,
    look: Style,
    layout: Layout,
) -> None:
    kind = described.axes[axis].kind
    helper.set_ticks_visible(True)
    helper.set_ticklabel_visible(True)
    helper.set_ticks_position(side)
    helper.set_ticklabel_position(side)
    helper.set_axislabel_position(side)
    is_hours = described.frame not in {"GALACTIC", "SUPERGAL", "ECLIPTIC"} and not (
        described.frame.startswith("AZEL")
    )
    if kind is Kind.LONGITUDE:
        helper.set_format_unit("hourangle" if is_hours else "deg")
    if kind is Kind.LATITUDE:
        helper.set_format_unit("deg")
    if kind is Kind.SPECTRAL and str(described.wcs.wcs.ctype[axis]).startswith("FREQ"):
        helper.set_format_unit("GHz")
        # As many digits as tell channels that are a tenth of the axis apart.
        span = abs(float(described.wcs.wcs.cdelt[axis])) * described.axes[axis].length / 1e9
        digits = min(9, max(1, math.ceil(1 - math.log10(max(span, 1e-9)))))
        helper.set_major_formatter("x." + "x" * digits)
    # A label such as 15h21m00.00s is a good inch wide.
    helper.set_ticks(
        number=max(3, round(space / (1.25 if side == "b" else 0.85))),
        color=look.faint,
        size=4,
        width=0.8,
    )
    helper.set_ticklabel(
        exclude_overlapping=True, color=look.text, size=layout.letters * 0.9, simplify=True
    )
    helper.set_axislabel(
        label(described, axis),
        color=look.text,
        size=layout.letters,
        minpad=0.8 if side == "b" else 0.6,
    )
    helper.display_minor_ticks(False)


def add_beam(axes: Any, described: Described, cut: Cut, beam: Beam, shown: Region) -> bool:  # noqa: ANN401
    """Draw a beam in the lower left corner; return whether there was room."""
    from matplotlib.patches import Ellipse, Rectangle  # noqa: PLC0415

    middle = np.array([(shown.left + shown.right) / 2]), np.array([(shown.bottom + shown.top) / 2])
    north, east = (each[0] for each in north_and_east(described, cut, *middle))
    if not np.isfinite([*north, *east]).all():
        return False
    angle = math.radians(beam.angle)
    along = (math.cos(angle) * north + math.sin(angle) * east) * beam.major
    across = (-math.sin(angle) * north + math.cos(angle) * east) * beam.minor
    half = np.hypot(along, across) / 2  # of the box around the ellipse
    width, height = shown.right - shown.left, shown.top - shown.bottom
    if 2 * half[0] > _BEAM_AT_MOST * width or 2 * half[1] > _BEAM_AT_MOST * height:
        return False
    pad = 0.015 * min(width, height)
    corner = np.array([shown.left + pad, shown.bottom + pad])
    box = Rectangle(
        tuple(corner), *(2 * half + 2 * pad), facecolor="#ffffff", alpha=0.75, linewidth=0
    )
    ellipse = Ellipse(
        tuple(corner + half + pad),
        float(np.hypot(*along)),
        float(np.hypot(*across)),
        angle=math.degrees(math.atan2(along[1], along[0])),
        facecolor="#3c3c3c",
        edgecolor="#000000",
        linewidth=0.8,
    )
    for patch in (box, ellipse):
        patch.set_zorder(8)
        axes.add_patch(patch)
    return True
