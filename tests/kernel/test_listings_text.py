"""What is read out of CASA's texts and dictionaries: pure functions."""

import math
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from astropy.coordinates import Angle
from casa_kernel.listings import flags
from casa_kernel.listings.headers import image_keywords, vis_keywords
from casa_kernel.listings.listobs import listobs
from casa_kernel.listings.ruled import listcal, listvis
from casa_kernel.listings.table import Listing, Table
from casa_kernel.listings.values import sexagesimal
from hypothesis import given
from hypothesis import strategies as st

DATA = Path(__file__).with_name("listings_data")
# Written after CASA's layout: intents, names with spaces, ALMA's column more for the windows.
LISTOBS = (DATA / "listobs.txt").read_text()
# What CASA 6.7.0.31 wrote about NGC 5921, shortened.
LISTVIS = (DATA / "listvis.txt").read_text()
LISTCAL = (DATA / "listcal.txt").read_text()


def table(listing: Listing, title: str) -> Table:
    (found,) = [each for each in listing.tables if each.title == title]
    return found


def values(table: Table, heading: str) -> list[str]:
    (number,) = [n for n, column in enumerate(table.columns) if column.heading == heading]
    return [row[number] for row in table.rows]


def test_listobs_of_other_telescopes() -> None:
    listing = listobs(LISTOBS)
    assert listing.title == "/data/my data.ms"
    assert listing.text == LISTOBS
    about = table(listing, "Observation").rows
    assert ("observer", "A. B. Observer") in about
    assert ("to", "2012-01-01 00:00:00.5 UTC") in about
    scans = table(listing, "Scans")
    assert values(scans, "obs") == ["0", "1"]
    assert values(scans, "start") == ["2011-12-31 23:00:00.0", "2012-01-01 00:00:00.0"]
    assert values(scans, "name") == ["NGC 5921", "3C 286"]
    assert values(scans, "spws") == ["0,1", "1"]
    assert values(scans, "intent")[1] == "OBSERVE_TARGET#ON_SOURCE"
    fields = table(listing, "Fields")
    assert values(fields, "code") == ["none", "A B"]
    assert values(fields, "name") == ["NGC 5921", "3C 286"]
    assert values(fields, "declination")[1] == "-30.30.32.95900"
    windows = table(listing, "Spectral windows")
    assert values(windows, "name") == ["ALMA_RB_03#BB_1#SW-01#FULL_RES", "a b"]
    assert values(windows, "channel width (kHz)") == ["-488.281", "1000.000"]
    assert values(windows, "correlations") == ["XX  YY", "XX"]
    assert values(table(listing, "Antennas"), "z (m)") == ["-2481495.6"]


def test_listvis_names_what_stands_above_its_rows() -> None:
    rows = table(listvis(LISTVIS), "Rows")
    assert values(rows, "time")[0] == "1995-04-13 09:19:00.0"
    assert values(rows, "field") == ["0", "0", "0", "1", "1"]
    assert values(rows, "channel") == ["30", "31", "32", "30", "30"]
    assert values(rows, "phase RR (deg)") == ["0.0", "0.0", "0.0", "-110.4", "-101.8"]
    assert values(rows, "flag LL") == ["", "", "", "F", ""]
    assert values(rows, "W (m)")[-1] == "-134.00"


def test_listcal_has_a_row_for_each_antenna() -> None:
    listing = listcal(LISTCAL)
    rows = table(listing, "Rows")
    assert listing.title == "g.cal (G Jones)"
    assert values(rows, "antenna") == ["21", "22", "23", "24", "25", "26", "27", "28"]
    assert values(rows, "amplitude 2")[0] == "1.333"
    assert values(rows, "flag 1") == ["", "", "F", "", "", "", "", ""]
    assert set(values(rows, "time")) == {"1995-04-13 09:21:46.0"}


def test_a_value_too_many_gives_no_table() -> None:
    misfit = listcal(LISTCAL.replace("1.163  -78.1", "1.1 3 -78.1 "))
    assert misfit.tables == ()
    assert "1.1 3 -78.1" in misfit.text


@given(st.sampled_from([LISTOBS, LISTVIS, LISTCAL]), st.data())
def test_a_text_in_pieces_loses_tables_and_never_the_text(text: str, data: st.DataObject) -> None:
    lines = text.splitlines()
    kept = data.draw(st.lists(st.sampled_from(lines)))
    cut = data.draw(st.integers(0, 160))
    pieces = "\n".join(line[:cut] for line in kept)
    for read in (listobs, listvis, listcal):
        assert read(pieces).text.startswith(pieces)


@pytest.mark.parametrize("hours", [True, False])
@given(st.floats(-math.pi / 2, math.pi / 2), st.integers(-3, 3))
def test_angles_are_told_as_astropy_tells_them(hours: bool, angle: float, turns: int) -> None:
    radians = angle + (2 * math.pi * turns if hours else 0)
    told = sexagesimal(radians, hours=hours)
    assert re.fullmatch(r"[-+]?\d\d:[0-5]\d:[0-5]\d\.\d{3,4}", told)
    same = Angle(told, "hourangle" if hours else "deg")
    difference = Angle(same.rad - radians, "rad").wrap_at("180d")
    assert abs(difference.arcsec) < (0.0008 if hours else 0.0006)


def test_seconds_are_never_sixty() -> None:
    assert sexagesimal(math.radians(15 * (1 - 1e-12)), hours=True) == "01:00:00.0000"
    assert sexagesimal(-1e-12, hours=True) == "00:00:00.0000"
    assert sexagesimal(-math.radians(0.5), hours=False) == "-00:30:00.000"


def counted(flagged: float, total: float) -> dict[str, float]:
    return {"flagged": flagged, "total": total}


def test_flag_counts_are_ordered_and_shared() -> None:
    antennas = {name: counted(float(name), 20) for name in ("1", "10", "2")}
    report = {"type": "summary", "name": "s", **counted(13, 60), "spw": {"0": counted(0, 0)}}
    listing = flags.summary({**report, "antenna": antennas})
    assert listing.title == "Flags: 21.67 % of 60 visibilities flagged"
    assert values(table(listing, "Antennas"), "antenna") == ["1", "2", "10"]
    assert values(table(listing, "Antennas"), "share") == ["5.00 %", "10.00 %", "50.00 %"]
    assert values(table(listing, "Spectral windows"), "share") == [""]
    several = flags.summary({"report0": {**report, "scan": {"3": counted(1, 2)}}, "type": "list"})
    assert [each.title for each in several.tables] == [
        "Spectral windows of report0",
        "Scans of report0",
    ]


def test_what_flagdata_returns_otherwise_is_no_summary() -> None:
    assert not flags.is_summary({})
    assert not flags.is_summary(None)
    assert not flags.is_summary({"type": "list", "report0": {"type": "rflag", "name": "r"}})


def test_headers_show_arrays_and_undefined_cells() -> None:
    shown = image_keywords("i", {"shape": np.array([64, 64, 1, 3]), "masks": np.array(["mask0"])})
    assert shown.tables[0].rows == (("shape", "64, 64, 1, 3"), ("masks", "mask0"))
    header: dict[str, Any] = {"schedule": ({"r1": False}, {}), "field": (np.array(["a", "b"]), {})}
    assert vis_keywords("v", header).tables[0].rows == (("schedule", ""), ("field", "a, b"))
