"""Flags and their versions."""

from typing import Final

from recompute.access.declaration import Declaration
from recompute.access.wording import (
    FLAG_VERSIONS,
    given,
    may_read,
    mentions,
    named,
    reads,
    refuses,
    unless,
    unnamed,
    updates,
)

_KEPT: Final = "what it flags may be flagged"
_TO_TABLE: Final = (given("savepars", True), unnamed("outfile"))
_WRITES: Final = (given("action", "apply"), unless("mode", "summary"))
_NO_PLOT: Final = unless("action", "list", "extract")

DECLARATIONS: Final = (
    Declaration(
        "flagdata",
        (
            *reads("vis"),
            updates("vis", when=_WRITES, stays=_KEPT),
            updates("vis", when=_TO_TABLE, stays="the commands may be there"),
            updates("vis", FLAG_VERSIONS, when=(*_WRITES, given("flagbackup", True))),
            *may_read("inpfile", "addantenna", "timedev", "freqdev"),
            updates("outfile", when=(given("savepars", True),), stays="it may hold this"),
        ),
        (refuses("it opens a window", named("display")),),
        why="the summary, and any action but apply, only read; savepars without outfile writes"
        " FLAG_CMD",
    ),
    Declaration(
        "flagcmd",
        (
            *reads("vis"),
            updates("vis", when=(_NO_PLOT,), stays=_KEPT),
            updates("vis", when=_TO_TABLE, stays="the commands may be there"),
            updates(
                "vis",
                FLAG_VERSIONS,
                when=(given("action", "apply", "unapply"), given("flagbackup", True)),
                stays="there may be no command",
            ),
            *may_read("inpfile"),
            updates("outfile", when=(given("savepars", True),), stays="it may hold this"),
            updates("plotfile", when=(given("action", "plot"),), stays="the plot may be the same"),
        ),
        (refuses("it opens a window", given("action", "plot"), unnamed("plotfile")),),
    ),
    Declaration(
        "flagmanager",
        (
            *reads("vis"),
            updates("vis", when=(given("mode", "restore"),), stays="the flags may be these"),
            updates(
                "vis",
                FLAG_VERSIONS,
                when=(given("mode", "save", "delete", "rename"),),
                stays="there may be no such version",
            ),
            updates(
                "vis",
                FLAG_VERSIONS,
                when=(unless("mode", "save", "delete", "rename"),),
                stays="only read; to open it may make the directory",
            ),
        ),
        why="saving a version that is there renames the older by the time of day",
    ),
    Declaration(
        "msuvbin",
        (
            *reads("vis"),
            *mentions("taql"),
            updates("vis", when=(unless("mode", "bin"),), stays=_KEPT),
            updates("vis", FLAG_VERSIONS, when=(unless("mode", "bin"), given("flagbackup", True))),
            updates("outputvis", stays="writing flags back only reads it"),
        ),
        why="adds to a grid that is there",
    ),
)
