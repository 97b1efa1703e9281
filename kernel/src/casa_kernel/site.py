"""The configuration that CASA reads while it is imported: offline, quiet, nothing in the cwd.

CASA's defaults look for updates on the network and stop the import without one. All of this must be
settled before ``casatools`` is imported; `apply` is the only function that touches casaconfig.
"""

import importlib.util
import os
from collections.abc import Iterable, Mapping, MutableMapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from casa_kernel.configuration import read_configuration
from casa_kernel.errors import DataNotFoundError, NotWritableError

LOG_DIRECTORY_VARIABLE = "CASA_KERNEL_LOG"
CASADATA_REMEDY = "install the reference data with `pip install casadata==2025.9.22`"

# Present in every copy of the reference data, and what casatools itself looks for.
_DATA_MARK = Path("geodetic", "IERSeop2000")


@dataclass(frozen=True, slots=True)
class Site:
    """Where CASA reads its reference data and writes its own files.

    Attributes
    ----------
    data : Path
        The reference data.
    log_file : Path
        The whole log.
    cache : Path
        Of CASA's own files.
    more_data : tuple of Path
        Further directories in which the user's configuration lets CASA look for data.
    remarks : tuple of str
        What does not stop CASA but is not as the user wanted it: sentences for the first cell.
    """

    data: Path
    log_file: Path
    cache: Path
    more_data: tuple[Path, ...] = ()
    remarks: tuple[str, ...] = ()


def defaults(environ: MutableMapping[str, str]) -> None:
    """Set the variables that CASA's libraries read at import, unless the user has set them."""
    # OpenMP's spinning threads make tclean ten times slower when cores are shared.
    environ.setdefault("OMP_NUM_THREADS", "1")


def find_data(configured: Iterable[Path]) -> Path:
    """Return the directory of the reference data.

    Parameters
    ----------
    configured : iterable of Path
        Directories that the user's own CASA configuration names; the first that holds data wins.

    Raises
    ------
    DataNotFoundError
        Neither those nor the package casadata hold the data.
    """
    candidates = list(configured)
    spec = importlib.util.find_spec("casadata")
    if spec is not None and spec.origin is not None:
        candidates.append(Path(spec.origin).parent / "__data__")
    for candidate in candidates:
        if (candidate / _DATA_MARK).is_dir():
            return candidate
    looked = ", ".join(str(candidate) for candidate in candidates) or "no directory at all"
    raise DataNotFoundError(
        f"CASA's reference data were not found (looked in {looked}): {CASADATA_REMEDY}."
    )


def log_directory(environ: Mapping[str, str], home: Path) -> Path:
    """Return the directory for log files: ``$CASA_KERNEL_LOG``, else ``~/.casa/logs``."""
    chosen = environ.get(LOG_DIRECTORY_VARIABLE)
    return Path(chosen).expanduser() if chosen else home / ".casa" / "logs"


def log_file(directory: Path, now: datetime, pid: int) -> Path:
    """Return the path of one process's log file."""
    return directory / f"casa-{now:%Y%m%d-%H%M%S}-{pid}.log"


def ensure_writable(directory: Path) -> None:
    """Make the directory if it is missing, and refuse one that cannot be written.

    Raises
    ------
    NotWritableError
        With the sentence that a user should read.
    """
    try:
        directory.mkdir(parents=True, exist_ok=True)
        probe = directory / f".probe-{os.getpid()}"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise NotWritableError(
            f"CASA cannot write in {directory} ({error.strerror}): make it writable, or set "
            f"{LOG_DIRECTORY_VARIABLE} to a directory of yours and restart the kernel."
        ) from error


def settings(site: Site, log_target: str) -> dict[str, object]:
    """Return casaconfig's values for a session without network, display or litter.

    Parameters
    ----------
    site : Site
        The directories.
    log_target : str
        What CASA opens as its log file: a path, or ``/dev/fd/N`` of a pipe.
    """
    return {
        "datapath": [str(path) for path in (site.data, *site.more_data)],
        "measurespath": str(site.data),
        "measures_auto_update": False,
        "data_auto_update": False,
        "skipnetworkcheck": True,
        "casaconfig_verbose": 0,
        "logfile": log_target,
        "log2term": False,
        "nologger": True,
        "nogui": True,
        "agg": True,
        "cachedir": str(site.cache),
    }


def matplotlib_remark(environ: Mapping[str, str]) -> str | None:
    """Return what is wrong with ``$MPLCONFIGDIR``, None if nothing is.

    Matplotlib then works in a directory of this process only, and says so where nobody looks.
    """
    chosen = environ.get("MPLCONFIGDIR")
    if not chosen or can_write(Path(chosen)):
        return None
    return (
        f"Matplotlib cannot write in MPLCONFIGDIR={chosen}, so each start looks for fonts anew: "
        "unset the variable or name a directory of yours."
    )


def can_write(path: Path) -> bool:
    """Whether files can be written in a directory, which is or could be made there."""
    existing = next(each for each in (path, *path.parents) if each.exists())
    # Not os.access, which promises root that it can write in /proc.
    return existing.is_dir() and not _is_refused(existing)


def _is_refused(directory: Path) -> bool:
    probe = directory / f".probe-{os.getpid()}"
    try:
        probe.touch()
        probe.unlink()
    except OSError:
        return True
    return False


def prepare(now: datetime) -> Site:
    """Find the data, make the directories, and return them; CASA is not imported.

    Raises
    ------
    CasaImportError
        casaconfig, which comes with CASA, is not installed, or a configuration file ended it.
    DataNotFoundError, NotWritableError
        See `find_data` and `ensure_writable`.
    """
    configuration = read_configuration()
    defaults(os.environ)
    data = find_data(configuration.data)
    logs = log_directory(os.environ, Path.home())
    ensure_writable(logs)
    cache = cache_directory(configuration.cache, os.environ, logs)
    ensure_writable(cache)
    font = matplotlib_remark(os.environ)
    return Site(
        data=data,
        log_file=log_file(logs, now, os.getpid()),
        cache=cache,
        more_data=tuple(path for path in configuration.datapath if path != data and path.is_dir()),
        remarks=(*configuration.remarks(data), *([font] if font else [])),
    )


def cache_directory(configured: Path, environ: Mapping[str, str], logs: Path) -> Path:
    """Return CASA's cache directory: the configured one, unless the logs were moved.

    Then it is beside them, because the home directory may be read-only.
    """
    return logs / "cache" if environ.get(LOG_DIRECTORY_VARIABLE) else configured


def apply(site: Site, log_target: str) -> None:
    """Give casaconfig the session's values; too late once casatools is imported."""
    from casaconfig import config  # noqa: PLC0415 - reads the user's files: only when asked

    for name, value in settings(site, log_target).items():
        setattr(config, name, value)
