"""Tutorials: notebooks that reduce an observation from its files to an image, and check themselves.

``python -m casa_kernel.tutorials list`` names them, ``copy NAME DIRECTORY`` puts one where it can
be opened. They need no network: their data are simulated, or come with the package casadata.
"""

import os
import shutil
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Final

from casa_kernel.errors import CasaKernelError

# Marks a directory as a tutorial's own, that it may empty.
_MARK: Final = ".casa-kernel-tutorial"


class TutorialError(CasaKernelError):
    """A tutorial cannot be copied or begun there; nothing was changed."""


@dataclass(frozen=True, slots=True)
class Tutorial:
    """A notebook of this package."""

    name: str
    title: str

    @property
    def file(self) -> str:
        """Name of the notebook."""
        return f"{self.name}.ipynb"

    def read(self) -> str:
        """Return the notebook as text."""
        return files(__package__).joinpath(self.file).read_text(encoding="utf-8")


TUTORIALS: Final = {
    tutorial.name: tutorial
    for tutorial in (
        Tutorial("gallery", "Every plot, on NGC 5921 with the VLA (real observation)"),
        Tutorial("vla-continuum", "A supernova remnant with the VLA: continuum (simulated)"),
        Tutorial("vla-spectral-line", "NGC 5921 with the VLA: H I line (real observation)"),
        Tutorial("recompute", "One parameter changed, and recomputed: VLA continuum (simulated)"),
        Tutorial("vlbi", "Two components with the EVN: VLBI (simulated)"),
    )
}


def copy(name: str, directory: Path) -> Path:
    """Copy a tutorial's notebook into a directory and return its path.

    Raises
    ------
    TutorialError
        There is no such tutorial, or the directory has a file of its name.
    """
    if name not in TUTORIALS:
        raise TutorialError(f"There is no tutorial {name!r}; there are {', '.join(TUTORIALS)}.")
    tutorial = TUTORIALS[name]
    directory.mkdir(parents=True, exist_ok=True)
    target = directory / tutorial.file
    try:
        with target.open("x", encoding="utf-8") as file:
            file.write(tutorial.read())
    except FileExistsError:
        raise TutorialError(
            f"{target} exists already: open it, or name another directory."
        ) from None
    return target


def start(name: str, *, keep: bool = False) -> Path:
    """Go into a directory ``NAME-data`` of its own for what the steps of a tutorial write.

    Run again, it empties that directory: a tutorial can always be run from the top.

    Parameters
    ----------
    name : str
        Of the tutorial.
    keep : bool
        Leave what is there, for a tutorial whose steps are memoised.

    Raises
    ------
    TutorialError
        A directory of this name exists and was not made by this function.
    """
    here = Path.cwd()
    home = here.parent if (here / _MARK).exists() else here
    place = home / f"{name}-data"
    if place.exists() and not (place / _MARK).exists():
        raise TutorialError(f"{place} is not of this tutorial: rename it, or work elsewhere.")
    os.chdir(home)
    if not keep:
        shutil.rmtree(place, ignore_errors=True)
    place.mkdir(exist_ok=True)
    (place / _MARK).touch()
    os.chdir(place)
    return place
