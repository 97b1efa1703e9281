"""Listings, statistics and plots of observations, and tasks that keep house."""

from typing import Final

from recompute.access.declaration import Declaration
from recompute.access.wording import (
    creates,
    given,
    may_read,
    mentions,
    never,
    reads,
    switched,
    unnamed,
    updates,
)

_HISTORY: Final = "it shows or extends the history, which is no part of a state"
_NETWORK: Final = "it asks a service on the network"
_SAME_PLOT: Final = "the plot may be the same"

DECLARATIONS: Final = (
    Declaration("listobs", (*reads("vis"), *switched("listfile"))),
    Declaration("listvis", (*reads("vis"), creates("listfile"))),
    Declaration("listpartition", (*reads("vis"), creates("listfile"))),
    Declaration("listhistory", refusals=never(_HISTORY)),
    Declaration("listfits", reads("fitsfile")),
    Declaration("listsdm", reads("sdm")),
    Declaration("asdmsummary", reads("asdm")),
    Declaration(
        "vishead",
        (
            *reads("vis"),
            updates("vis", when=(given("mode", "put"),), stays="the value may be there"),
        ),
    ),
    Declaration("visstat", (*reads("vis"), *mentions("taql"))),
    Declaration(
        "plotants",
        (*reads("vis"), updates("figfile", stays=_SAME_PLOT)),
        why="its window is Matplotlib's, which the notebook shows and keeps",
    ),
    Declaration(
        "plotweather",
        (
            *reads("vis"),
            updates("plotName", when=(given("doPlot", True),), stays=_SAME_PLOT),
            updates(
                "vis",
                ".plotweather.png",
                when=(given("doPlot", True), unnamed("plotName")),
                stays=_SAME_PLOT,
            ),
        ),
    ),
    Declaration(
        "apparentsens",
        (
            *reads("vis"),
            updates(
                "vis",
                ".apparentsens",
                endings=(".psf", ".residual", ".sumwt", ".weight", ".pb", ".model", ".mask"),
            ),
        ),
        why="removes all <vis>.apparentsens.*, and leaves two of them",
    ),
    Declaration("clearstat", refusals=never("it only releases locks")),
    Declaration("rmtables", refusals=never("it deletes what its wildcards match")),
    Declaration(
        "slsearch",
        (
            *may_read("tablename"),
            creates("outfile"),
            updates("logfile", stays="there may be nothing to log"),
        ),
    ),
    Declaration("splattotable", (*reads("filenames"), creates("table"))),
    Declaration("getephemtable", refusals=never(_NETWORK)),
    Declaration("getantposalma", refusals=never(_NETWORK)),
    Declaration("getcalmodvla", refusals=never(_NETWORK)),
    Declaration("imhistory", refusals=never(_HISTORY)),
)
