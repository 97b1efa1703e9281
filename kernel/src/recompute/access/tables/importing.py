"""Import and export."""

from typing import Final

from recompute.access.declaration import Declaration
from recompute.access.wording import (
    FLAG_VERSIONS,
    creates,
    given,
    reads,
    refuses,
    switched,
    unless,
    unnamed,
    updates,
)

_UNNAMED: Final = refuses("vis is empty: the task makes up a name", unnamed("vis"))
_PARALLEL: Final = refuses("it runs on many processes", given("parallel", True))

DECLARATIONS: Final = (
    Declaration("importuvfits", (*reads("fitsfile"), creates("vis")), (_UNNAMED,)),
    Declaration(
        "importfitsidi",
        (*reads("fitsidifile"), updates("vis")),
        (_UNNAMED,),
        why="an output that is there is left to CASA to judge",
    ),
    Declaration("importgmrt", (*reads("fitsfile", "flagfile"), creates("vis")), (_UNNAMED,)),
    Declaration("importmiriad", (*reads("mirfile"), updates("vis")), (_UNNAMED,)),
    Declaration("importvla", (*reads("archivefiles"), creates("vis")), (_UNNAMED,)),
    Declaration("importatca", (*reads("files"), updates("vis")), (_UNNAMED,)),
    Declaration(
        "importasdm",
        (
            *reads("asdm"),
            *switched("vis"),
            updates(
                "vis",
                FLAG_VERSIONS,
                when=(given("flagbackup", True),),
                stays="there may be no flags",
            ),
            updates("outfile", when=(given("savecmds", True),)),
        ),
        (
            _UNNAMED,
            refuses("it names the compressed set itself", given("compression", True)),
            refuses("it names the corrected set itself", unless("wvr_corrected_data", "no")),
            refuses(
                "it names the file of commands itself",
                given("savecmds", True),
                unnamed("outfile"),
            ),
            refuses("a lazy import refers to the files of the ASDM", given("lazy", True)),
        ),
    ),
    Declaration(
        "importasap",
        (
            *reads("infile"),
            *switched("outputvis"),
            updates("outputvis", FLAG_VERSIONS, stays="made only with flagbackup"),
        ),
        (_PARALLEL, refuses("outputvis is empty", unnamed("outputvis"))),
    ),
    Declaration(
        "importnro",
        (*reads("infile"), *switched("outputvis")),
        (_PARALLEL, refuses("outputvis is empty", unnamed("outputvis"))),
    ),
    Declaration("importfits", (*reads("fitsimage"), *switched("imagename"))),
    Declaration("exportfits", (*reads("imagename"), *switched("fitsimage"))),
    Declaration("exportuvfits", (*reads("vis"), *switched("fitsfile"))),
)
