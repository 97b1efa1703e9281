"""A spectrum as a picture."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from casa_plots.images.described import Described
from casa_plots.images.saving import content_of
from casa_plots.images.sky import scaled_unit
from casa_plots.picture import Format, Frame, Looking, Picture, Region
from casa_plots.style import STYLES, Style, new_figure, undisturbed


@undisturbed()
def draw_spectrum(
    described: Described,
    values: NDArray[np.float64],
    unit: str,
    plane: int | None,
    looking: Looking,
) -> Picture:
    """Draw a mean spectrum over velocity, else frequency, else plane.

    Parameters
    ----------
    described : Described
        The image.
    values : ndarray
        One for each plane; NaN where there is none.
    unit : str
        Of the values.
    plane : int, optional
        Which plane is shown beside, to be marked.
    looking : Looking
        Size and theme.
    """
    look = STYLES[looking.theme]
    figure = new_figure(looking.size, look)
    letters = min(12.0, max(6.5, 10.0 * (looking.size.width / 8) ** 0.5))
    axes = figure.add_subplot()
    x, label = abscissa(described, len(values))
    finite = values[np.isfinite(values)]
    largest = float(np.abs(finite).max()) if finite.size else 0.0
    factor, unit = scaled_unit(unit, largest)
    axes.step(x, values * factor, where="mid", color=look.hue(0), linewidth=1.4)
    axes.axhline(0, color=look.faint, linewidth=0.8)
    if plane is not None and plane < len(x):
        axes.axvline(x[plane], color=look.faint, linewidth=1.0, linestyle="dotted")
    axes.margins(x=0.02)
    _style(axes, look, letters)
    axes.set_xlabel(label, color=look.text, size=letters)
    axes.set_ylabel(f"Mean ({unit})" if unit else "Mean", color=look.text, size=letters)
    axes.set_title(described.name, color=look.text, size=letters, loc="left")
    figure.tight_layout()
    left, right = axes.get_xlim()
    bottom, top = axes.get_ylim()
    box = axes.get_position()
    frame = Frame(
        "spectrum",
        Region(box.x0, box.x1, box.y0, box.y1),
        Region(left, right, bottom, top),
        x_label=label,
        y_label=f"Mean ({unit})",
    )
    said = f"Mean spectrum of {described.name}, {len(values)} planes"
    if finite.size:
        peak = int(np.nanargmax(values))
        said += f": highest {values[peak] * factor:.4g} {unit} at {x[peak]:.6g} ({label})"
    return Picture(content_of(figure, Format.PNG), looking.size.pixels, (frame,), f"{said}.")


def abscissa(described: Described, planes: int) -> tuple[NDArray[np.float64], str]:
    """Return positions of planes along x, and what they are."""
    spectral = described.spectral
    if spectral is None or len(spectral.frequencies) != planes:
        return np.arange(planes, dtype=np.float64), "Plane"
    frame = f"{spectral.frame}, " if spectral.frame else ""
    if spectral.velocities is not None:
        return spectral.velocities, f"Velocity ({frame}{spectral.definition}, km/s)"
    return spectral.frequencies / 1e9, f"Frequency ({frame}GHz)"


def _style(axes: Any, look: Style, letters: float) -> None:  # noqa: ANN401 - matplotlib's
    axes.set_facecolor(look.ground)
    axes.tick_params(color=look.faint, labelcolor=look.text, labelsize=letters * 0.9, width=0.8)
    # Differences of GHz matter, so that numbers are written out.
    axes.ticklabel_format(useOffset=False)
    for side in axes.spines.values():
        side.set_color(look.faint)
        side.set_linewidth(0.8)
