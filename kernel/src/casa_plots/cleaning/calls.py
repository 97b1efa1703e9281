"""The calls of `tclean` that one interactive call becomes, as parameters: pure functions."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from casa_plots.cleaning.controls import Controls
from casa_plots.cleaning.errors import InputError

# What is changed in each call below, whatever the user gave.
_STEPWISE: Final = {"interactive": False, "restoration": False, "savemodel": "none", "pbcor": False}
_AUTOMATIC: Final = "auto-multithresh"


def check(given: Mapping[str, Any]) -> None:
    """Refuse what cannot be cleaned interactively.

    Parameters
    ----------
    given : mapping
        All parameters of the user's call.

    Raises
    ------
    InputError
        Names the parameter and the remedy.
    """
    name = given.get("imagename")
    if not isinstance(name, str) or not name:
        raise InputError("imagename: interactive cleaning needs the name of one image.")
    if given.get("parallel"):
        raise InputError(
            "parallel: interactive cleaning runs in one process: use parallel=False, or "
            "interactive=False."
        )
    if given.get("outlierfile"):
        raise InputError(
            "outlierfile: interactive cleaning has one field: leave it out, or use "
            "interactive=False with mask files."
        )
    if given.get("restart") is False and Path(f"{name}.residual").exists():
        raise InputError(
            f"restart: {name} exists, and with restart=False would be left for another name: "
            "give that name as imagename."
        )
    Controls.of(given)


def first(given: Mapping[str, Any], controls: Controls) -> dict[str, Any]:
    """Return the call that makes PSF, residual and mask, and cleans nothing.

    `nmajor` is 0 and `niter` is not: with it CASA prepares masks and a starting model as for a
    cycle, which it does not with ``niter=0``.
    """
    niter = max(1, controls.niter)
    rest = {"nmajor": 0, "niter": niter, "restart": True, "fullsummary": True}
    return {**given, **controls.parameters(), **_STEPWISE, **rest}


def cycle(given: Mapping[str, Any], controls: Controls, mask: str) -> dict[str, Any]:
    """Return the call of one cycle.

    Parameters
    ----------
    given, controls
        The user's.
    mask : str
        The image with the mask; empty to use again the one that the last call left.
    """
    return {
        **given,
        **controls.parameters(),
        **_CONTINUED,
        "nmajor": 1,
        "usemask": "user",
        "mask": mask,
    }


def automask(given: Mapping[str, Any], controls: Controls) -> dict[str, Any]:
    """Return the call that lets CASA find a mask in the residual, and cleans nothing."""
    niter = max(1, controls.niter)
    rest = {"nmajor": 0, "niter": niter, "mask": ""}
    return {**given, **controls.parameters(), **_CONTINUED, **rest}


def last(given: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the call that restores the image and saves the model, None if neither is wanted."""
    restores, saves = given.get("restoration", True), given.get("savemodel", "none") != "none"
    if not restores and not saves:
        return None
    kept = {"restoration": restores, "pbcor": given.get("pbcor", False)}
    saved = {"savemodel": given.get("savemodel", "none")}
    return {**given, **_CONTINUED, **kept, **saved, "niter": 0, "usemask": "user", "mask": ""}


def is_automatic(given: Mapping[str, Any]) -> bool:
    """Return whether CASA finds the masks."""
    return given.get("usemask") == _AUTOMATIC


def begins_empty(given: Mapping[str, Any]) -> bool:
    """Return whether the mask is empty at first: none is given, and none is there."""
    mask = given.get("mask", "")
    is_given = len(mask) > 0 if isinstance(mask, str | list) else mask is not None
    there = Path(f"{given['imagename']}.mask").exists()
    return given.get("usemask", "user") == "user" and not is_given and not there


_CONTINUED: Final = {
    **_STEPWISE,
    "restart": True,
    "calcres": False,
    "calcpsf": False,
    "fullsummary": True,
    "startmodel": "",
}
