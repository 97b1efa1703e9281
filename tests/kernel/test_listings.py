"""The tasks that list something, in a notebook on a real observation."""

import re
from pathlib import Path

import pytest
from kernel.casa_notebook import Cell, Notebook


def listed(cell: Cell) -> dict[str, str]:
    """The one display that is not the log."""
    assert cell.error is None, cell.error["evalue"]
    (bundle,) = [each for each in cell.displays if each not in cell.log_blocks]
    assert "data-casa-sortable" in bundle["text/html"]
    assert "Text</summary><pre" in bundle["text/html"]
    return bundle


def locked() -> set[int]:
    """Inodes of all files on which any process holds a lock."""
    lines = Path("/proc/locks").read_text().splitlines()
    return {
        int(inode) for line in lines for inode in re.findall(r"[0-9a-f]+:[0-9a-f]+:(\d+)", line)
    }


@pytest.fixture(scope="module")
def image(casa: Notebook) -> str:
    cell = casa.run(
        "_ = tclean('ngc5921.ms', imagename='n', field='2', specmode='cube', nchan=3, start=20,"
        " imsize=64, cell='15arcsec')"
    )
    assert cell.error is None
    return "n.image"


def test_listobs_has_tables_and_casa_s_text(casa: Notebook) -> None:
    cell = casa.run("listobs('ngc5921.ms')")
    bundle = listed(cell)
    assert bundle["text/plain"].startswith("=====")
    assert "(nRows = Total number of rows per scan)" in bundle["text/plain"]
    for title in (
        "Scans · 7 rows",
        "Fields · 3 rows",
        "Spectral windows · 1 row<",
        "Sources · 3 rows",
        "Antennas · 27 rows",
    ):
        assert title in bundle["text/html"]
    assert ">1995-04-13 09:32:45.0</td>" in bundle["text/html"]
    assert cell.result.startswith("<dictionary of 16 entries: BeginTime, ")


def test_listobs_follows_the_selection(casa: Notebook) -> None:
    bundle = listed(casa.run("_ = listobs('ngc5921.ms', scan='3,6', selectdata=True)"))
    assert "Scans · 2 rows" in bundle["text/html"]
    assert "Fields · 1 row<" in bundle["text/html"]


def test_listvis_is_a_row_for_each_visibility(casa: Notebook) -> None:
    cell = casa.run("listvis('ngc5921.ms', spw='0:30~32', scan='2', antenna='1,2,3&')")
    bundle = listed(cell)
    # Three baselines, five integrations, three channels.
    assert "Rows · 45 rows" in bundle["text/html"]
    assert "amplitude RR</th>" in bundle["text/html"]
    assert "phase LL (deg)</th>" in bundle["text/html"]
    assert [m for m in cell.messages if m["msg_type"] == "execute_result"] == []


def test_listcal_is_a_row_for_each_antenna(casa: Notebook) -> None:
    casa.run("gaincal('ngc5921.ms', caltable='n.gcal', field='0', spw='0:6~56', refant='15')")
    bundle = listed(casa.run("listcal('ngc5921.ms', caltable='n.gcal')"))
    assert "n.gcal (G Jones)" in bundle["text/html"]
    assert "Rows · 28 rows" in bundle["text/html"]
    assert "CalTable = n.gcal (G Jones)" in bundle["text/plain"]


def test_listhistory_reads_what_the_task_says_to_the_log(casa: Notebook) -> None:
    bundle = listed(casa.run("listhistory('ngc5921.ms')"))
    assert "message</th>" in bundle["text/html"]
    assert "importuvfits: fitsfile    = " in bundle["text/plain"]


