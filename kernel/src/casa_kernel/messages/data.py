"""Files, tables, columns, locks and disks."""

import re
from pathlib import Path
from typing import Final

from casa_kernel.messages.call import Call
from casa_kernel.messages.rule import Explanation, Rule, Surroundings, did_you_mean, enumerated

_MADE_BY: Final = {
    "CORRECTED_DATA": "applycal makes it from calibration tables; for the data as observed, give "
    "datacolumn='data'.",
    "MODEL_DATA": "setjy, ft or tclean with savemodel='modelcolumn' make it (usescratch=True).",
    "FLOAT_DATA": "only single-dish data have it; give datacolumn='data'.",
}


def _missing(match: re.Match[str], call: Call, surroundings: Surroundings) -> Explanation | None:
    path = match["path"]
    given = call.arguments.get(match.groupdict().get("name") or "vis")
    if path.startswith("[") or isinstance(given, list):
        absent = [each for each in given or () if not surroundings.kind(str(each))]
        path = str(absent[0]) if absent else path
    if not path:
        name = match.groupdict().get("name") or "the file"
        return Explanation(f"{name} is empty.", f"Name a file that exists: {name}='…'.")
    if surroundings.kind(path):
        return None  # it is there: something in it is missing, and CASA says what
    name, directory = Path(path).name, Path(path).parent
    names = surroundings.beside(path)
    guess = did_you_mean(name, names)
    where = "here" if str(directory) == "." else f"in {directory}"
    there = f"There is {where}: {enumerated(names)}." if names else f"There is nothing {where}."
    return Explanation(f"{path} does not exist.", guess or there)


def _not_a_table(
    match: re.Match[str], call: Call, surroundings: Surroundings
) -> Explanation | None:
    path = surroundings.shown(match["path"])
    kind = surroundings.kind(path)
    if not kind:
        return _missing(match, call, surroundings)
    return Explanation(
        f"{path} is not a MeasurementSet, nor another CASA table: it is a {kind}.",
        "importuvfits, importfitsidi or importasdm make a MeasurementSet from other formats.",
    )


def _not_an_ms(match: re.Match[str], call: Call, surroundings: Surroundings) -> Explanation:
    del match
    kind = surroundings.kind(call.vis)
    what = f": it is an {kind}" if kind == "image" else f": it is a {kind}" if kind else ""
    remedy = "imstat, imhead and imval work on images." if kind == "image" else ""
    return Explanation(
        f"{call.vis or 'What was named'} is not a MeasurementSet{what}.",
        remedy or "Give the directory that importuvfits or importasdm made.",
    )


def _not_an_image(match: re.Match[str], call: Call, surroundings: Surroundings) -> Explanation:
    del call
    path = match["path"]
    kind = surroundings.kind(path)
    what = f": it is a {kind}" if kind else ""
    remedy = "tclean makes an image of it." if kind == "MeasurementSet" else "importfits makes one."
    return Explanation(f"{path} is not an image{what}.", remedy)


def _column(match: re.Match[str], call: Call, surroundings: Surroundings) -> Explanation:
    found = match.groupdict()
    column, vis = found.get("column") or "", surroundings.shown(found.get("path") or call.vis)
    asked = str(call.arguments.get("datacolumn", ""))
    if not column and asked.lower() in {"corrected", "model"}:
        column = f"{asked.upper()}_DATA"
    columns = surroundings.columns(vis)
    remedy = _MADE_BY.get(column) or did_you_mean(column, columns)
    listed = f"It has: {enumerated(columns)}." if columns and not remedy else ""
    return Explanation(
        f"{vis or 'The table'} has no column {column or 'of that name'}.",
        remedy or listed or "colnames() of the table tool lists the columns.",
    )


def _locked(match: re.Match[str], call: Call, surroundings: Surroundings) -> Explanation:
    del call
    path = surroundings.shown(match["path"])
    return Explanation(
        f"{path} is locked by another program, or by a tool of this notebook that is still open.",
        "Close the tool (tb.close(), ms.close()), or the notebook or plotms that has it open.",
    )


