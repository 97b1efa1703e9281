"""What is shown beside a task, with stand-ins for the tasks."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from casa_kernel.listings.show import listings

NAMES = (
    *("listobs", "listvis", "listcal", "flagdata"),
    *("imhead", "listfits", "listhistory", "vishead"),
)


def shown_tasks(**given: Callable[..., object]) -> tuple[dict[str, Callable[..., Any]], list[Any]]:
    """The wrapped tasks, and the list that receives what they show."""

    def other(vis: str = "", listfile: str = "") -> None:
        raise AssertionError("a task was called that was not asked for")

    shown: list[Mapping[str, str]] = []
    tasks = {**dict.fromkeys(NAMES, other), **given}
    return listings(tasks, {}, shown.append), shown


def test_a_text_too_long_for_a_notebook_is_cut_at_a_line() -> None:
    def listvis(vis: str, listfile: str = "") -> None:
        Path(listfile).write_text("12:00:00.0 a line\n" * 200_000)

    tasks, shown = shown_tasks(listvis=listvis)
    tasks["listvis"]("x.ms")
    (bundle,) = shown
    assert len(bundle["text/plain"]) < 2_001_000
    *_, last, empty, remedy = bundle["text/plain"].splitlines()
    assert (last, empty) == ("12:00:00.0 a line", "")
    assert remedy.startswith("This is the beginning of 3600000 bytes: ")
    assert "name a `listfile`" in remedy


def test_a_result_of_an_unknown_form_is_returned_all_the_same() -> None:
    def flagdata(vis: str, mode: str = "") -> dict[str, object]:
        return {"type": "summary", "flagged": "many", "total": 3}

    tasks, shown = shown_tasks(flagdata=flagdata)
    assert tasks["flagdata"]("x.ms") == {"type": "summary", "flagged": "many", "total": 3}
    (bundle,) = shown
    assert "flagdata ended well, but it could not be shown as a table" in bundle["text/plain"]


def test_the_file_that_a_task_is_given_is_gone_afterwards() -> None:
    written = []

    def listobs(vis: str, listfile: str = "") -> dict[str, int]:
        written.append(Path(listfile))
        written[0].write_text("Fields: 0\n")
        return {"nfields": 0}

    tasks, shown = shown_tasks(listobs=listobs)
    assert tasks["listobs"](vis="x.ms", listfile="") == {"nfields": 0}
    assert shown[0]["text/plain"] == "Fields: 0"
    assert not written[0].parent.exists()


def test_a_task_that_writes_nothing_shows_nothing() -> None:
    def listobs(vis: str, listfile: str = "") -> None:
        del vis, listfile

    tasks, shown = shown_tasks(listobs=listobs)
    assert tasks["listobs"]("x.ms") is None
    assert shown == []
    with pytest.raises(TypeError, match="nonsense"):
        tasks["listobs"](nonsense=1)
