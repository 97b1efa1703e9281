"""The task as a user calls it: CASA's own, or, with ``interactive=True``, a widget."""

import inspect
import threading
import uuid
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

from casa_kernel.clean.errors import NobodyThereError
from casa_kernel.tasks import TaskResult, looking_like

if TYPE_CHECKING:
    from casa_plots.cleaning.cleaning import Cleaning

Task = Callable[..., Any]

_HELLO: Final = 15.0  # seconds in which a front end shows a widget, or makes a subshell for it
_LATE: Final = 90.0  # seconds for a slow one that has made a subshell


def interactive(task: Task) -> Task:
    """Return `tclean` that opens a widget if it is called with ``interactive=True``."""

    def run(*args: Any, **kwargs: Any) -> object:
        try:
            given = dict(inspect.signature(task).bind_partial(*args, **kwargs).arguments)
        except TypeError:
            return task(*args, **kwargs)  # it says itself what is wrong with the call
        if not given.get("interactive"):
            return task(*args, **kwargs)
        return clean(task, given)

    return looking_like(task, run)


def clean(task: Task, given: Mapping[str, Any]) -> object:
    """Clean interactively in the running cell; return what `tclean` returns.

    Returns
    -------
    dict or Detached
        `tclean`'s own; or, where the front end cannot be heard while a cell runs, an object that
        has it later.

    Raises
    ------
    NobodyThereError
        The code runs without a front end.
    InputError
        A parameter that interactive cleaning cannot work with.
    """
    from casa_plots.cleaning.cleaning import Cleaning  # noqa: PLC0415 - the kernel starts sooner

    shell = _shell_with_somebody()
    cleaning = Cleaning(_unlocked(task), given)
    return _Opened(shell, cleaning).wait()


class _Opened:
    """A widget in the running cell, and the desk behind it."""

    def __init__(self, shell: Any, cleaning: "Cleaning") -> None:  # noqa: ANN401 - IPython's
        from casa_plots.cleaning.views import Gallery  # noqa: PLC0415 - as in `clean`
        from casa_plots.picture import Looking, Pages, Size  # noqa: PLC0415

        from casa_kernel.clean.answers import CleanAnswers  # noqa: PLC0415
        from casa_kernel.clean.desk import Desk  # noqa: PLC0415
        from casa_kernel.plots.scripts import composed, styles  # noqa: PLC0415
        from casa_kernel.plots.widget import LANES, PictureWidget  # noqa: PLC0415
        from casa_kernel.plots.worker import DRAWING, Lane, Worker  # noqa: PLC0415

        self._publish = shell.display_pub.publish
        self._kernel = shell.kernel
        self._here = threading.Event()
        self._size = Size(7.0, 6.0)
        with DRAWING:
            cleaning.begin()
            self.desk = Desk(cleaning, self._tell)
            gallery = self._gallery = Gallery(cleaning.shown, cleaning.masks.shape)
            notes = (f"imagename {cleaning.imagename}",)
            self._pages = Pages("interactive tclean", gallery, notes=notes)
            first = gallery[0].draw(Looking(self._size))
        self._place = uuid.uuid4().hex
        self._show(first)
        self._answers = CleanAnswers(
            self.desk, gallery, self._pages, self._size, first, self._here.set
        )
        self._seen = 0
        self.widget = PictureWidget(
            script=composed("Clean", "clean.js", package="casa_kernel.clean"),
            style=styles("clean.css", package="casa_kernel.clean"),
            place=self._place,
            handlers=self._answers.handlers(),
            worker=Worker(),
            lanes={**LANES, "convergence": Lane("convergence", rank=2, newest_only=True)},
        )

    def wait(self) -> object:
        """Let the cell wait for a person if it can, else go on beside it."""
        from casa_kernel.clean.desk import Detached  # noqa: PLC0415 - as in `clean`

        if not self._here.wait(_HELLO) and not (
            _has_subshell(self._kernel) and self._here.wait(_LATE)
        ):
            return Detached(self.desk, self._finished)
        return self._finished(self.desk.serve())

    def _finished(self, result: dict[str, Any]) -> TaskResult:
        from casa_plots.picture import Looking  # noqa: PLC0415 - as in `clean`

        from casa_kernel.clean.kept import keep  # noqa: PLC0415
        from casa_kernel.plots.worker import DRAWING  # noqa: PLC0415

        script = keep(self.desk.cleaning)
        if script is not None:
            print(f"What was done is written as a script: {script}")
        with DRAWING:
            self._gallery.refresh()
            self._show(self._gallery[0].draw(Looking(self._size)), update=True)
        return TaskResult(result)

    def _tell(self) -> None:
        """Let the front end know how it stands; images that CASA changed are read anew."""
        self._gallery.refresh()
        self.widget.tell("status", {"status": self._answers.status()})

    def _show(self, drawn: Any, *, update: bool = False) -> None:  # noqa: ANN401 - a Picture
        from casa_kernel.plots import still  # noqa: PLC0415 - as in `clean`

        if not update:  # the widget lives in the caption
            caption = still.caption(self._pages, self._place, 0, drawn.alternative)
            self._publish(caption, transient={"display_id": f"{self._place}-caption"})
        bundle, metadata = still.picture(drawn, self._size)
        transient = {"display_id": f"{self._place}-picture"}
        self._publish(bundle, metadata=metadata, transient=transient, update=update)


def _shell_with_somebody() -> Any:  # noqa: ANN401 - IPython's
    from IPython.core.getipython import get_ipython  # noqa: PLC0415 - not needed to import this

    shell = get_ipython()
    kernel = getattr(shell, "kernel", None)
    # Whoever runs a notebook headless says that nobody can be asked for input.
    if kernel is None or not getattr(kernel, "_allow_stdin", False):
        raise NobodyThereError(
            "tclean(interactive=True) needs somebody who draws masks, and this code runs without a "
            "front end: use interactive=False with mask or usemask, or run the script that an "
            "interactive clean left in <imagename>.masks."
        )
    return shell


def _has_subshell(kernel: Any) -> bool:  # noqa: ANN401 - ipykernel's, older ones have none
    manager = getattr(getattr(kernel, "shell_channel_thread", None), "manager", None)
    return manager is not None and bool(manager.list_subshell())


def _unlocked(task: Task) -> Task:
    """Return the task that lets others draw while CASA works, which it does in another process."""

    def run(**parameters: Any) -> Any:  # noqa: ANN401 - what CASA returns
        from casa_kernel.plots.worker import DRAWING  # noqa: PLC0415 - as in `clean`

        DRAWING.release()
        try:
            return task(**parameters)
        finally:
            DRAWING.acquire()

    return run
