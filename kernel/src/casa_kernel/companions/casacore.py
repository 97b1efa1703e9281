"""python-casacore beside CASA: a warning where it breaks, and a process without CASA for it.

Both bring a copy of casacore. With Python 3.11 and CASA 6.7.0.31 they leave each other alone. With
Python 3.13 and CASA 6.7.6.14 ``casacore.measures`` was found to fail with "missing frame
information" once casatasks is imported; its tables, images and quanta work.
"""

import argparse
import pickle
import shlex
import sys
import tempfile
import warnings
from collections.abc import Callable, Mapping, MutableMapping, Sequence
from importlib.abc import MetaPathFinder
from pathlib import Path
from types import ModuleType
from typing import Any, Final

from casa_kernel.companions.errors import ArgumentError
from casa_kernel.companions.process import run

# The first Python whose casatasks was found to break it, see above.
BROKEN_SINCE: Final = (3, 13)
_USAGE: Final = "write `%%casacore -i a,b -o c`"
_WARNING: Final = (
    "casacore.measures fails in this kernel ('missing frame information'): in Python 3.13 it and "
    "CASA get in each other's way. Use CASA's own tool, `measures()`, or astropy; or begin the "
    "cell with `%%casacore -o NAME`: it runs in a process without CASA, and NAME comes back."
)


class MeasuresWarner(MetaPathFinder):
    """Warns when ``casacore.measures`` is imported; finds nothing itself."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> None:
        """Say once what will go wrong, and leave the finding to others."""
        del path, target
        if fullname == "casacore.measures":
            warnings.warn(_WARNING, stacklevel=2)


def warn_where_it_breaks(python: tuple[int, int], finders: list[Any]) -> None:
    """Put a `MeasuresWarner` first among the import system's finders, where it is needed."""
    present = any(isinstance(finder, MeasuresWarner) for finder in finders)
    if python >= BROKEN_SINCE and not present:
        finders.insert(0, MeasuresWarner())


def run_apart(
    code: str,
    given: Mapping[str, object],
    wanted: Sequence[str],
    write: Callable[[str], object],
) -> dict[str, Any]:
    """Run Python code in a process of its own, without CASA.

    Parameters
    ----------
    code : str
        A cell.
    given : mapping
        Variables that the code finds; they are pickled.
    wanted : sequence of str
        Variables to bring back.
    write : callable
        Takes what the code prints.

    Returns
    -------
    dict of str to object
        The wanted variables.

    Raises
    ------
    ProgramFailedError
        The code failed; its traceback was written.
    """
    with tempfile.TemporaryDirectory(prefix="casa-apart-") as directory:
        request, answer = Path(directory, "request"), Path(directory, "answer")
        request.write_bytes(pickle.dumps((code, dict(given), list(wanted))))
        run(
            [sys.executable, "-m", "casa_kernel.companions.apart", str(request), str(answer)], write
        )
        # It was written by the user's own code just now.
        result: dict[str, Any] = pickle.loads(answer.read_bytes())  # noqa: S301
        return result


def cell_magic(
    variables: MutableMapping[str, Any], write: Callable[[str], object]
) -> Callable[[str, str], None]:
    """Return the function behind ``%%casacore``.

    Parameters
    ----------
    variables : mutable mapping
        The user's variables.
    write : callable
        Takes what the cell prints.
    """

    def magic(line: str, cell: str) -> None:
        """Run the cell in a process without CASA, for python-casacore.

        ``%%casacore -i a,b -o c`` gives it the variables ``a`` and ``b`` and brings ``c`` back.
        """
        given, wanted = _names(line)
        missing = [name for name in given if name not in variables]
        if missing:
            raise ArgumentError(f"There is no variable {missing[0]!r} to give: check -i.")
        variables.update(run_apart(cell, {name: variables[name] for name in given}, wanted, write))

    return magic


def _names(line: str) -> tuple[list[str], list[str]]:
    parser = argparse.ArgumentParser(prog="%%casacore", add_help=False, exit_on_error=False)
    parser.add_argument("-i", default="")
    parser.add_argument("-o", default="")
    try:
        options, rest = parser.parse_known_args(shlex.split(line))
    except (argparse.ArgumentError, ValueError) as error:
        raise ArgumentError(f"%%casacore {line}: {error}; {_USAGE}.") from error
    if rest:
        raise ArgumentError(
            f"%%casacore does not know {rest[0]!r}; write `%%casacore -i a,b -o c`."
        )
    given, wanted = ([name for name in each.split(",") if name] for each in (options.i, options.o))
    return given, wanted
