"""Telling, in sentences, whether CASA can work here: ``python -m casa_kernel doctor``.

Nothing of CASA is imported: the doctor must speak where CASA does not load.
"""

import importlib.util
import json
import os
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

from casa_kernel import site
from casa_kernel.errors import CasaKernelError

# Measured on Debian 12: other wheels want another OpenSSL or a Python module that is gone.
PAIRINGS: Final = {(3, 11): "6.7.0.31", (3, 12): "6.7.5.18", (3, 13): "6.7.6.14"}
_NUMPY_LIMIT: Final = (2, 4)


@dataclass(frozen=True, slots=True)
class Check:
    """One answer.

    Attributes
    ----------
    name : str
        What was looked at.
    ok : bool
        Whether CASA can work with it.
    sentence : str
        What was found and, if it is bad, the remedy.
    """

    name: str
    ok: bool
    sentence: str


def installed(package: str) -> str | None:
    """Return the version of an installed distribution, None if it is missing."""
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def check_pairing(python: tuple[int, int], casatools: str | None, casatasks: str | None) -> Check:
    """Tell whether this Python and these CASA wheels are known to work together."""
    mine = f"{python[0]}.{python[1]}"
    good = PAIRINGS.get(python)
    if good is None:
        known = ", ".join(f"{major}.{minor}" for major, minor in sorted(PAIRINGS))
        return Check("pairing", False, f"CASA is not known to load in Python {mine}; use {known}.")
    remedy = f"`pip install casatools=={good} casatasks=={good}` suits Python {mine}"
    if casatools is None or casatasks is None:
        missing = "casatools" if casatools is None else "casatasks"
        return Check("pairing", False, f"{missing} is not installed: {remedy}.")
    if casatools != casatasks:
        return Check(
            "pairing",
            False,
            f"casatools {casatools} and casatasks {casatasks} differ: {remedy}.",
        )
    if casatools != good:
        return Check(
            "pairing",
            False,
            f"casatools {casatools} was not found to load in Python {mine}: {remedy}.",
        )
    return Check("pairing", True, f"Python {mine} and CASA {casatools} belong together.")


def check_numpy(numpy: str | None) -> Check:
    """Tell whether NumPy is old enough for casatasks."""
    if numpy is None:
        return Check("numpy", False, "NumPy is not installed: `pip install 'numpy<2.4'`.")
    major, minor = (int(part) for part in numpy.split(".")[:2])
    if (major, minor) >= _NUMPY_LIMIT:
        return Check(
            "numpy",
            False,
            f"NumPy {numpy} breaks imregrid and other tasks: `pip install 'numpy<2.4'`.",
        )
    return Check("numpy", True, f"NumPy {numpy} works with casatasks.")


def check_six(*, found: bool) -> Check:
    """Tell whether six is there, which casatasks imports without declaring it."""
    if found:
        return Check("six", True, "six is installed.")
    return Check("six", False, "casatasks imports six, which is missing: `pip install six`.")


def check_data() -> Check:
    """Tell whether the reference data are found."""
    try:
        return Check("data", True, f"The reference data are in {site.find_data([])}.")
    except CasaKernelError as error:
        return Check("data", False, str(error))


def check_log() -> Check:
    """Tell whether log files can be written."""
    directory = site.log_directory(os.environ, Path.home())
    try:
        site.ensure_writable(directory)
    except CasaKernelError as error:
        return Check("log", False, str(error))
    return Check("log", True, f"Logs are written to {directory}.")


def examine() -> Iterator[Check]:
    """Yield every check of this machine."""
    python = (sys.version_info.major, sys.version_info.minor)
    yield check_pairing(python, installed("casatools"), installed("casatasks"))
    yield check_numpy(installed("numpy"))
    yield check_six(found=importlib.util.find_spec("six") is not None)
    yield check_data()
    yield check_log()


def run(*, as_json: bool) -> int:
    """Print what works.

    Returns
    -------
    int
        Exit status: 0 if everything does.
    """
    checks = list(examine())
    if as_json:
        print(json.dumps([asdict(check) for check in checks], indent=2))
    else:
        for check in checks:
            print(f"{'ok ' if check.ok else 'BAD'} {check.sentence}")
    return 0 if all(check.ok for check in checks) else 1
