"""Where in a notebook a step stands, from what front ends send and servers set."""

import json
import os
import threading
from pathlib import Path
from typing import Any

import pytest
from casa_kernel.memo.place import CellOrder, Places, cell_order, pipeline_of
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, writes
from recompute.model import Place

NOTEBOOK = "/home/ada/work/reduction.ipynb"


def request(number: str, *, silent: bool = False, **metadata: object) -> dict[str, Any]:
    """What JupyterLab sends when a cell is executed."""
    header = {"msg_id": number, "msg_type": "execute_request"}
    return {"header": header, "content": {"code": "", "silent": silent}, "metadata": metadata}


class FrontEnd:
    """Its last request."""

    def __init__(self) -> None:
        self.sent = request("0")

    def __call__(self) -> dict[str, Any]:
        return self.sent


@pytest.fixture
def front_end() -> FrontEnd:
    return FrontEnd()


@pytest.fixture
def places(front_end: FrontEnd) -> Places:
    return Places(front_end, NOTEBOOK)


def test_a_cell_is_named_by_the_request(places: Places, front_end: FrontEnd) -> None:
    front_end.sent = request("1", cellId="a7")
    assert places.begin() == Place(NOTEBOOK, "a7")
    assert places.current() == Place(NOTEBOOK, "a7")


def test_a_cell_inside_of_a_cell_begins_nothing(places: Places, front_end: FrontEnd) -> None:
    front_end.sent = request("1", cellId="a7")
    places.begin()
    assert places.begin() is None
    front_end.sent = request("2", cellId="a7")
    assert places.begin() == Place(NOTEBOOK, "a7")


def test_what_a_front_end_asks_silently_is_no_cell(places: Places, front_end: FrontEnd) -> None:
    front_end.sent = request("1", silent=True)
    assert places.begin() is None


def test_without_ids_a_cell_has_no_name(places: Places, front_end: FrontEnd) -> None:
    front_end.sent = request("1")
    assert places.begin() == Place(NOTEBOOK)


def test_a_thread_and_a_widget_stand_in_no_cell(places: Places, front_end: FrontEnd) -> None:
    front_end.sent = request("1", cellId="a7")
    found: list[Place] = []
    thread = threading.Thread(target=lambda: found.append(places.current()))
    thread.start()
    thread.join()
    front_end.sent = {"header": {"msg_id": "2", "msg_type": "comm_msg"}, "metadata": {}}
    assert [*found, places.current()] == [Place(NOTEBOOK)] * 2


def test_a_terminal_has_no_requests() -> None:
    assert Places(dict, "at a prompt").begin() == Place("at a prompt")


def test_deleted_cells_add_up_until_one_comes_back(places: Places, front_end: FrontEnd) -> None:
    front_end.sent = request("1", cellId="a", deletedCells=["b", "c"])
    places.begin()
    front_end.sent = request("2", cellId="a", deletedCells=["d"])
    places.begin()
    assert places.deleted() == {"b", "c", "d"}
    front_end.sent = request("3", cellId="c", deletedCells=[])
    places.begin()
    assert places.deleted() == {"b", "d"}


def saved(path: Path, *ids: str) -> None:
    cells = [new_markdown_cell("text"), *(new_code_cell(id=each) for each in ids)]
    path.write_text(writes(new_notebook(cells=cells)))


def test_the_order_is_the_saved_notebook_s(tmp_path: Path) -> None:
    path = tmp_path / "n.ipynb"
    order = CellOrder(path)
    assert order.read() is None
    saved(path, "one", "two")
    assert order.read() == ("one", "two")
    saved(path, "two", "one", "three")
    assert order.read() == ("two", "one", "three")


def test_a_notebook_that_was_not_saved_is_not_read_again(tmp_path: Path) -> None:
    path = tmp_path / "n.ipynb"
    saved(path, "one", "two")
    order = CellOrder(path)
    order.read()
    before = path.stat()
    with path.open("r+") as file:
        file.write("{" * 40)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert order.read() == ("one", "two")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "print('a script')",
        "[1, 2]",
        json.dumps({"cells": 3}),
        json.dumps({"cells": [{"cell_type": "code", "source": ""}]}),  # nbformat 4.4
    ],
)
def test_what_names_no_cells_has_no_order(text: str) -> None:
    assert cell_order(text.encode()) is None


@pytest.mark.parametrize(
    ("session", "expected"),
    [
        ("/home/ada/work/reduction.ipynb", "/home/ada/work/reduction.ipynb"),
        ("/home/ada/work/../work/a.ipynb", "/home/ada/work/a.ipynb"),
        ("work/reduction.ipynb", "/home/ada/work/reduction.ipynb"),
        ("RTC:work/reduction.ipynb", "/home/ada/work/reduction.ipynb"),
        ("/home/ada/work/", "/home/ada/work at run 7"),
        ("", "/home/ada/work at run 7"),
    ],
)
def test_the_pipeline_is_the_notebook_that_the_server_names(session: str, expected: str) -> None:
    environ = {"JPY_SESSION_NAME": session} if session else {}
    assert pipeline_of(environ, Path("/home/ada/work"), "run 7") == expected
