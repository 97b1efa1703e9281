"""browsetable on a real MeasurementSet and on a table of a million rows."""

import re
from pathlib import Path

import numpy as np
import pytest
from casa_kernel.listings.cells import beginning
from casa_kernel.listings.values import array_text, time_text
from casacore.tables import makearrcoldesc, makescacoldesc, maketabdesc, table
from hypothesis import given
from hypothesis import strategies as st
from kernel.casa_notebook import Notebook

MILLION = 1_000_000


@pytest.fixture(scope="module")
def million(casa: Notebook) -> str:
    columns = [makescacoldesc("NUMBER", 0), makearrcoldesc("SPECTRUM", 0.0, ndim=1)]
    path = str(casa.cwd / "million.tab")
    with table(path, maketabdesc(columns), nrow=MILLION, ack=False) as made:
        made.putcol("NUMBER", np.arange(MILLION, dtype=np.int32)[::-1])
        made.putcell("SPECTRUM", 777_777, np.arange(5000.0))
    return "million.tab"


def shown(notebook: Notebook, code: str) -> dict[str, str]:
    cell = notebook.run(code)
    assert cell.error is None, cell.error["evalue"]
    (bundle,) = [
        message["content"]["data"]
        for message in cell.messages
        if message["msg_type"] == "execute_result"
    ]
    return dict(bundle)


def refused(notebook: Notebook, code: str) -> str:
    cell = notebook.run(code)
    assert cell.error is not None
    assert cell.error["ename"] == "TableError"
    return str(cell.error["evalue"])


def test_a_page_of_a_million_rows_reads_only_its_rows(casa: Notebook, million: str) -> None:
    counting = (
        "from casa_kernel.listings.browsetable import table_browser\n"
        "read = []\n"
        "class counting(table):\n"
        "    def selectrows(self, rownrs, name=''):\n"
        "        read.append(len(rownrs))\n"
        "        return table.selectrows(self, rownrs, name)\n"
        "    def getcol(self, *args): raise AssertionError('a whole column was read')\n"
        "    getcell = getcellslice = getvarcol = getcol\n"
        f"page = table_browser(counting)('{million}', start=777_770, rows=25)\n"
        "page"
    )
    text = shown(casa, counting)["text/plain"]
    assert text.startswith("million.tab · rows 777770-777794 of 1000000 · page 31111 of 40000")
    assert re.search(r"^ +777777 +222222 +\[5000\] 0, 1, 2, 3, …$", text, re.MULTILINE)
    assert re.search(r"^ +777778 +222221$", text, re.MULTILINE)
    following = shown(casa, "page.next()")["text/plain"]
    assert "rows 777795-777819 of 1000000" in following
    assert casa.run("read").result == "[25, 25]"


def test_a_query_and_an_order_are_casacore_s(casa: Notebook, million: str) -> None:
    code = f"page = browsetable('{million}', query='NUMBER % 1000 == 7', sort='NUMBER')\npage"
    text = shown(casa, code)["text/plain"]
    assert (
        "rows 0-49 of 1000 · page 1 of 20 · where NUMBER % 1000 == 7 (1000000 rows in all)" in text
    )
    assert re.search(r"^ +999992 +7$", text, re.MULTILINE)
    last = shown(casa, "page.page(20)")["text/plain"]
    assert "rows 950-999 of 1000 · page 20 of 20" in last
    assert re.search(r"^ +992 +999007$", last, re.MULTILINE)
    assert "page 19 of 20" in shown(casa, "page.page(20).previous()")["text/plain"]
    empty = shown(casa, f"browsetable('{million}', query='NUMBER < 0')")["text/plain"]
    assert "no rows · page 1 of 1" in empty


def test_a_measurementset_has_columns_keywords_and_subtables(casa: Notebook) -> None:
    bundle = shown(casa, "b = browsetable('ngc5921.ms', rows=5)\nb")
    html = bundle["text/html"]
    assert "ngc5921.ms · rows 0-4 of 22653" in html
    assert "TIME (TAI)</th>" in html
    assert ">1995-04-13 09:19:00.0</td>" in html
    assert ">[2, 63] " in html
    assert "Columns (" in html
    assert "Keywords (1)" in html
    assert "data-casa-sortable" in html
    assert "SPECTRAL_WINDOW" in bundle["text/plain"]
    assert "UVW" in str(shown(casa, "b.structure")["text/plain"])
    fields = shown(casa, "b.subtable('FIELD')")["text/plain"]
    assert "ngc5921.ms/FIELD · rows 0-2 of 3" in fields
    assert "1445+09900002_0" in fields
    assert "LOG" in shown(casa, "browsetable('ngc5921.ms::OBSERVATION')")["text/plain"]
    chosen = shown(casa, "browsetable('ngc5921.ms', columns=['SCAN_NUMBER', 'TIME'], rows=1)")
    assert chosen["text/plain"].splitlines()[1].split() == ["row", "SCAN_NUMBER", "TIME", "(TAI)"]


