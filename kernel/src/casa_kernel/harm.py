"""Which of a user's data a task would leave half-written if it were killed."""

from collections.abc import Mapping
from typing import Any, Final

# Tasks that were seen to change nothing that was there before, by comparing all files before and
# after. They may be killed: what they leave behind is their own unfinished output.
_HARMLESS: Final = frozenset(
    [
        "apparentsens",
        "asdmsummary",
        "bandpass",
        "blcal",
        "calstat",
        "clearstat",
        "conjugatevis",
        "cvel2",
        "exportasdm",
        "exportfits",
        "exportuvfits",
        "fringefit",
        "gaincal",
        "gencal",
        "getantposalma",
        "getcalmodvla",
        "getephemtable",
        "hanningsmooth",
        "imcollapse",
        "imcontsub",
        "imdev",
        "imfit",
        "imhistory",
        "immath",
        "immoments",
        "impv",
        "imrebin",
        "imregrid",
        "imsmooth",
        "imstat",
        "imsubimage",
        "imtrans",
        "imval",
        "importasap",
        "importasdm",
        "importatca",
        "importfits",
        "importfitsidi",
        "importgmrt",
        "importmiriad",
        "importnro",
        "importuvfits",
        "importvla",
        "listcal",
        "listfits",
        "listhistory",
        "listobs",
        "listpartition",
        "listsdm",
        "listvis",
        "makemask",
        "mstransform",
        "partition",
        "phaseshift",
        "plotants",
        "plotbandpass",
        "plotprofilemap",
        "plotweather",
        "polcal",
        "polfromgain",
        "rerefant",
        "sdbaseline",
        "simalma",
        "simanalyze",
        "simobserve",
        "slsearch",
        "smoothcal",
        "spxfit",
        "specfit",
        "split",
        "splattotable",
        "uvcontsub",
        "visstat",
        "vishead",
        "wvrgcal",
        "accor",
    ]
)
_CHANGED: Final = ("vis", "imagename", "infile", "tablenames", "caltable")


def at_risk(task: str, parameters: Mapping[str, Any]) -> str | None:
    """Return the name of what the task changes in place, None if it changes nothing of the sort.

    Parameters
    ----------
    task : str
        Its name; an unknown one counts as changing its input.
    parameters : mapping
        The arguments by name.
    """
    if task in _HARMLESS or _only_reads(task, parameters):
        return None
    given = next((parameters[name] for name in _CHANGED if parameters.get(name)), task)
    return given if isinstance(given, str) else ", ".join(map(str, given))


def _only_reads(task: str, parameters: Mapping[str, Any]) -> bool:
    if task == "tclean":
        return bool(parameters.get("savemodel", "none") == "none")
    if task == "flagdata":
        return parameters.get("mode") == "summary" or parameters.get("action") == "calculate"
    return task == "imhead" and parameters.get("mode", "summary") in {"summary", "list", "get"}
