"""The kernel's end of a widget: questions come in, the worker answers, nothing is raised."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any, Final

import anywidget
import traitlets
from casa_plots.errors import PlotError
from traitlets.log import get_logger

from casa_kernel.errors import CasaKernelError
from casa_kernel.plots.protocol import Answer, Content, Handler
from casa_kernel.plots.worker import Job, Lane, Worker

LANES: Final = {
    "draw": Lane("draw", rank=1, newest_only=True),
    "locate": Lane("locate", rank=2, newest_only=True),
    "measure": Lane("measure", rank=2, newest_only=True),
    "preview": Lane("preview", rank=0, newest_only=True),
}
"""Where questions wait; those that are not here are all done, in order."""

_AHEAD: Final = Lane("ahead", rank=5)
_ACT: Final = Lane("act", rank=0)


class PictureWidget(anywidget.AnyWidget):  # type: ignore[misc]  # anywidget is untyped here
    """A widget that asks.

    Parameters
    ----------
    script, style : str
        From `casa_kernel.plots.scripts`.
    place : str
        Of the caption that it takes the place of.
    handlers : mapping
        Question to function; they run in the worker's thread.
    worker : Worker
        Runs them.
    lanes : mapping, optional
        Where further questions wait.
    """

    place = traitlets.Unicode().tag(sync=True)

    def __init__(
        self,
        *,
        script: str,
        style: str,
        place: str,
        handlers: Mapping[str, Handler],
        worker: Worker,
        lanes: Mapping[str, Lane] = LANES,
    ) -> None:
        self._handlers = dict(handlers)
        self._worker = worker
        self._lanes = dict(lanes)
        self._esm, self._css = script, style
        super().__init__(place=place)
        self.on_msg(self._hear)

    def open(self) -> None:
        """Open the comm, and let its messages arrive where the front end sends them.

        ipykernel 7.4 sends a comm's messages to the subshell that the kernel last spoke from, which
        is the cells' own: they would wait for the running cell, although the front end has a
        subshell for them.
        """
        super().open()
        if self.comm is not None and hasattr(self.comm, "_reply_subshell_for"):
            self.comm._reply_subshell_for = lambda _data, default: default  # noqa: SLF001

    def tell(self, name: str, content: Mapping[str, Any], buffers: Sequence[bytes] = ()) -> None:
        """Tell the front end something unasked."""
        self.send({**content, "tell": name}, list(buffers))

    def close(self) -> None:
        """Let go of the front end; the notebook keeps the picture."""
        self._worker.forget(self.place)
        super().close()

    def later(self, lane: Lane, run: Callable[[], object]) -> None:
        """Have something done by the worker when there is nothing more urgent."""
        self._worker.put(self.place, lane, Job(run))

    def _hear(self, _widget: object, content: object, _buffers: object) -> None:
        if not isinstance(content, dict) or not isinstance(content.get("id"), str):
            return
        number, ask = content["id"], content.get("ask")
        handler = self._handlers.get(ask) if isinstance(ask, str) else None
        if handler is None:
            self._answer(number, Answer({"error": f"The kernel does not know {ask!r}: reload."}))
            return
        job = Job(
            run=lambda: self._answer(number, answered(handler, content)),
            drop=lambda: self._answer(number, Answer({"dropped": True})),
        )
        lane = _AHEAD if content.get("ahead") is True else self._lanes.get(str(ask), _ACT)
        self._worker.put(self.place, lane, job)

    def _answer(self, number: str, answer: Answer) -> None:
        # Closed while it was drawn: nobody waits for the answer.
        with suppress(AttributeError):
            self.send({**answer.content, "answer": number}, list(answer.buffers))


def answered(handler: Handler, content: Content) -> Answer:
    """Return the answer of a handler, or the sentence of what went wrong."""
    try:
        return handler(content)
    except (PlotError, CasaKernelError) as error:
        return Answer({"error": str(error)})
    except Exception as error:  # noqa: BLE001 - nobody calls this code but a browser
        # The user gets a sentence, the kernel's log the rest.
        get_logger().exception("a plot's question failed")
        return Answer({"error": f"{type(error).__name__}: {error} (the kernel's log has more)."})
