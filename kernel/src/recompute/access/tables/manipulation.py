"""MeasurementSets made of MeasurementSets."""

from typing import Final

from recompute.access.declaration import Access, Declaration, Named
from recompute.access.wording import (
    FLAG_VERSIONS,
    creates,
    given,
    may_read,
    mentions,
    new_ms,
    reads,
    refuses,
    switched,
    unless,
    unnamed,
    updates,
    writes,
)
from recompute.model import Use

_HISTORY: Final = "only the history grows, which is no part of a state"
_NO_OUTPUT: Final = refuses("outputvis is empty", unnamed("outputvis"))

DECLARATIONS: Final = (
    *(
        Declaration(task, (*reads("vis"), *new_ms()))
        for task in ("split", "hanningsmooth", "cvel", "cvel2", "phaseshift")
    ),
    Declaration(
        "mstransform",
        (
            *reads("vis"),
            Access("callib", Use.READ, Named.LISTING),
            *mentions("taql"),
            *new_ms(),
        ),
    ),
    Declaration(
        "partition",
        (
            *reads("vis"),
            *mentions("taql"),
            creates("outputvis"),
            creates("outputvis", FLAG_VERSIONS, stays="made only with flagbackup"),
        ),
    ),
    *(
        Declaration(task, (*reads("infile"), *new_ms("outfile")))
        for task in ("sdpolaverage", "sdtimeaverage", "nrobeamaverage")
    ),
    Declaration("uvcontsub", (*reads("vis"), creates("outputvis")), (_NO_OUTPUT,)),
    Declaration(
        "uvcontsub_old",
        (
            updates("vis", stays="nobody saw it write there; opened to write"),
            updates("vis", ".contsub"),
            updates("vis", ".cont", when=(given("want_cont", True),)),
        ),
        why="names its outputs itself, and replaces them",
    ),
    Declaration(
        "conjugatevis",
        (*reads("vis"), *switched("outputvis")),
        (refuses("outputvis is empty: the name is made of that of vis", unnamed("outputvis")),),
    ),
    Declaration(
        "fixvis",
        (
            *reads("vis", when=(unless("outputvis", "", [], [""]),)),
            updates("vis", when=(unnamed("outputvis"),), stays="the phases may be there"),
            writes("outputvis"),
        ),
        why="without outputvis, or with that of vis, it changes vis",
    ),
    Declaration(
        "fixplanets",
        (updates("vis", stays="the directions may be these"), *may_read("direction")),
    ),
    Declaration(
        "defintent",
        (*reads("vis"), updates("outputvis", stays="one that is there is left as it is")),
        why="changes vis if it is outputvis, too; ends without an error if outputvis is there",
    ),
    Declaration(
        "concat",
        (updates("vis", stays=_HISTORY), updates("concatvis")),
        why="writes the history of its inputs, and appends to an output that is there",
    ),
    Declaration(
        "testconcat",
        (updates("vis", stays=_HISTORY), creates("testconcatvis")),
        why="writes the history of its inputs",
    ),
    Declaration(
        "virtualconcat",
        (updates("vis", stays="moved away and back"), creates("concatvis")),
        (refuses("it moves its inputs into its output", unless("keepcopy", True)),),
    ),
    Declaration(
        "exportasdm",
        (*reads("vis"), creates("asdm")),
    ),
    Declaration(
        "sdatmcor",
        (
            updates("infile", stays="nobody saw it write there"),
            *may_read("gainfactor"),
            *mentions("msselect"),
            *switched("outfile"),
        ),
    ),
)
