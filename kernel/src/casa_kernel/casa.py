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
from typing import Any

from casa_kernel import listener, site
from casa_kernel.errors import CasaImportError

# The reference data are older than the clock at every start; users can do nothing about it.
_FILTERED_MESSAGES = ["Leap second table"]


@dataclass(frozen=True, slots=True)
class Casa:
    """A loaded CASA.

    Attributes
    ----------
    tasks : dict
        Task name to callable, as casatasks has them.
    tools : dict
        Tool name to class, as casatools has them.
    log : casatools.logsink
        The process's logger, ``casalog``.
    version : str
        Version of casatasks.
    """

    tasks: dict[str, Callable[..., Any]]  # a task's result is what CASA makes it
    tools: dict[str, type]
    log: Any  # casatools ships no types
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
def _plain_arguments() -> Iterator[None]:
    # casaconfig reads options of its own from sys.argv: those of a kernel are not meant for it.
    saved = sys.argv
    sys.argv = saved[:1]
    try:
        yield
    finally:
        sys.argv = saved


def load(place: site.Site, log_target: str) -> Casa:
    """Configure and import CASA, then close the port that it opens; idempotent.

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
    before = listener.public_listeners()
    site.apply(place, log_target)
    try:
        with warnings.catch_warnings(), stderr_into(place.log_file):
            warnings.simplefilter("ignore", SyntaxWarning)  # casatasks compares with "is not"
            casatools = importlib.import_module("casatools")
            casatasks = importlib.import_module("casatasks")
    except ImportError as error:
        raise CasaImportError(
            f"CASA could not be imported ({error}); `python -m casa_kernel doctor` tells which "
            "package or Python version is in the way."
        ) from error
    finally:
        listener.close_listeners(before)
    log = casatasks.casalog
    if log.logfile() != log_target:
        log.setlogfile(log_target)
    log.filterMsg(_FILTERED_MESSAGES)
    return Casa(
        tasks=tasks_of(casatasks),
        tools=tools_of(casatools),
        log=log,
        version=casatasks.version_string(),
    )
