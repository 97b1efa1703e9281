"""CASA's plotting tasks as a notebook has them: their pages are shown.

A task is imported when it is called, or when its parameters are asked for: a kernel starts without
what draws.
"""

import importlib
import inspect
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, Final

from casa_kernel.messages import noting

if TYPE_CHECKING:
    from casa_plots.picture import Pages


Unseen = Callable[[], AbstractContextManager[None]]
"""Gives a context in which pictures are not shown."""


@dataclass(frozen=True, slots=True)
class Plotting:
    """Where a task is, and what it gives.

    Attributes
    ----------
    module : str
        That has a function of the task's name, which returns `Pages`.
    summary : str
        What it draws.
    result : object
        What CASA's task of that name returns.
    """

    module: str
    summary: str
    result: object = None


TASKS: Final = {
    "plotms": Plotting(
        "casa_plots.plotms", "Plot visibilities or calibration solutions.", result=True
    ),
    "imview": Plotting("casa_plots.images", "Show images of the sky."),
    "viewer": Plotting("casa_plots.images", "Show an image, or visibilities as an image."),
    "msview": Plotting("casa_plots.images", "Show visibilities as an image."),
    "plotants": Plotting("casa_plots.plotants", "Plot where the antennas are."),
    "plotbandpass": Plotting("casa_plots.plotbandpass", "Plot bandpass solutions by antenna."),
    "plotcal": Plotting("casa_plots.plotcal", "Plot calibration solutions, as before CASA 5."),
    "plotweather": Plotting("casa_plots.plotweather", "Plot the weather during an observation."),
    "plotprofilemap": Plotting("casa_plots.plotprofilemap", "Plot spectra over an image."),
    "plotuv": Plotting("casa_plots.plotuv", "Plot the uv coverage of each field."),
    "plotsolutions": Plotting(
        "casa_plots.plotsolutions", "Plot calibration solutions of all antennas on a page."
    ),
}
"""Name to where it is."""

_OURS: Final = frozenset({"run", "board"})  # parameters that the notebook gives, not the user


class PlottingTask:
    """A task as its users call it.

    Parameters
    ----------
    name : str
        Its name.
    plotting : Plotting
        Where it is.
    tasks : mapping
        CASA's tasks by name: some of them draw.
    show : callable
        Shows pages in the running cell.
    unseen : callable
        A context in which pictures of CASA's tasks are not shown: they become pages.
    """

    def __init__(
        self,
        name: str,
        plotting: Plotting,
        tasks: Mapping[str, Callable[..., Any]],
        show: Callable[["Pages"], object],
        unseen: Unseen,
    ) -> None:
        self.__name__ = self.__qualname__ = name
        self.__doc__ = f"{plotting.summary} `inp {name}` shows the parameters."
        self._plotting = plotting
        self._tasks = tasks
        self._show = show
        self._unseen = unseen

    def __call__(self, *args: object, **kwargs: object) -> object:
        """Draw, and show what was drawn.

        Raises
        ------
        PlotError
            Nothing was drawn; the message says why.
        """
        with noting(self.__name__, self, args, kwargs):
            pages: Pages = self._function(*args, **kwargs)
            if kwargs.get("showgui") is False and pages.saved:
                print(f"{self.__name__} saved {', '.join(pages.saved)}.")
            else:
                self._show(pages)
        return self._plotting.result

    @property
    def __signature__(self) -> inspect.Signature:
        """The user's parameters, for completion."""
        signature = inspect.signature(self._function)
        kept = [each for name, each in signature.parameters.items() if name not in _OURS]
        return signature.replace(parameters=kept, return_annotation=type(self._plotting.result))

    @cached_property
    def _function(self) -> Callable[..., "Pages"]:
        module = importlib.import_module(self._plotting.module)
        function: Callable[..., Pages] = getattr(module, self.__name__)
        parameters = inspect.signature(function).parameters
        if "board" in parameters:
            function = partial(function, board=module.Board())
        if "run" in parameters:
            return _borrowed(function, self._run, inspect.signature(self._tasks[self.__name__]))
        return function

    def _run(self, name: str, parameters: Mapping[str, object]) -> object:
        with self._unseen():
            return self._tasks[name](**parameters)


def _borrowed(
    function: Callable[..., "Pages"], run: Callable[..., object], task: inspect.Signature
) -> Callable[..., "Pages"]:
    """Return a function that runs a task of CASA's with that task's parameters.

    They may be given by position, as in CASA; `function` takes them by name.
    """
    known = task.parameters
    ours = [
        each
        for each in inspect.signature(function).parameters.values()
        if each.kind is each.KEYWORD_ONLY and each.name not in known
    ]
    signature = task.replace(parameters=[*known.values(), *ours])

    def call(*args: object, **kwargs: object) -> "Pages":
        return function(run, **signature.bind_partial(*args, **kwargs).arguments)

    call.__signature__ = signature  # type: ignore[attr-defined]
    return call


def names(
    tasks: Mapping[str, Callable[..., Any]], show: Callable[["Pages"], object], unseen: Unseen
) -> dict[str, Callable[..., Any]]:
    """Return the plotting tasks by name; see `casa_kernel.plots.names`."""
    return {name: PlottingTask(name, each, tasks, show, unseen) for name, each in TASKS.items()}
