"""Imaging and deconvolution: families of images under one name."""

from typing import Final

from recompute.access.declaration import Declaration
from recompute.access.imaging import (
    deconvolved,
    imaged,
    joined,
    with_wide_band,
)
from recompute.access.wording import (
    INTERACTIVE,
    given,
    may_read,
    mentions,
    reads,
    refuses,
    switched,
    unless,
    updates,
)

_PARALLEL: Final = refuses("it runs on many processes", given("parallel", True))
_NEXT_NAME: Final = refuses(
    "without restart it makes up a name that is free", given("restart", False)
)
_HISTORY: Final = "only the history grows, which is no part of a state"

DECLARATIONS: Final = (
    Declaration(
        "tclean",
        (
            *reads("vis", when=(given("savemodel", "none"),)),
            updates("vis", when=(unless("savemodel", "none"),), stays="the model may be there"),
            *may_read("mask", "startmodel", "vptable", "phasecenter", "psfphasecenter"),
            updates("cfcache", stays="gridders but awproject make none"),
        ),
        (INTERACTIVE, _PARALLEL, _NEXT_NAME),
        why="goes on from images that are there; .workdirectory is made by parallel runs only",
        more=imaged,
    ),
    Declaration(
        "sdintimaging",
        (
            *reads("vis", "sdimage"),
            *may_read("sdpsf", "mask", "startmodel", "vptable", "phasecenter", "psfphasecenter"),
            updates("cfcache", stays="gridders but awproject make none"),
        ),
        (INTERACTIVE, _NEXT_NAME),
        more=joined,
    ),
    Declaration(
        "deconvolve",
        may_read("mask", "startmodel"),
        (INTERACTIVE,),
        why="changes the images that tclean left",
        more=deconvolved,
    ),
    Declaration(
        "widebandpbcor",
        (updates("vis", stays=_HISTORY),),
        why="writes the history of vis",
        more=with_wide_band,
    ),
    Declaration(
        "feather",
        (*reads("highres", "lowres"), updates("imagename", stays="the image may be the same")),
    ),
    Declaration(
        "impbcor",
        (
            *reads("imagename"),
            updates("pbimage", stays="it is opened to write"),
            *may_read("region"),
            *mentions("mask"),
            *switched("outfile"),
        ),
        why="touches the table of the primary beam",
    ),
    Declaration(
        "sdimaging",
        (
            updates("infiles", stays=_HISTORY),
            *may_read("phasecenter", "ephemsrcname"),
            *switched("outfile", endings=("", ".weight")),
        ),
        why="writes the history of its inputs",
    ),
    Declaration(
        "tsdimaging",
        (
            updates("infiles", stays=_HISTORY),
            *may_read("phasecenter"),
            updates(
                "outfile",
                endings=(
                    ".image",
                    ".image.pbcor",
                    ".mask",
                    ".model",
                    ".pb",
                    ".psf",
                    ".residual",
                    ".sumwt",
                    ".weight",
                ),
            ),
        ),
        (refuses("outfile is empty", given("outfile", "")),),
        why="writes the history of its inputs; with overwrite it removes the whole family",
    ),
)
