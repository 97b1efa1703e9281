"""Importing CASA into this process, the one place that does."""

import importlib
import os
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any, Protocol

from casa_kernel import listener, site
from casa_kernel.errors import CasaImportError

# The reference data are older than the clock at every start; users can do nothing about it.
_FILTERED_MESSAGES = ["Leap second table"]


class LogSink(Protocol):
    """What is exchanged of casatools' ``logsink``, which ships no types."""

    setlogfile: Callable[..., bool]
    logfile: Callable[[], str]


@dataclass(frozen=True, slots=True)
class Tools:
    """CASA's tools and its logger.

    Attributes
    ----------
    classes : dict
        Tool name to class, as casatools has them.
    log : casatools.logsink
        The process's logger, ``casalog``.
    path : callable
        Returns the directories in which CASA looks for files.
    """

    classes: dict[str, type]
    log: LogSink
    path: Callable[[], list[str]]


@dataclass(frozen=True, slots=True)
class Casa:
    """A loaded CASA.

    Attributes
    ----------
    tasks : dict
        Task name to callable, as casatasks has them.
    tools : dict
        Tool name to class, as casatools has them.
    version : str
        Version of casatasks.
    """

    tasks: dict[str, Callable[..., Any]]  # a task's result is what CASA makes it
    tools: dict[str, type]
    version: str


def tasks_of(casatasks: ModuleType) -> dict[str, Callable[..., Any]]:
    """Return the tasks of a casatasks module by name."""
    return {
        name: thing
        for name, thing in vars(casatasks).items()
        # A task is an instance whose class `_name` lives in the module `casatasks.name`.
        if callable(thing) and type(thing).__module__ == f"casatasks.{name}"
    }


def tools_of(casatools: ModuleType) -> dict[str, type]:
    """Return the tool classes of a casatools module by name."""
    return {
        name: thing
        for name, thing in vars(casatools).items()
        if isinstance(thing, type) and thing.__module__ == f"casatools.{name}"
    }


@contextmanager
def stderr_into(path: Path) -> Iterator[None]:
    """Lead descriptor 2 into a file: what libraries say there at start is for nobody's eyes."""
    sys.stderr.flush()
    saved = os.dup(2)
    try:
        with path.open("ab", buffering=0) as file:
            os.dup2(file.fileno(), 2)
        yield
    finally:
        sys.stderr.flush()
        os.dup2(saved, 2)
        os.close(saved)


@contextmanager
def quiet_import(place: site.Site) -> Iterator[None]:
    """Import CASA in the block without its complaints, and close the port that it opens.

    Raises
    ------
    CasaImportError
        The packages are missing or do not load.
    """
    before = listener.public_listeners()
    try:
        with warnings.catch_warnings(), stderr_into(place.log_file):
            warnings.simplefilter("ignore", SyntaxWarning)  # casatasks compares with "is not"
            yield
    except ImportError as error:
        raise CasaImportError(
            f"CASA could not be imported ({error}); `python -m casa_kernel doctor` tells which "
            "package or Python version is in the way."
        ) from error
    finally:
        listener.close_listeners(before)


def load_tools(place: site.Site, log_target: str) -> Tools:
    """Configure CASA and import its tools, without its tasks; idempotent.

    Parameters
    ----------
    place : Site
        From `site.prepare`.
    log_target : str
        Where CASA writes its log; honoured even if CASA was imported before.

    Raises
    ------
    CasaImportError
        The packages are missing or do not load.
    """
    site.apply(place, log_target)
    with quiet_import(place):
        casatools = importlib.import_module("casatools")
    log = _logger(casatools, place, log_target)
    return Tools(tools_of(casatools), log, casatools.ctsys.getpath)


def load(place: site.Site, log_target: str) -> Casa:
    """Configure CASA and import tools and tasks into this process; idempotent.

    Parameters
    ----------
    place, log_target
        See `load_tools`.

    Raises
    ------
    CasaImportError
        The packages are missing or do not load.
    """
    site.apply(place, log_target)
    with quiet_import(place):
        casatools = importlib.import_module("casatools")
        casatasks = importlib.import_module("casatasks")
    _logger(casatools, place, log_target)
    return Casa(tasks_of(casatasks), tools_of(casatools), casatasks.version_string())


def _logger(casatools: ModuleType, place: site.Site, log_target: str) -> LogSink:
    # One in a process: a second one that is made global frees the first under its users' hands.
    casatasks = sys.modules.get("casatasks")
    if casatasks is None:
        log = casatools.logsink(log_target)
        log.setglobal(True)  # as casatasks does: else all that is logged is on stderr once more
    else:
        log = casatasks.casalog
    log.setlogfile(log_target)
    log.filterMsg(_FILTERED_MESSAGES)
    for remark in place.remarks:
        log.post(remark, "WARN", "casa_kernel")
    sink: LogSink = log
    return sink
