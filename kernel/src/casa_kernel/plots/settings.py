"""How plots are shown in this session: what ``%plots`` sets."""

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Final

from casa_plots.picture import Size

from casa_kernel.errors import CasaKernelError

_SMALLEST, _LARGEST = 1.0, 40.0  # inches
_COARSEST, _FINEST = 30.0, 1200.0  # pixels per inch


class Mode(StrEnum):
    """Whether a front end gets more than a picture."""

    AUTOMATIC = "auto"  # if there is one: it names the cells that it runs
    INTERACTIVE = "interactive"
    STATIC = "static"


class PlotSettingError(CasaKernelError, ValueError):
    """``%plots`` was given what it does not know."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How plots are shown.

    Attributes
    ----------
    mode : Mode
        See there.
    size : Size
        Of the picture in the saved notebook, and of saved pictures.
    """

    mode: Mode = Mode.AUTOMATIC
    size: Size = field(default_factory=Size)


HELP: Final = """How plots are shown in this notebook.

%plots                    what is set
%plots auto               interactive where a front end runs the cell, else a picture (default)
%plots interactive        interactive, whoever runs the cell
%plots static             pictures only
%plots size 8x6           inches, width x height
%plots dpi 150            pixels per inch of the picture that the notebook keeps
"""


def changed(settings: Settings, line: str) -> Settings:
    """Return the settings that a line of ``%plots`` makes.

    Raises
    ------
    PlotSettingError
        It says nothing that is known here.
    """
    words = line.lower().split()
    while words:
        word = words.pop(0)
        if word in {mode.value for mode in Mode}:
            settings = replace(settings, mode=Mode(word))
        elif word in {"size", "dpi"} and words:
            change = _size if word == "size" else _dpi
            settings = replace(settings, size=change(settings.size, words.pop(0)))
        else:
            raise PlotSettingError(
                f"%plots {line}: {word!r} is none of auto, interactive, static, size WIDTHxHEIGHT, "
                "dpi NUMBER."
            )
    return settings


def described(settings: Settings) -> str:
    """Return the settings in a line."""
    size = settings.size
    return f"plots: {settings.mode}, {size.width:g} x {size.height:g} inches, {size.dpi:g} dpi"


def _size(size: Size, text: str) -> Size:
    width, _, height = text.partition("x")
    return replace(
        size,
        width=_number(width, _SMALLEST, _LARGEST, "inches"),
        height=_number(height, _SMALLEST, _LARGEST, "inches"),
    )


def _dpi(size: Size, text: str) -> Size:
    return replace(size, dpi=_number(text, _COARSEST, _FINEST, "pixels per inch"))


def _number(text: str, least: float, most: float, unit: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not least <= value <= most:
        raise PlotSettingError(
            f"{text!r} cannot be drawn: give {least:g} to {most:g} {unit}, as in `%plots size 8x6` "
            "or `%plots dpi 150`."
        )
    return value