def _full(match: re.Match[str], call: Call, surroundings: Surroundings) -> Explanation:
    del call, surroundings
    path = match.groupdict().get("path")
    where = f" while CASA wrote {path}" if path else ""
    return Explanation(
        f"The disk became full{where}.",
        "Remove what is no longer needed (rmtables), then the incomplete output, and repeat.",
    )


def _denied(match: re.Match[str], call: Call, surroundings: Surroundings) -> Explanation:
    del call
    return Explanation(
        f"{surroundings.shown(match['path'])} cannot be written.",
        "Name an output in a directory of yours, or work on a copy of the data in one.",
    )


def _no_directory(match: re.Match[str], call: Call, surroundings: Surroundings) -> Explanation:
    parent = str(Path(surroundings.shown(match["path"])).parent)
    if surroundings.kind(parent):
        return _denied(match, call, surroundings)
    return Explanation(
        f"The directory {parent} does not exist.", "Make it first, with os.makedirs."
    )


def _exists(match: re.Match[str], call: Call, surroundings: Surroundings) -> Explanation:
    del surroundings
    path = match.groupdict().get("path") or "The output"
    remedy = "Name another output, or remove the old one with rmtables."
    if "overwrite" in call.parameters:
        remedy = "Give overwrite=True, or name another output."
    return Explanation(f"{path} exists already.", remedy)


DATA_RULES: Final[tuple[Rule, ...]] = (
    (re.compile(r"(?:error for file (?P<path>\S+): )?No space left on device"), _full),
    (
        re.compile(r"the (?P<name>\w+) parameter must be a path that exists \('(?P<path>.*)' does"),
        _missing,
    ),
    (
        re.compile(
            r"all elements of the (?:(?P<name>\w+) )?vector parameter must be a path that exists"
            r' \(at least one element of "(?P<path>.*)" does'
        ),
        _missing,
    ),
    (re.compile(r"Image data set not found - please verify (?P<path>\S+)"), _missing),
    (re.compile(r"Table file (?P<path>.*)/table\.dat does not exist"), _not_a_table),
    (re.compile(r"(?P<path>/\S+) is not a directory"), _not_a_table),
    (re.compile(r"(?:Table|File) (?P<path>\S+?) does not exist\.*$"), _missing),
    (re.compile(r"not in MSv2 format"), _not_an_ms),
    (re.compile(r"Unable to open image (?P<path>\S+)\.$"), _not_an_image),
    (
        re.compile(r"column \((?P<column>\w+)\) not found in the input MS \((?P<path>[^)]*)\)"),
        _column,
    ),
    (re.compile(r"requires the MS to have a (?P<column>\w+) column"), _column),
    (re.compile(r"column (?P<column>\w+) does not exist"), _column),
    (re.compile(r"^Column is not present"), _column),
    (re.compile(r"No \w*-?lock could be acquired on table (?P<path>\S+)"), _locked),
    (re.compile(r"Permanent lock on table (?P<path>\S+)"), _locked),
    (re.compile(r"table (?P<path>\S+) should be locked when using"), _locked),
    (
        re.compile(r"Error \(Bad file descriptor\) when acquiring lock on (?P<path>\S+?)/table\."),
        _denied,
    ),
    (re.compile(r"when acquiring lock on (?P<path>\S+?)(?:/table\.lock)?$"), _locked),
    (re.compile(r"create error on (?P<path>\S+): No such file or directory"), _no_directory),
    (
        re.compile(r"create error on (?P<path>\S+): (?:Operation not permitted|Permission denied)"),
        _denied,
    ),
    (re.compile(r"file (?P<path>\S+?)(?:/table\.dat)?: Permission denied"), _denied),
    (re.compile(r"Permission denied: '(?P<path>[^']*)'"), _denied),
    (re.compile(r"Table (?P<path>\S+) cannot be opened for read/write"), _denied),
    (re.compile(r"Directory: (?P<path>\S+) does not exist and cannot be cr"), _no_directory),
    (re.compile(r"Cannot open file for writing: (?P<path>\S+?)\.?$"), _no_directory),
    (re.compile(r"Output MS (?P<path>\S+) already exists"), _exists),
    (re.compile(r"File (?P<path>\S+) exists, and the user does not want to remove"), _exists),
    (re.compile(r"^Output (?:image|file) exists already"), _exists),
)
