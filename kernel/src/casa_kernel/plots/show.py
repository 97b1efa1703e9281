"""Showing pages in the running cell, and keeping the saved picture up with what is seen."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from casa_plots.picture import Looking, Pages, Picture

from casa_kernel.plots import still
from casa_kernel.plots.screen import Publish
from casa_kernel.plots.settings import Mode, Settings
from casa_kernel.plots.worker import DRAWING, Lane, Worker

if TYPE_CHECKING:
    from casa_kernel.plots.answers import PagesAnswers
    from casa_kernel.plots.protocol import Answer, Content
    from casa_kernel.plots.widget import PictureWidget

_PAGES_WITHOUT_PAGER: Final = 12  # a saved notebook of more would take seconds to open
_LIVING: Final = 24  # each keeps what it drew from
_KEEP: Final = Lane("keep", rank=9, newest_only=True)


@dataclass
class Living:
    """The widgets of a session, the newest last; older ones than the newest few are closed.

    Attributes
    ----------
    worker : Worker
        Answers for all of them.
    """

    worker: Worker = field(default_factory=Worker)
    _open: list[tuple[str | None, "PictureWidget"]] = field(default_factory=list)

    def add(self, widget: "PictureWidget", cell: str | None) -> None:
        """Take a widget that a cell made."""
        self._open.append((cell, widget))
        while len(self._open) > _LIVING:
            self._open.pop(0)[1].close()

    def begin_cell(self, cell: str | None) -> None:
        """Close what the cell made before: its output is gone."""
        if cell is None:
            return
        for owner, widget in self._open:
            if owner == cell:
                widget.close()
        self._open = [(owner, widget) for owner, widget in self._open if owner != cell]


class Shower:
    """Shows pages as the session is set.

    Parameters
    ----------
    publish : Publish
        Shows a display.
    cell : callable
        Returns the id of the running cell, None without a front end that gives one.
    """

    def __init__(self, publish: Publish, cell: Callable[[], str | None]) -> None:
        self._publish = publish
        self._cell = cell
        self._living = Living()
        self.settings = Settings()

    def begin_cell(self) -> None:
        """Let go of what the cell, if it ran before, had shown."""
        self._living.begin_cell(self._cell())

    @property
    def interactive(self) -> bool:
        """Whether a widget is of use: headless runs give their cells no ids."""
        mode = self.settings.mode
        return mode is Mode.INTERACTIVE or (mode is Mode.AUTOMATIC and self._cell() is not None)

    def show(self, pages: Pages) -> None:
        """Show pages: the first as a picture, all of them where a front end can.

        Raises
        ------
        PlotError
            There is nothing to draw.
        """
        if len(pages.views) == 0:
            return
        if self.interactive:
            self._show_living(pages)
            return
        count = min(len(pages.views), _PAGES_WITHOUT_PAGER)
        for page in range(count):
            self._show_still(pages, page, self._draw(pages, page), _name())
        if count < len(pages.views):
            print(
                f"{count} of {len(pages.views)} pages are shown: save all of them with `plotfile`, "
                "or turn them with `%plots interactive`."
            )

    def _show_living(self, pages: Pages) -> None:
        from casa_kernel.plots.answers import PagesAnswers  # noqa: PLC0415 - as in `names`
        from casa_kernel.plots.scripts import composed, styles  # noqa: PLC0415
        from casa_kernel.plots.widget import PictureWidget  # noqa: PLC0415

        place, first = _name(), self._draw(pages, 0)
        self._show_still(pages, 0, first, place)
        answers = PagesAnswers(pages, self.settings.size, first)
        handlers = answers.handlers()
        draw = handlers["draw"]
        keeper = _Keeper(pages, answers, place, self._publish)

        def drawn(content: "Content") -> "Answer":
            answer = draw(content)
            if content.get("ahead") is not True:
                widget.later(_KEEP, keeper.keep)
            return answer

        widget = PictureWidget(
            script=composed("Plot", "plot.js"),
            style=styles(),
            place=place,
            handlers={**handlers, "draw": drawn},
            worker=self._living.worker,
        )
        self._living.add(widget, self._cell())

    def _draw(self, pages: Pages, page: int) -> Picture:
        with DRAWING:
            return pages.views[page].draw(Looking(self.settings.size))

    def _show_still(self, pages: Pages, page: int, drawn: Picture, place: str) -> None:
        self._publish(
            still.caption(pages, place, page, drawn.alternative), display_id=f"{place}-caption"
        )
        bundle, metadata = still.picture(drawn, self.settings.size)
        self._publish(bundle, metadata=metadata, display_id=f"{place}-picture")


class _Keeper:
    """Lets the notebook keep what was seen last.

    The caption stays as it was shown: the widget lives in it.
    """

    def __init__(self, pages: Pages, answers: "PagesAnswers", place: str, publish: Publish) -> None:
        self._pages = pages
        self._answers = answers
        self._place = place
        self._publish = publish

    def keep(self) -> None:
        _, drawn = self._answers.still()
        bundle, metadata = still.picture(drawn, self._answers.size)
        self._publish(bundle, metadata=metadata, display_id=f"{self._place}-picture", update=True)


def _name() -> str:
    return uuid.uuid4().hex
