"""Where in which notebook a step stands, and in which order the notebook's cells do."""

import json
import os
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from recompute.model import Place

SESSION_VARIABLE: Final = "JPY_SESSION_NAME"
"""Jupyter Server puts the notebook's path here when it starts a kernel for one."""

Request = Mapping[str, Any]
"""A message of Jupyter's protocol."""


class Places:
    """Tells the place of a step, from the request that the kernel works on.

    Parameters
    ----------
    parent : callable
        Returns the request of the moment in the calling thread.
    pipeline : str
        The notebook; see `pipeline_of`.
    """

    def __init__(self, parent: Callable[[], Request], pipeline: str) -> None:
        self._parent = parent
        self.pipeline = pipeline
        self._order = CellOrder(Path(pipeline))
        self._thread = threading.main_thread()
        self._begun = ""
        self._deleted: frozenset[str] = frozenset()

    def begin(self) -> Place | None:
        """Return the place of a cell that starts now, None if none does.

        A cell that runs another inside of it, as ``%%capture`` does, goes on; what a front end asks
        silently between two cells is no cell.
        """
        request = self._parent()
        number = request.get("header", {}).get("msg_id", "")
        if request.get("content", {}).get("silent") or (number and number == self._begun):
            return None
        self._begun = number
        place = self.current()
        # One whose deletion was undone is there again.
        self._deleted = (self._deleted | deleted_cells(request)) - {place.cell}
        return place

    def current(self) -> Place:
        """Return the place of what is called now.

        What no cell calls, but a thread or a widget, has the cell ``""``.
        """
        inside = threading.current_thread() is self._thread
        return Place(self.pipeline, cell_of(self._parent()) if inside else "")

    def order(self) -> tuple[str, ...] | None:
        """Return the ids of the notebook's code cells in their order, as it was saved last.

        None if the notebook is not to be read, or does not name its cells.
        """
        return self._order.read()

    def deleted(self) -> frozenset[str]:
        """Return the ids of cells that were deleted since the kernel started."""
        return self._deleted


class CellOrder:
    """The order of a notebook's cells; the file is read again only when it was saved.

    Parameters
    ----------
    path : Path
        The notebook.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._seen: tuple[int, ...] = ()
        self._cells: tuple[str, ...] | None = None

    def read(self) -> tuple[str, ...] | None:
        """Return the ids of its code cells, None without a notebook that names them."""
        try:
            found = self._path.stat()
            seen = (found.st_size, found.st_mtime_ns, found.st_ino)
            if seen != self._seen:
                self._cells = cell_order(self._path.read_bytes())
                self._seen = seen
        except OSError:
            return None
        return self._cells


def cell_order(notebook: bytes) -> tuple[str, ...] | None:
    """Return the ids of a notebook's code cells, None if it is none or one of them has no id.

    Parameters
    ----------
    notebook : bytes
        JSON of nbformat 4.5 or later; cells have no ids before that.
    """
    try:
        cells = json.loads(notebook)["cells"]
        return tuple(each["id"] for each in cells if each["cell_type"] == "code")
    except (ValueError, LookupError, TypeError):
        return None


def cell_of(request: Request) -> str:
    """Return the id of the cell that a request executes, ``""`` if it executes none that has one.

    JupyterLab and Notebook 7 name it in the request's metadata, as ``cellId``; nbclient does not.
    """
    if request.get("header", {}).get("msg_type") != "execute_request":
        return ""
    cell = request.get("metadata", {}).get("cellId")
    return cell if isinstance(cell, str) else ""


def deleted_cells(request: Request) -> frozenset[str]:
    """Return the ids of cells that the front end says were deleted since its last request."""
    cells = request.get("metadata", {}).get("deletedCells")
    if not isinstance(cells, list):
        return frozenset()
    return frozenset(each for each in cells if isinstance(each, str))


def pipeline_of(environ: Mapping[str, str], directory: Path, run: str) -> str:
    """Return the absolute path of the notebook that a kernel was started for, or a name.

    Parameters
    ----------
    environ : mapping
        The kernel's, with `SESSION_VARIABLE` if a server started it.
    directory : Path
        The kernel's working directory at its start: the notebook's.
    run : str
        What no other kernel has. A console, or a notebook that nbclient executes, cannot be told
        from others in the directory: nothing that one of them did is to be undone for another.

    Notes
    -----
    Jupyter Server gives an absolute path if the front end told it the notebook's name, as
    JupyterLab does; if the name is empty, the directory only; and without one the path below the
    server's own root, maybe behind ``drive:``, of which only the last part helps.
    """
    session = environ.get(SESSION_VARIABLE, "")
    if not session or session.endswith("/"):
        return f"{directory} at {run}"
    if Path(session).is_absolute():
        return os.path.normpath(session)
    return str(directory / Path(session.rpartition(":")[2]).name)
