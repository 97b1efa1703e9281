"""Notebooks as files: which cells have code, and the executed notebook."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, cast

from recompute.errors import RecomputeError

_OLDEST: Final = 4  # nbformat's major version; older notebooks were last written in 2015

Json = dict[str, object]


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell with code.

    Attributes
    ----------
    number : int
        Counted from 1 over all cells of the notebook, code or not.
    identity : str
        nbformat's id of the cell; older notebooks have none, then made of the number.
    """

    number: int
    identity: str
    source: str

    @property
    def file_name(self) -> str:
        """What tracebacks name as the file."""
        return f"<cell {self.number}>"


def read_notebook(path: Path) -> Json:
    """Return a notebook's document.

    Raises
    ------
    RecomputeError
        It cannot be read, or is no notebook of nbformat 4.
    """
    try:
        document = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise RecomputeError(f"{path} cannot be read as a notebook: {error}.") from error
    if not isinstance(document, dict) or not isinstance(document.get("cells"), list):
        raise RecomputeError(
            f"{path} is no notebook of format {_OLDEST}: open and save it in JupyterLab once."
        )
    return cast(Json, document)


def code_cells(document: Json) -> list[Cell]:
    """Return a notebook's cells that have code, in order."""
    cells = cast(list[Json], document["cells"])
    return [
        Cell(number, str(cell.get("id") or f"cell-{number}"), _text(cell.get("source", "")))
        for number, cell in enumerate(cells, start=1)
        if cell.get("cell_type") == "code"
    ]


def with_outputs(document: Json, outputs: dict[int, Sequence[Json]]) -> Json:
    """Return the document with the outputs of each executed cell, by its number.

    Cells that were not executed have no outputs: what they had before is no longer true.
    """
    counted = {number: turn for turn, number in enumerate(sorted(outputs), start=1)}
    cells = []
    for number, cell in enumerate(cast(list[Json], document["cells"]), start=1):
        if cell.get("cell_type") != "code":
            cells.append(cell)
            continue
        new = {"outputs": list(outputs.get(number, ())), "execution_count": counted.get(number)}
        cells.append({**cell, **new})
    return {**document, "cells": cells}


def write_notebook(path: Path, document: Json) -> None:
    """Write a notebook, whole or not at all.

    Raises
    ------
    RecomputeError
        It cannot be written there.
    """
    beside = path.with_name(f".{path.name}.partial")
    try:
        beside.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", "utf-8")
        beside.replace(path)
    except OSError as error:
        raise RecomputeError(f"{path} cannot be written: {error.strerror}.") from error


def _text(source: object) -> str:
    return "".join(map(str, source)) if isinstance(source, list) else str(source)