def test_walking_pages_in_place_and_explains_a_wrong_answer(casa: Notebook) -> None:
    code = "browsetable('ngc5921.ms', rows=5).walk()"
    msg_id = casa.client.execute(code, allow_stdin=True)
    prompts = []
    for answer in ("", "99999", "FIELD", "q"):
        prompts.append(casa.client.get_stdin_msg(timeout=60)["content"]["prompt"])
        casa.client.input(answer)
    cell = casa.finish(msg_id)
    assert cell.error is None
    assert prompts[0].startswith("Enter: next")
    assert prompts[2].startswith("'ngc5921.ms' has pages 1 to 4531, not 99999.\nEnter: next")
    updates = [m["content"]["data"] for m in cell.messages if m["msg_type"].startswith("update")]
    assert ["rows 5-9 of 22653" in updates[0]["text/html"], len(updates)] == [True, 2]
    (last,) = cell.displays  # all in one place
    assert last["text/plain"].startswith("ngc5921.ms/FIELD · rows 0-2 of 3")


def test_an_image_can_be_browsed(casa: Notebook) -> None:
    casa.run("ia = image(); ia.fromshape('cube.im', [512, 512, 1, 8]); ia.done()")
    text = shown(casa, "browsetable('cube.im')")["text/plain"]
    assert "[512, 512, 1, 8] 0, 0, 0, 0, …" in text
    assert "coords" in shown(casa, "browsetable('cube.im').structure")["text/plain"]


def test_every_refusal_names_the_remedy(casa: Notebook) -> None:
    assert "check the name" in refused(casa, "browsetable('missing.ms')")
    (casa.cwd / "directory").mkdir()
    assert "is not a casacore table" in refused(casa, "browsetable('directory')")
    assert "'DATA' is like it" in refused(casa, "browsetable('ngc5921.ms', columns=['DATTA'])")
    assert "rows 0 to 22652" in refused(casa, "browsetable('ngc5921.ms', start=22653)")
    assert "cannot start at row -1" in refused(casa, "browsetable('ngc5921.ms', start=-1)")
    assert "rows=1 or more" in refused(casa, "browsetable('ngc5921.ms', rows=0)")
    assert "pages 1 to 454" in refused(casa, "browsetable('ngc5921.ms').page(455)")
    assert "cannot start at row 22653" in refused(
        casa, "browsetable('ngc5921.ms', rows=22653).next()"
    )
    assert "first page" in refused(casa, "browsetable('ngc5921.ms').previous()")
    subtable = refused(casa, "browsetable('ngc5921.ms').subtable('FIELDS')")
    assert "has no subtable 'FIELDS'; it has ANTENNA, " in subtable
    taql = refused(casa, "browsetable('ngc5921.ms', query='NOPE==1')")
    assert taql.startswith("casacore does not understand query='NOPE==1': ")
    assert "NOPE is an unknown column" in taql


def test_browsing_locks_nothing_and_does_not_wait_for_a_writer(
    casa: Notebook, million: str
) -> None:
    inodes = {(casa.cwd / name / "table.lock").stat().st_ino for name in ("ngc5921.ms", million)}
    # Another process holds the write lock.
    with table(str(casa.cwd / million), readonly=False, ack=False, lockoptions="permanent"):
        assert "rows 0-49" in shown(casa, f"browsetable('{million}')")["text/plain"]
    casa.run(f"browsetable('{million}', query='NUMBER==3').structure; browsetable('ngc5921.ms')")
    held = re.findall(r"[0-9a-f]+:[0-9a-f]+:(\d+) ", Path("/proc/locks").read_text())
    assert inodes.isdisjoint(map(int, held))


@given(st.lists(st.integers(1, 9), min_size=1, max_size=4).map(tuple))
def test_the_corner_that_is_read_begins_the_array(shape: tuple[int, ...]) -> None:
    whole = np.arange(np.prod(shape)).reshape(shape, order="F")
    corner = whole[tuple(slice(size) for size in beginning(shape))].flatten(order="F")
    assert 1 <= corner.size <= 4
    assert corner.tolist() == list(range(corner.size))


def test_arrays_and_times_are_short_text() -> None:
    assert array_text(np.array([1, 2, 3])) == "1, 2, 3"
    assert array_text(np.array([[1, 3], [2, 4]])) == "[2, 2] 1, 2, 3, 4"
    assert array_text(np.array([])) == ""
    # MJD 49820 began 4304448000 s after the zero of MJD.
    assert time_text(4_304_448_000 + 9 * 3600 + 59.96) == "1995-04-13 09:01:00.0"
    assert time_text(1e30) == "1e+30"
