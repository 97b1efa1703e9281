"""One page as a `View`: from what is on it to a picture, again for each size, theme and region."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from casa_plots.axes import Axis, Quantity
from casa_plots.errors import EmptyPlotError, InvalidParameterError, MissingDataError
from casa_plots.inside import Extension, FlagPreview, Found, Outline
from casa_plots.locating import locate
from casa_plots.picture import Format, Frame, Looking, Picture, Region, Size
from casa_plots.plotms.alternative import alternative
from casa_plots.plotms.colours import SCHEMES, Scheme
from casa_plots.plotms.connecting import connected
from casa_plots.plotms.draw import Drawing, Heads, render
from casa_plots.plotms.extent import Survey, survey
from casa_plots.plotms.header import header_lines
from casa_plots.plotms.iteration import Cell, Family
from casa_plots.plotms.layout import Box, Fonts, Margins, boxes, width_of
from casa_plots.plotms.legend import Key, key_of, tints
from casa_plots.plotms.panel import Curve, Panel, Side, heading, panel
from casa_plots.plotms.raster import Result, aggregate

_VECTORS: Final = frozenset({Format.PDF, Format.SVG, Format.EPS})
_FINER: Final = 2  # pixels inside of a page that has none are finer
_PER_TICK: Final = (6.8, 3.6)  # sizes of its font that a tick takes along x and y
_TIGHT: Final = 9.0  # points around what has no words
_PLAIN: Final = ("exteriorRight", "exteriorLeft", "exteriorBottom")


@dataclass(slots=True)
class PageView:
    """One page of plots.

    Attributes
    ----------
    cells : sequence of Cell
        What is where.
    grid : tuple of int
        Rows and columns.
    title : str
        What it is called among its pages.
    """

    cells: Sequence[Cell]
    grid: tuple[int, int]
    title: str
    _surveys: dict[tuple[int, float | None], Survey] = field(default_factory=dict)

    @property
    def zoomable(self) -> bool:
        """Data are drawn again for a region."""
        return True

    def draw(self, looking: Looking, form: Format = Format.PNG) -> Picture:
        """Draw it.

        Raises
        ------
        EmptyPlotError
            Everything is flagged, or not a number.
        MissingDataError
            The table cannot be read any more.
        """
        try:
            return self._draw(looking, form)
        except RuntimeError as error:  # of casacore: a table that went away while it was read
            raise MissingDataError(
                f"{self._first.source.path} cannot be read any more ({str(error).strip()}): "
                "plot it again."
            ) from error

    @property
    def _first(self) -> Family:
        return self.cells[0].content[0][0]

    def _draw(self, looking: Looking, form: Format) -> Picture:
        size, scheme = looking.size, SCHEMES[looking.theme]
        fonts = Fonts.fitting(size, *self.grid)
        panels = self.panels(looking)
        self._refuse_empty(panels)
        keys = self._keys(panels, scheme, fonts, size)
        outer = {each.place: self._outer(each) for each in panels}
        heads = self._heads(panels)
        beside = len(panels) == 1 and not _above(keys) and _fits(heads, panels[0], fonts, size)
        margins = {
            each.place: _margins(each, key, fonts, outer[each.place])
            for each, key in zip(panels, keys, strict=True)
        }
        found = boxes(size, *self.grid, margins, _height(heads, fonts, beside=beside))
        finer = _FINER if form in _VECTORS else 1
        drawings, said = [], []
        for each, key in zip(panels, keys, strict=True):
            box = found[each.place]
            results = self._results(each, box, scheme, size.dpi * finer, finer)
            said.append((each, results))
            coloured = tints(each, scheme) or (None, None, None)
            lines = connected(each, scheme)
            drawings.append(Drawing(each, box, results, lines, key, outer[each.place], coloured))
        content = render(drawings, heads, size, scheme, fonts, form)
        frames = [
            frame for each in drawings for frame in _frames(each.panel, each.box, size.pixels)
        ]
        return Picture(content, size.pixels, frames, alternative(said))

    def panels(self, looking: Looking) -> list[Panel]:
        """Return what each place shows; one pass over the data of each that is not known yet."""
        rows, columns = self.grid
        fonts = Fonts.fitting(looking.size, rows, columns)
        room = (
            looking.size.width * 72 / columns / (_PER_TICK[0] * fonts.tick),
            looking.size.height * 72 / rows / (_PER_TICK[1] * fonts.tick),
        )
        alone = len(self.cells) == 1
        return [panel(each, self._look, looking.regions, room, alone=alone) for each in self.cells]

    def locate(self, frame: str, region: Region, limit: int = 10) -> Found:
        """Return what is inside a region of a frame; flagged points only where they are shown."""
        curve, within = self._at(frame)
        (left, right), (bottom, top) = (
            sorted((region.left, region.right)),
            sorted((region.bottom, region.top)),
        )
        return locate(
            curve.family.plot.asked,
            curve.family.plot.x,
            curve.layer.y,
            Region(left, right, bottom, top),
            within=within,
            limit=limit,
            flagged=curve.layer.flagged is not None,
        )

    def preview(
        self, frame: str, outline: Outline, extension: Extension, *, flag: bool
    ) -> FlagPreview:
        """Return what `apply` would do; nothing is changed."""
        curve, within = self._at(frame)
        x, y = curve.family.plot.x, curve.layer.y
        return curve.family.flagger.preview(x, y, outline, extension, flag=flag, within=within)

    def apply(self, frame: str, outline: Outline, extension: Extension, *, flag: bool) -> str:
        """Flag, or unflag, what is inside; return a sentence that says what was done."""
        curve, within = self._at(frame)
        x, y = curve.family.plot.x, curve.layer.y
        try:
            return curve.family.flagger.apply(x, y, outline, extension, flag=flag, within=within)
        finally:
            self.forget()

    def undo(self) -> str:
        """Put back the flags as they were before the last `apply`, on whichever page that was."""
        flaggers = [self._first.flagger]
        flaggers += [family.flagger for cell in self.cells for family, _ in cell.content]
        try:
            return max(flaggers, key=lambda each: each.last_change).undo()
        finally:
            self.forget()

    def _at(self, frame: str) -> tuple[Curve, dict[Quantity, float]]:
        """Return the first curve of a frame, and which value its page has of what is iterated."""
        for shown in self.panels(Looking()):
            right = frame == f"{shown.name} right"
            if frame == shown.name or right:
                only_right = shown.left is None
                curve = next(c for c in shown.curves if c.layer.right == (right or only_right))
                iteration = curve.family.plot.iteration
                if iteration is None or curve.value is None:
                    return curve, {}
                return curve, {iteration.over: curve.value}
        raise InvalidParameterError(f"There is no frame {frame!r} on this page.")

    def forget(self) -> None:
        """Read everything again next time: the table has changed."""
        self._surveys.clear()
        for cell in self.cells:
            for family, _ in cell.content:
                family.forget()

    def _look(self, family: Family, value: float | None) -> Survey:
        key = (id(family), value)
        if key not in self._surveys:
            plot = family.plot
            along_y = tuple(each.y for each in plot.layers)
            wanted = (plot.x, *along_y)
            if plot.colour is not None and not family.named(plot.colour):
                wanted = (*wanted, plot.colour)
            self._surveys[key] = survey(
                family.part(value).blocks(plot.quantities), tuple(dict.fromkeys(wanted)), along_y
            )
        return self._surveys[key]

    def _refuse_empty(self, panels: Sequence[Panel]) -> None:
        iterated = any(
            family.plot.iteration is not None for cell in self.cells for family, _ in cell.content
        )
        if iterated or not all(each.empty for each in panels):
            return
        why = panels[0].empty
        remedy = (
            "customflaggedsymbol=True shows flagged ones, flagmanager has earlier flags"
            if "flagged" in why
            else "select other data or another column"
        )
        raise EmptyPlotError(
            f"There is nothing to draw of {self._first.source.path}: {why}; {remedy}."
        )

    def _results(
        self, shown: Panel, box: Box, scheme: Scheme, dpi: float, finer: int
    ) -> list[Result]:
        return aggregate(shown, box.width * finer, box.height * finer, scheme, dpi)

    def _keys(
        self, panels: Sequence[Panel], scheme: Scheme, fonts: Fonts, size: Size
    ) -> list[Key | None]:
        """Return the legend of each panel; one that is the same for all only once, at the right."""
        found = [self._key(each, scheme, fonts, size) for each in panels]
        same = all(each is not None and each == found[0] for each in found)
        if len(found) < 2 or not same or (found[0] is not None and found[0].bar is not None):  # noqa: PLR2004
            return found
        last = max(each.place[1] for each in panels if each.place[0] == panels[0].place[0])
        once = (panels[0].place[0], last)
        return [
            key if each.place == once else None for each, key in zip(panels, found, strict=True)
        ]

    def _key(self, shown: Panel, scheme: Scheme, fonts: Fonts, size: Size) -> Key | None:
        """Return the legend, on the right where there is no room above the plot."""
        key = key_of(shown, scheme)
        if key is None:
            return None
        if key.bar is None and key.position in {"", "exteriorTop"}:
            room = 0.82 * size.width * 72 / self.grid[1]
            needed = sum(width_of((name,), fonts.tick) * 0.9 + 22 for name, _ in key.entries)
            if needed + width_of((shown.title,), fonts.title) * 0.85 < room:
                return key
            key = replace(key, position="exteriorRight")
        side = shown.left if key.position == "exteriorLeft" else shown.right
        return replace(key, beside=_side_width(side, fonts)) if side is not None else key

    def _outer(self, shown: Panel) -> tuple[bool, bool]:
        iteration = shown.curves[0].family.plot.iteration
        if iteration is None:
            return True, True
        row, column = shown.place
        below = any(c.place[1] == column and c.place[0] > row for c in self.cells)
        before = any(c.place[0] == row and c.place[1] < column for c in self.cells)
        return not (iteration.shared_x and below), not (iteration.shared_y and before)

    def _heads(self, panels: Sequence[Panel]) -> Heads:
        family = self._first
        items = tuple(
            dict.fromkeys(i for c in self.cells for f, _ in c.content for i in f.plot.header)
        )
        lines = header_lines(family, items)
        source = family.source.path.name
        if family.source.description:
            source = f"{source}: {family.source.description}"
        names = {each.source.path for cell in self.cells for each, _ in cell.content}
        if len(names) > 1:
            source = ", ".join(each.name for each in sorted(names))
        common = ""
        if len(panels) > 1 and family.plot.iteration is not None and not family.plot.words.title:
            common = heading(panels[0].curves)
        return Heads(lines, common, "" if "filename" in items else source)


def _above(keys: Sequence[Key | None]) -> bool:
    """Whether a key stands in the line of the title."""
    return any(
        each is not None and each.bar is None and each.position in {"", "exteriorTop"}
        for each in keys
    )


def _fits(heads: Heads, shown: Panel, fonts: Fonts, size: Size) -> bool:
    """Whether title and source fit in one line."""
    font = shown.curves[0].family.plot.words.title_size or fonts.title
    needed = width_of((shown.title,), font) + width_of((heads.source,), fonts.tick)
    return not heads.header and 0.9 * needed < size.width * 72 - 60


def _height(heads: Heads, fonts: Fonts, *, beside: bool) -> float:
    """Return the points above all plots; the source may stand beside the title of one."""
    height = len(heads.header) * fonts.tick * 1.4 + (4.0 if heads.header else 0.0)
    if heads.title:
        return height + fonts.title * 1.7
    return height if beside or not heads.source else height + fonts.tick * 1.5


def _margins(shown: Panel, key: Key | None, fonts: Fonts, outer: tuple[bool, bool]) -> Margins:
    label = fonts.label * 1.55
    words = shown.curves[0].family.plot.words
    left = _TIGHT
    if shown.left is not None and outer[1]:
        left = _side_width(shown.left, fonts) + max(words.y_size * 1.55 - label, 0)
    right = 0.5 * width_of(shown.x.ticks.texts[-1:], fonts.tick) * 0.6 + 4
    if shown.right is not None:
        right = _side_width(shown.right, fonts)
    bottom = _TIGHT
    if outer[0]:
        lines = max((text.count("\n") + 1 for text in shown.x.ticks.texts), default=1)
        bottom = lines * fonts.tick * 1.25 + 9 + max(label, words.x_size * 1.55)
    top = (words.title_size or fonts.title) * 1.75 if shown.title else _TIGHT
    if key is not None:
        if key.bar is not None or key.position == "exteriorRight":
            right += key.width(fonts)
        elif key.position == "exteriorLeft":
            left += key.width(fonts)
        elif key.position == "exteriorBottom":
            bottom += fonts.tick * 2
    return Margins(left, right, bottom, top)


def _side_width(side: Side, fonts: Fonts) -> float:
    """Return the points that a y axis takes: marks, texts and label."""
    return width_of(side.ticks.texts, fonts.tick) + 12 + fonts.label * 1.55


def _frames(shown: Panel, box: Box, pixels: tuple[int, int]) -> list[Frame]:
    place = box.region(*pixels)
    found = []
    for right, side in ((False, shown.left), (True, shown.right)):
        if side is not None:
            found.append(
                Frame(
                    shown.name if not right or shown.left is None else f"{shown.name} right",
                    place,
                    shown.shown(right=right),
                    x_label=shown.x.label,
                    y_label=side.label,
                    x_time_scale=_time_scale(shown.x),
                    y_time_scale=_time_scale(side),
                )
            )
    return found


def _time_scale(side: Side) -> str:
    return side.time_scale if side.quantity.axis is Axis.TIME else ""


def page_title(cells: Sequence[Cell]) -> str:
    """Return what a page is called: the values that are on it."""
    found: list[str] = []
    for cell in cells:
        for family, value in cell.content:
            if value is not None and family.plot.iteration is not None:
                found.append(family.name(family.plot.iteration.over, value))
    plot = cells[0].content[0][0].plot
    if not found:
        return plot.words.title or f"{plot.layers[0].y.axis} vs. {plot.x.axis}"
    over = next(
        f.plot.iteration.over for c in cells for f, _ in c.content if f.plot.iteration is not None
    )
    values = found[0] if len(found) == 1 else f"{found[0]} to {found[-1]}"
    return f"{'corr' if over.axis is Axis.CORR else over.axis} {values}"
