"""The scripts and styles of widgets, put together: anywidget takes one module for each."""

from functools import cache
from importlib.resources import files
from typing import Final

STAGE: Final = (
    "frames.js",
    "line.js",
    "controls.js",
    "tools.js",
    "pager.js",
    "keys.js",
    "picture.js",
    "mount.js",
)
"""What every widget is built on, in this order."""


@cache
def composed(kind: str, *scripts: str, package: str = __package__) -> str:
    """Return the module of a widget.

    Parameters
    ----------
    kind : str
        The class that is mounted.
    *scripts : str
        Names of the files that follow those of the stage.
    package : str
        Where these files are.
    """
    parts = [_read(__package__, name) for name in STAGE]
    parts += [_read(package, name) for name in scripts]
    return "\n".join([*parts, f"export default mounting({kind});\n"])


@cache
def styles(*names: str, package: str = __package__) -> str:
    """Return the stage's style sheet, followed by those that are named."""
    return "\n".join([_read(__package__, "picture.css"), *(_read(package, name) for name in names)])


def _read(package: str, name: str) -> str:
    return files(package).joinpath(name).read_text(encoding="utf-8")
