"""Calibration: tables, models and corrected data."""

from typing import Final

from recompute.access.calibration import settle_applied_tables
from recompute.access.declaration import Access, Declaration, Named, Refusal
from recompute.access.wording import (
    FLAG_VERSIONS,
    appends,
    creates,
    given,
    may_read,
    mentions,
    named,
    never,
    reads,
    refuses,
    switched,
    unless,
    unnamed,
    updates,
    writes,
)
from recompute.model import Use

_UNNAMED_TABLE: Final = refuses("caltable is empty", unnamed("caltable"))
_NETWORK: Final = "it asks a service on the network"
_CALLIB: Final = Access("callib", Use.READ, Named.LISTING)
_APPLIED: Final = (*reads("gaintable"), _CALLIB, *mentions("msselect"))
_HISTORY: Final = "only the history grows, which is no part of a state"


def _solver(task: str) -> Declaration:
    """Declare a task that solves for a table, with others applied.

    It opens ``vis`` to write, but does not; without ``append`` it replaces a table.
    """
    return Declaration(
        task,
        (*reads("vis"), *_APPLIED, *appends("caltable")),
        (_UNNAMED_TABLE,),
        settle=settle_applied_tables,
    )


def _maker(task: str) -> Declaration:
    """Declare a task that changes a table, or makes another of it."""
    return Declaration(
        task,
        (
            *reads("vis"),
            *reads("tablein", when=(named("caltable"),)),
            updates("tablein", when=(unnamed("caltable"),)),
            writes("caltable"),
        ),
        why="without caltable it changes tablein",
    )


DECLARATIONS: Final = (
    *(_solver(task) for task in ("gaincal", "bandpass", "fringefit", "polcal", "accor")),
    Declaration(
        "blcal",
        (*reads("vis", "gaintable"), *mentions("msselect"), writes("caltable")),
        (_UNNAMED_TABLE,),
        settle=settle_applied_tables,
    ),
    Declaration(
        "applycal",
        (
            updates("vis", stays="the same tables may have been applied before"),
            updates(
                "vis",
                FLAG_VERSIONS,
                when=(given("flagbackup", True), unless("applymode", "calonly", "trial")),
            ),
            *_APPLIED,
        ),
        settle=settle_applied_tables,
    ),
    Declaration(
        "fluxscale",
        (
            updates("vis", stays=_HISTORY),
            *reads("caltable"),
            *appends("fluxtable", fresh=Use.CREATE),
            updates("listfile", stays="the fluxes may be those that it lists"),
        ),
        (refuses("fluxtable is empty", unnamed("fluxtable")),),
        why="writes the history of vis",
    ),
    _maker("smoothcal"),
    _maker("rerefant"),
    Declaration(
        "gencal",
        (
            *reads("vis"),
            *may_read("infile"),
            updates("caltable", stays="the same values may be there"),
        ),
        (
            _UNNAMED_TABLE,
            Refusal(_NETWORK, (given("caltype", "antpos"), unnamed("infile"), unnamed("antenna"))),
            Refusal(_NETWORK, (given("caltype", "jyperk", "eop"), unnamed("infile"))),
        ),
        why="adds to a table that is there",
    ),
    Declaration("polfromgain", (*reads("vis", "tablein"), creates("caltable"))),
    Declaration(
        "wvrgcal",
        (
            updates("vis", stays="nobody saw it write there; opened by its own library"),
            *may_read("offsetstable"),
            creates("caltable"),
        ),
        (_UNNAMED_TABLE,),
    ),
    Declaration("calstat", reads("caltable")),
    Declaration("listcal", (*reads("vis", "caltable"), creates("listfile"))),
    Declaration(
        "plotbandpass",
        refusals=never(
            "what it reads is named in the table, and its pictures are named by what they show"
        ),
    ),
    Declaration(
        "setjy",
        (
            *reads("vis", when=(given("listmodels", True),)),
            updates("vis", when=(unless("listmodels", True),), stays="the model may be there"),
            *may_read("model"),
        ),
        why="models of CASA's own data are covered by the version of the data",
    ),
    Declaration(
        "ft",
        (updates("vis", stays="the model may be there"), *may_read("model"), *reads("complist")),
    ),
    Declaration("clearcal", (updates("vis", stays="the columns may hold this"),)),
    Declaration("delmod", (updates("vis", stays="there may be no model"),)),
    Declaration("uvsub", (updates("vis"),)),
    Declaration(
        "initweights",
        (updates("vis", stays="the weights may be these"), *reads("tsystable")),
    ),
    Declaration(
        "statwt",
        (
            *reads("vis", when=(given("preview", True),)),
            updates("vis", when=(unless("preview", True),), stays="the weights may be these"),
            updates(
                "vis",
                FLAG_VERSIONS,
                when=(unless("preview", True), given("flagbackup", True)),
            ),
        ),
    ),
    Declaration(
        "uvmodelfit",
        (
            updates("vis", stays="the scratch columns that it adds may be there"),
            *mentions("msselect"),
            updates("outfile", stays="the fit may be the same"),
        ),
        why="adds MODEL_DATA and CORRECTED_DATA to vis",
    ),
    Declaration(
        "predictcomp",
        refusals=never("it makes its file's name of the frequency and the date"),
    ),
    Declaration(
        "sdcal",
        (
            *reads("infile", when=(given("calmode", "tsys", "ps", "otf", "otfraster"),)),
            updates(
                "infile",
                when=(unless("calmode", "tsys", "ps", "otf", "otfraster"),),
                stays="the same tables may have been applied before",
            ),
            *reads("applytable"),
            *switched("outfile", when=(unless("calmode", "apply"),)),
        ),
        why="a calmode with commas calibrates and applies",
    ),
    Declaration(
        "sdgaincal",
        (
            updates("infile", stays="the scratch columns that it adds may be there"),
            *reads("applytable"),
            *switched("outfile"),
        ),
        why="adds CORRECTED_DATA to infile",
    ),
)
