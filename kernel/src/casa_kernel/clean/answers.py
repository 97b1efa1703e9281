"""What the front end of an interactive clean asks, beside what it asks of any picture."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from casa_plots.cleaning.convergence import ConvergenceView
from casa_plots.cleaning.errors import InputError
from casa_plots.cleaning.masks import Edit, Plane
from casa_plots.cleaning.outlines import edges
from casa_plots.cleaning.products import Product
from casa_plots.cleaning.views import Gallery
from casa_plots.picture import Format, Pages, Picture, Size

from casa_kernel.clean.desk import Command, Desk, Phase
from casa_kernel.plots import protocol
from casa_kernel.plots.answers import PagesAnswers
from casa_kernel.plots.protocol import Answer, Content, Handler


class CleanAnswers:
    """Answers about one interactive clean.

    Parameters
    ----------
    desk : Desk
        Does it.
    gallery : Gallery
        Its images.
    pages : Pages
        The same for the stage.
    size, first
        See `PagesAnswers`.
    here : callable
        Called when a front end has come.
    """

    def __init__(
        self,
        desk: Desk,
        gallery: Gallery,
        pages: Pages,
        size: Size,
        first: Picture,
        here: Callable[[], object],
    ) -> None:
        self._desk = desk
        self._gallery = gallery
        self._pages = PagesAnswers(pages, size, first)
        self._here = here

    def handlers(self) -> dict[str, Handler]:
        """Return the functions by question."""
        return {
            **self._pages.handlers(),
            "hello": self._hello,
            "status": lambda _content: Answer({"status": self.status()}),
            "mask": self._mask,
            "edit": self._edit,
            "maskundo": self._undo,
            "maskredo": self._redo,
            "controls": self._controls,
            "command": self._command,
            "product": self._product,
            "convergence": self._convergence,
            "script": lambda _content: Answer({"script": self._desk.cleaning.script()}),
        }

    def status(self) -> dict[str, Any]:
        """Return all that the front end shows beside images."""
        desk, cleaning = self._desk, self._desk.cleaning
        masks, is_waiting = cleaning.masks, desk.phase is Phase.WAITING
        return {
            "phase": desk.phase.value,
            "says": desk.says,
            "problem": desk.problem,
            "changes": desk.changes,
            "controls": cleaning.controls.parameters(),
            "cycles": cleaning.cycles,
            "pixels": masks.total,
            "canUndo": masks.can_undo,
            "canRedo": masks.can_redo,
            "canUndoCycle": is_waiting and cleaning.can_undo_cycle,
            "product": self._gallery.product.value,
            "products": [each.value for each in self._gallery.available()],
            "stokes": masks.shape[2],
            "channels": masks.shape[3],
            "imagename": cleaning.imagename,
        }

    def _hello(self, content: Content) -> Answer:
        answer = self._pages.handlers()["hello"](content)
        self._here()
        return replace(answer, content={**answer.content, "status": self.status()})

    def _mask(self, content: Content) -> Answer:
        mask = self._desk.cleaning.masks.plane(self._plane(content))
        return Answer({"rings": edges(mask), "pixels": int(mask.sum())})

    def _edit(self, content: Content) -> Answer:
        if self._desk.phase in {Phase.ENDING, Phase.DONE}:
            raise InputError("It is done: run the cell again to clean on.")
        masks = self._desk.cleaning.masks
        stokes, channel = self._plane(content)
        planes = masks.every_plane(
            stokes=None if content.get("everyStokes") is True else stokes,
            channel=None if content.get("everyChannel") is True else channel,
        )
        outline = None if content.get("shape") == "all" else protocol.outline(content)
        masks.edit(Edit(outline, content.get("adds") is not False, planes))
        return Answer({"status": self.status()})

    def _undo(self, content: Content) -> Answer:
        del content
        self._desk.cleaning.masks.undo()
        return Answer({"status": self.status()})

    def _redo(self, content: Content) -> Answer:
        del content
        self._desk.cleaning.masks.redo()
        return Answer({"status": self.status()})

    def _controls(self, content: Content) -> Answer:
        values = content.get("values")
        self._desk.enter(values if isinstance(values, dict) else {})
        return Answer({"status": self.status()})

    def _command(self, content: Content) -> Answer:
        self._desk.ask(Command(protocol.text(content, "command")))
        return Answer({"status": self.status()})

    def _product(self, content: Content) -> Answer:
        self._gallery.product = Product(protocol.text(content, "product"))
        return Answer({"status": self.status()})

    def _convergence(self, content: Content) -> Answer:
        cleaning = self._desk.cleaning
        view = ConvergenceView(cleaning.points, cleaning.controls.janskys)
        picture = view.draw(protocol.looking(content), Format.PNG)
        return Answer({"alternative": picture.alternative}, [picture.content])

    def _plane(self, content: Content) -> Plane:
        page, _ = self._pages.view(content)
        return self._gallery.plane(page)