def test_listfits_shows_units_and_cards_of_uvfits(casa: Notebook) -> None:
    cell = casa.run(
        "import os, casadata\n"
        "demo = os.path.join(os.path.dirname(casadata.__file__), '__data__', 'demo')\n"
        "listfits(os.path.join(demo, 'NGC5921.fits'))"
    )
    bundle = listed(cell)
    assert "random groups" in bundle["text/html"]
    assert "AIPS AN" in bundle["text/html"]
    assert "\nTELESCOP= 'VLA" in bundle["text/plain"]


def test_vishead_lists_and_summarises(casa: Notebook) -> None:
    cell = casa.run("header = vishead('ngc5921.ms', mode='list')\nheader")
    assert ">VLA</td>" in listed(cell)["text/html"]
    assert ">1995-04-13 09:19:00.0 TAI</td>" in listed(cell)["text/html"]
    assert cell.result.startswith("<dictionary of 9 entries")
    assert casa.run("header['telescope'][0].tolist()").result == "['VLA']"
    assert "Antennas · 27 rows" in listed(casa.run("vishead('ngc5921.ms')"))["text/html"]
    assert "N5921_2" in casa.run("vishead('ngc5921.ms', mode='get', hdkey='field')").result


def test_imhead_summarises_axes_and_beams(casa: Notebook, image: str) -> None:
    cell = casa.run(f"header = imhead('{image}')\nheader")
    html = listed(cell)["text/html"]
    assert "Axes · 4 rows" in html
    assert ">15:22:00.0000</td>" in html
    assert ">+05:04:00.000</td>" in html
    assert "Restoring beams · 3 rows" in html
    assert cell.result.startswith("<dictionary of ")
    assert casa.run("header['unit']").result == "'Jy/beam'"


def test_imhead_lists_keywords_and_history_and_leaves_the_rest(casa: Notebook, image: str) -> None:
    assert ">N5921_2</td>" in listed(casa.run(f"imhead('{image}', mode='list')"))["text/html"]
    history = listed(casa.run(f"imhead('{image}', mode='history')"))
    assert "taskname=tclean" in history["text/plain"]
    cell = casa.run(f"imhead('{image}', mode='get', hdkey='telescope')")
    assert cell.result == "'VLA'"
    assert cell.displays == cell.log_blocks


def test_a_flag_summary_has_shares(casa: Notebook) -> None:
    casa.run("flagdata('ngc5921.ms', scan='2', flagbackup=False)")
    cell = casa.run("flags = flagdata('ngc5921.ms', mode='summary')\nflags")
    bundle = listed(cell)
    assert "Flags: 8.34 % of 2854278 visibilities flagged" in bundle["text/html"]
    assert ">100.00 %</td>" in bundle["text/html"]
    assert "Antennas · 27 rows" in bundle["text/html"]
    assert casa.run("flags['scan']['2']['flagged'] == flags['flagged']").result == "True"
    by_field = listed(casa.run("_ = flagdata('ngc5921.ms', mode='summary', fieldcnt=True)"))
    assert "Scans of N5921_2 · 2 rows" in by_field["text/html"]
    unflag = casa.run("flagdata('ngc5921.ms', mode='unflag', flagbackup=False)")
    assert unflag.displays == unflag.log_blocks


def test_what_fails_fails_as_in_casa(casa: Notebook) -> None:
    for code in ("listhistory('missing.ms')", "listvis(nonsense=1)", "imhead('missing.image')"):
        cell = casa.run(code)
        assert cell.error is not None
        assert cell.displays == cell.log_blocks


def test_listings_leave_no_lock(casa: Notebook) -> None:
    inodes = {path.stat().st_ino for path in casa.cwd.rglob("table.lock")}
    # In the kernel's own process CASA's listvis leaves the MeasurementSet open.
    before = locked() & inodes
    casa.run("tb = table(); tb.open('n.gcal', nomodify=False); tb.lock()")
    assert locked() & inodes > before  # an open tool is seen: the look is not in vain
    casa.run("tb.close(); listhistory('ngc5921.ms'); vishead('ngc5921.ms', mode='summary')")
    assert locked() & inodes == before
