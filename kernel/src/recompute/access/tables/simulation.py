"""Simulated observations: each keeps everything in one directory, its project."""

from typing import Final

from recompute.access.declaration import Declaration
from recompute.access.wording import creates, given, may_read, unless, updates

_AGAIN: Final = "it may hold this"

DECLARATIONS: Final = (
    Declaration(
        "simobserve",
        (
            *may_read("skymodel", "complist", "ptgfile", "antennalist", "sdantlist"),
            updates("project", stays=_AGAIN),
        ),
    ),
    Declaration(
        "simanalyze",
        (
            *may_read("skymodel", "vis", "imagename", "modelimage", "mask", "featherimage"),
            updates("project", stays=_AGAIN),
            updates("logfile", stays=_AGAIN),
        ),
    ),
    Declaration(
        "simalma",
        (
            *may_read("skymodel", "complist", "ptgfile", "antennalist"),
            creates("project", when=(unless("overwrite", True),)),
            updates("project", when=(given("overwrite", True),), stays=_AGAIN),
        ),
    ),
)
