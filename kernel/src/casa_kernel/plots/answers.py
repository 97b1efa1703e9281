"""What the front end's questions ask of `Pages`."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from casa_plots.errors import InvalidParameterError, UnsupportedError
from casa_plots.inside import Flagging, Locating, Measuring
from casa_plots.picture import Format, Looking, Pages, Picture, Size, View

from casa_kernel.plots import protocol
from casa_kernel.plots.protocol import Answer, Content, Handler

FORMS: Final = (Format.PNG, Format.PDF, Format.SVG)
"""What a browser is offered to save."""

_TYPES: Final = {
    Format.PNG: "image/png",
    Format.PDF: "application/pdf",
    Format.SVG: "image/svg+xml",
}
_MOST_ROWS: Final = 100
_PRINT_DPI: Final = 200.0


class PagesAnswers:
    """Answers about one result of a plotting task, and what of it was seen last.

    Parameters
    ----------
    pages : Pages
        What is shown.
    size : Size
        What the picture in the notebook, and a saved one, have.
    first : Picture
        The first view in that size, light.
    """

    def __init__(self, pages: Pages, size: Size, first: Picture) -> None:
        self.pages = pages
        self.size = size
        self.page = 0
        self.looking = Looking(size)
        self.picture = first

    def handlers(self) -> dict[str, Handler]:
        """Return the functions by question."""
        return {
            "hello": self._hello,
            "draw": self._draw,
            "locate": self._locate,
            "measure": self._measure,
            "preview": self._preview,
            "apply": self._apply,
            "undo": self._undo,
            "save": self._save,
        }

    def still(self) -> tuple[int, Picture]:
        """Return the page seen last and what a notebook keeps of it: light, in print size."""
        kept = replace(self.looking, size=self.size, theme=Looking().theme)
        if kept == self.looking:
            return self.page, self.picture
        return self.page, self.pages.views[self.page].draw(kept)

    def view(self, content: Content) -> tuple[int, View]:
        """Return the page that a question is about.

        Raises
        ------
        InvalidParameterError
            There is no such page.
        """
        page = round(protocol.number(content, "page"))
        count = len(self.pages.views)
        if not 0 <= page < count:
            raise InvalidParameterError(f"There is no page {page + 1}: give one of 1 to {count}.")
        return page, self.pages.views[page]

    def _hello(self, content: Content) -> Answer:
        del content
        about = {
            "task": self.pages.task,
            "engine": self.pages.engine,
            "notes": list(self.pages.notes),
            "saved": list(self.pages.saved),
            "pages": len(self.pages.views),
            "width": self.size.width * protocol.CSS_DPI,
            "height": self.size.height * protocol.CSS_DPI,
            "forms": [form.value for form in FORMS],
            "page": self.page,
            "regions": _regions(self.looking),
            "first": protocol.picture_content(self.page, self.pages.views[self.page], self.picture),
            "drawn": _drawn(self.page, self.looking),
        }
        return Answer(about, [self.picture.content])

    def _draw(self, content: Content) -> Answer:
        page, view = self.view(content)
        looking = protocol.looking(content)
        picture = view.draw(looking)
        if content.get("ahead") is not True:
            self.page, self.looking, self.picture = page, looking, picture
        return Answer(protocol.picture_content(page, view, picture), [picture.content])

    def _locate(self, content: Content) -> Answer:
        _, view = self.view(content)
        if not isinstance(view, Locating):
            raise UnsupportedError("This picture cannot say what is where.")
        region = protocol.region(content.get("region"))
        limit = min(max(1, round(protocol.number(content, "limit"))), _MOST_ROWS)
        found = view.locate(protocol.text(content, "frame"), region, limit)
        return Answer({"total": found.total, **protocol.table_content(found)})

    def _measure(self, content: Content) -> Answer:
        page, view = self.view(content)
        if not isinstance(view, Measuring):
            raise UnsupportedError("This picture cannot be measured.")
        frame, outline = protocol.text(content, "frame"), protocol.outline(content)
        measured = view.measure(frame, outline, protocol.looking(content))
        answer: dict[str, Any] = {**protocol.table_content(measured), "picture": None}
        if measured.picture is None:
            return Answer(answer)
        answer["picture"] = protocol.picture_content(page, view, measured.picture)
        return Answer(answer, [measured.picture.content])

    def _flagging(self, content: Content) -> Flagging:
        _, view = self.view(content)
        if not isinstance(view, Flagging):
            raise UnsupportedError("What this picture shows cannot be flagged in it.")
        return view

    def _preview(self, content: Content) -> Answer:
        found = self._flagging(content).preview(**_flags(content))
        return Answer(
            {
                "points": found.points,
                "changed": found.changed,
                "total": found.total,
                "sentence": found.sentence,
            }
        )

    def _apply(self, content: Content) -> Answer:
        return Answer({"sentence": self._flagging(content).apply(**_flags(content))})

    def _undo(self, content: Content) -> Answer:
        return Answer({"sentence": self._flagging(content).undo()})

    def _save(self, content: Content) -> Answer:
        page, view = self.view(content)
        form = protocol.text(content, "form")
        if form not in FORMS:
            raise InvalidParameterError(f"{form!r} is none of {', '.join(FORMS)}.")
        size = replace(self.size, dpi=max(self.size.dpi, _PRINT_DPI))
        looking = Looking(size, protocol.theme(content), protocol.regions(content))
        picture = view.draw(looking, Format(form))
        return Answer(
            {"name": self._file_name(page, form), "type": _TYPES[Format(form)]}, [picture.content]
        )

    def _file_name(self, page: int, form: str) -> str:
        words = [self.pages.task, self.pages.views[page].title]
        if len(self.pages.views) > 1:
            words.append(str(page + 1))
        return re.sub(r"[^\w.+-]+", "-", " ".join(words)).strip("-.")[:80] + f".{form}"


def _flags(content: Content) -> dict[str, Any]:
    return {
        "frame": protocol.text(content, "frame"),
        "outline": protocol.outline(content),
        "extension": protocol.extension(content),
        "flag": content.get("flag") is not False,
    }


def _regions(looking: Looking) -> Mapping[str, list[float]]:
    return {name: protocol.edges(each) for name, each in looking.regions.items()}


def _drawn(page: int, looking: Looking) -> Content:
    size = looking.size
    return {
        "page": page,
        "regions": _regions(looking),
        "width": round(size.width * protocol.CSS_DPI),
        "height": round(size.height * protocol.CSS_DPI),
        "ratio": size.dpi / protocol.CSS_DPI,
        "theme": looking.theme.value,
    }
