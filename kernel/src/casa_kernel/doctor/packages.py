"""Python and the packages that CASA needs."""

import importlib.util
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from typing import Final

from casa_kernel.doctor.check import Check, bad, note, ok

# Measured on Debian 12: other wheels want another OpenSSL or a Python module that is gone.
PAIRINGS: Final = {(3, 11): "6.7.0.31", (3, 12): "6.7.5.18", (3, 13): "6.7.6.14"}
_NUMPY_LIMIT: Final = (2, 4)


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
        return bad("pairing", f"CASA is not known to load in Python {mine}; use {known}.")
    remedy = f"`pip install casatools=={good} casatasks=={good}` suits Python {mine}"
    if casatools is None or casatasks is None:
        missing = "casatools" if casatools is None else "casatasks"
        return bad("pairing", f"{missing} is not installed: {remedy}.")
    if casatools != casatasks:
        return bad("pairing", f"casatools {casatools} and casatasks {casatasks} differ: {remedy}.")
    if casatools != good:
        # Only a note: whether it loads is tried further below.
        return note("pairing", f"casatools {casatools} was not tried with Python {mine}: {remedy}.")
    return ok("pairing", f"Python {mine} and CASA {casatools} belong together.")


def check_numpy(numpy: str | None) -> Check:
    """Tell whether NumPy is old enough for casatasks."""
    if numpy is None:
        return bad("numpy", "NumPy is not installed: `pip install 'numpy<2.4'`.")
    major, minor = (int(part) for part in numpy.split(".")[:2])
    if (major, minor) >= _NUMPY_LIMIT:
        return bad(
            "numpy", f"NumPy {numpy} breaks imregrid and other tasks: `pip install 'numpy<2.4'`."
        )
    return ok("numpy", f"NumPy {numpy} works with casatasks.")


def check_six(*, found: bool) -> Check:
    """Tell whether six is there, which casatasks imports without declaring it."""
    if found:
        return ok("six", "six is installed.")
    return bad("six", "casatasks imports six, which is missing: `pip install six`.")


def examine_packages() -> Iterator[Check]:
    """Yield what is to be said about this Python's packages."""
    python = (sys.version_info.major, sys.version_info.minor)
    yield check_pairing(python, installed("casatools"), installed("casatasks"))
    yield check_numpy(installed("numpy"))
    yield check_six(found=importlib.util.find_spec("six") is not None)
