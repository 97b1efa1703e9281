"""Drawing a scene: one plane of each image in one frame."""

from typing import Any, Final

from casa_plots.images.canvas import Canvas
from casa_plots.images.described import Described, Kind
from casa_plots.images.frames import FRAME, add_beam, add_frame
from casa_plots.images.layers import paint_contour, paint_outlines, paint_raster, paint_vector
from casa_plots.images.layout import Layout
from casa_plots.images.measuring import beam_of
from casa_plots.images.saving import content_of
from casa_plots.images.scene import Scene, Source
from casa_plots.images.sky import pixel_scales, plane_title
from casa_plots.picture import Format, Frame, Looking, Picture, Region, Size
from casa_plots.style import STYLES, new_figure, undisturbed

_TICKS_APART: Final = 0.045  # of the wedge's height
_ELONGATED: Final = 5.0  # planes more so fill the frame instead of keeping their aspect


@undisturbed()
def draw_scene(
    scene: Scene, number: int, region: Region, looking: Looking, form: Format
) -> Picture:
    """Draw plane `number` of a scene.

    Parameters
    ----------
    scene : Scene
        The layers.
    number : int
        Which plane of the base image.
    region : Region
        What to show, in pixel coordinates of the base image.
    looking : Looking
        Size and theme.
    form : Format
        Of the file.
    """
    look = STYLES[looking.theme]
    described = scene.base.image.described
    cut = scene.base.plane(number)
    layout = Layout.of(looking.size, has_wedge=any(each.wedge for each in scene.rasters))
    box = layout.box(looking.size, _ratio(described, scene.base, region))
    figure = new_figure(looking.size, look)
    axes = add_frame(figure, box, described, cut, region, look, layout, looking.size)
    if not scene.rasters:
        axes.set_facecolor(look.ground)
    width, height = looking.size.pixels
    pixels = (max(1, round(box[2] * width)), max(1, round(box[3] * height)))
    canvas = Canvas(axes, figure, scene.base, cut, region, pixels, look, layout)
    said = []
    has_wedge = False
    for raster in scene.rasters:
        sentence, painted, unit = paint_raster(canvas, raster)
        said.append(sentence)
        # There is room for one wedge: that of the first who wants it.
        if painted is not None and raster.wedge and not has_wedge:
            _wedge(canvas, painted, unit, box, looking.size)
            has_wedge = True
    said += [paint_contour(canvas, each, i) for i, each in enumerate(scene.contours)]
    said += [paint_vector(canvas, each, i) for i, each in enumerate(scene.vectors)]
    paint_outlines(canvas, scene.outlines)
    _beam(canvas)
    title = plane_title(described, cut)
    _write_title(canvas, described.name, title)
    alternative = f"{described.name}: {title or 'image'}. " + " ".join(
        each for each in said if each
    )
    content = content_of(figure, form)
    frame = Frame(
        name=FRAME,
        box=Region(box[0], box[0] + box[2], box[1], box[1] + box[3]),
        shown=region,
        x_label="x (pixels)",
        y_label="y (pixels)",
    )
    return Picture(content, looking.size.pixels, (frame,), alternative.strip())


def _ratio(described: Described, base: Source, region: Region) -> float | None:
    """Return height over width of the frame: that of the sky, or of pixels."""
    width, height = abs(region.right - region.left), abs(region.top - region.bottom)
    if not base.is_celestial:
        ratio = height / width
        return ratio if 1 / _ELONGATED < ratio < _ELONGATED else None
    longitude, latitude = pixel_scales(described)
    if described.axes[base.cut.x].kind is Kind.LATITUDE:
        longitude, latitude = latitude, longitude
    return height * latitude / (width * longitude)


def _wedge(
    canvas: Canvas,
    mappable: Any,  # noqa: ANN401 - matplotlib's
    unit: str,
    box: tuple[float, float, float, float],
    size: Size,
) -> None:
    letters = canvas.layout.letters
    left = box[0] + box[2] + 0.12 * letters / 10 / size.width
    place = canvas.figure.add_axes((left, box[1], 0.16 * letters / 10 / size.width, box[3]))
    bar = canvas.figure.colorbar(mappable, cax=place)
    bar.outline.set_edgecolor(canvas.look.faint)
    bar.outline.set_linewidth(0.8)
    bar.ax.tick_params(
        color=canvas.look.faint,
        labelcolor=canvas.look.text,
        labelsize=letters * 0.85,
        width=0.8,
        length=3,
    )
    bar.ax.yaxis.get_offset_text().set(color=canvas.look.text, size=letters * 0.85)
    bar.set_ticks(_wedge_ticks(mappable.norm))
    bar.set_label(unit or "value", color=canvas.look.text, size=letters)


def _wedge_ticks(norm: Any) -> list[float]:  # noqa: ANN401 - matplotlib's
    """Return round values between the limits that are not written over each other."""
    from matplotlib.ticker import MaxNLocator  # noqa: PLC0415 - slow to load

    low, high = float(norm.vmin), float(norm.vmax)
    chosen: list[float] = []
    last = -1.0
    for tick in MaxNLocator(nbins=9).tick_values(low, high):
        place = float(norm(tick)) if low <= tick <= high else -1.0
        if place >= 0 and (place - last >= _TICKS_APART or not chosen):
            chosen.append(float(tick))
            last = place
    return chosen


def _beam(canvas: Canvas) -> None:
    described = canvas.base.image.described
    if not canvas.base.is_celestial:
        return
    beam = beam_of(described, canvas.cut)
    if beam is not None:
        add_beam(canvas.axes, described, canvas.cut, beam, canvas.shown)


def _write_title(canvas: Canvas, name: str, plane: str) -> None:
    size = canvas.layout.letters * 1.05
    width = canvas.figure.get_size_inches()[0]
    left = canvas.axes.get_position().x0
    # Letters are a little over half as wide as they are high.
    most = max(8, int((1 - left) * width * 72 / (size * 0.58)))
    room = max(18, most - len(plane) - 3)
    if len(name) > room:
        # Cut in its middle: the end of a name says what kind of image it is.
        name = f"{name[: room // 2 - 1]}…{name[-(room // 2) :]}"
    text = f"{name}   {plane}" if plane else name
    if len(text) > most:
        size *= most / len(text)
    canvas.axes.set_title(text, color=canvas.look.text, size=size, loc="left", pad=8)
