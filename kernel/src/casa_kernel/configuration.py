"""What CASA's own configuration files say: the site's and, after it, the user's.

casaconfig runs both as Python. One that raises is left out as a whole, and nothing is said; here
it becomes a sentence.
"""

import importlib.util
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from casa_kernel.errors import CasaImportError

USER_FILE: Final = Path("~/.casa/config.py")
SITE_VARIABLE: Final = "CASASITECONFIG"
_DEFAULT_DATA: Final = Path("~/.casa/data")


@dataclass(frozen=True, slots=True)
class Configuration:
    """CASA's configuration, as far as the kernel heeds it.

    Attributes
    ----------
    read : tuple of Path
        Files that were read; a later one wins.
    failures : tuple of (str, str)
        Files that were left out, and why.
    measures : Path or None
        Where the tables of the Earth's rotation are, ``measurespath``.
    datapath : tuple of Path
        Where CASA looks for other data.
    cache : Path
        ``cachedir``.
    wants_updates : bool
        Whether CASA alone would look for newer data on the network at each start.
    """

    read: tuple[Path, ...]
    failures: tuple[tuple[str, str], ...]
    measures: Path | None
    datapath: tuple[Path, ...]
    cache: Path
    wants_updates: bool

    @property
    def data(self) -> tuple[Path, ...]:
        """Directories that may hold the reference data, the preferred one first."""
        return (*([self.measures] if self.measures else []), *self.datapath)

    def remarks(self, data: Path) -> tuple[str, ...]:
        """Return a sentence for each wish of the user's that is not fulfilled.

        Parameters
        ----------
        data : Path
            The reference data that are used.
        """
        left_out = [
            f"The configuration {name} is left out as a whole, because of an error in it: {why}"
            for name, why in self.failures
        ]
        wished = self.measures
        if wished in {None, data, _DEFAULT_DATA.expanduser()}:
            return tuple(left_out)
        instead = f"No reference data are in {wished} (measurespath); those in {data} are used."
        return (*left_out, instead)


@contextmanager
def plain_arguments() -> Iterator[None]:
    """Hide the kernel's command line: casaconfig reads options of its own from ``sys.argv``."""
    saved = sys.argv
    sys.argv = saved[:1]
    try:
        yield
    finally:
        sys.argv = saved


def last_line(text: str) -> str:
    """Return the last line that is not empty: of a traceback, the error."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else ""


def read_configuration() -> Configuration:
    """Let casaconfig read its files; the first call in a process does, later ones remember.

    Raises
    ------
    CasaImportError
        casaconfig, which comes with CASA, is not installed, or a file ended Python.
    """
    if importlib.util.find_spec("casaconfig") is None:
        raise CasaImportError(
            "CASA is not installed in this Python: `pip install casa-kernel` brings it."
        )
    try:
        with plain_arguments():
            from casaconfig import config  # noqa: PLC0415 - runs the user's files: when asked
    except SystemExit as error:
        site_file = os.environ.get(SITE_VARIABLE, "casasiteconfig.py of this machine")
        raise CasaImportError(
            f"A configuration file of CASA ends Python: look for sys.exit() in {USER_FILE} and "
            f"in {site_file}."
        ) from error
    # The first of them is casaconfig's own.
    read = [Path(name) for name in config.load_success()[1:]]
    failures = [(name, last_line(text)) for name, text in config.load_failure().items()]
    return Configuration(
        read=tuple(read),
        failures=tuple(failures),
        measures=Path(config.measurespath) if config.measurespath else None,
        datapath=tuple(Path(each) for each in config.datapath),
        cache=Path(config.cachedir),
        wants_updates=bool(config.measures_auto_update or config.data_auto_update),
    )
