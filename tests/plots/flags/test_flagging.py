"""Flags in a plot, against what numpy makes of the columns, and against CASA."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from astropy.time import Time
from casa_plots.asked import Asked, Averaging, Selection
from casa_plots.axes import Axis, Column, Quantity
from casa_plots.flagging import Flagger, FlaggingError
from casa_plots.flagging import flagger as module
from casa_plots.inside import Extension, Outline, Shape
from casacore import tables
from numpy.typing import NDArray

TIME, UVDIST = Quantity(Axis.TIME), Quantity(Axis.UVDIST)
CHANNEL, AMP = Quantity(Axis.CHANNEL), Quantity(Axis.AMP, Column.DATA)
NOTHING_ELSE = Extension()
BRIGHT = Outline(Shape.RECTANGLE, [(20, 1.5), (24, 3)])


def column(path: Path, name: str) -> NDArray[Any]:
    with tables.table(str(path), ack=False, lockoptions="usernoread") as table:
        return np.asarray(table.getcol(name))


def state(path: Path) -> bytes:
    return column(path, "FLAG").tobytes() + column(path, "FLAG_ROW").tobytes()


def inside(path: Path) -> NDArray[np.bool_]:
    """What `BRIGHT` means, among what is not flagged."""
    amplitude = np.abs(column(path, "DATA"))
    channel = np.arange(amplitude.shape[1])[None, :, None]
    found = (amplitude >= 1.5) & (amplitude <= 3) & (channel >= 20) & (channel <= 24)
    return np.asarray(found & ~column(path, "FLAG"))


def rarest(path: Path) -> tuple[Outline, NDArray[np.bool_]]:
    """An outline around the brightest unflagged visibilities of some channels, and which."""
    amplitude, flagged = np.abs(column(path, "DATA")), column(path, "FLAG")
    amplitude[:, :20] = amplitude[:, 25:] = 0
    amplitude[flagged] = 0
    lowest = float(np.sort(amplitude, axis=None)[-30])
    return Outline(Shape.RECTANGLE, [(20, lowest), (24, 1e9)]), amplitude >= lowest


def asked(path: Path, **selection: str) -> Asked:
    return Asked(str(path), Selection(**selection))


def casa(script: str, cwd: Path) -> Any:
    done = subprocess.run(
        [sys.executable, "-c", f"import json\nfrom casatasks import *\n{script}"],
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout.splitlines()[-1])


def test_flag_preview_history_and_row_flags(vis: Path) -> None:
    began = time.time()
    expected, before = inside(vis), column(vis, "FLAG")
    flagger = Flagger(asked(vis))
    preview = flagger.preview(CHANNEL, AMP, BRIGHT, NOTHING_ELSE, flag=True)
    assert preview.points == preview.changed == expected.sum() > 1000
    assert preview.total == before.size
    assert (column(vis, "FLAG") == before).all()
    said = flagger.apply(CHANNEL, AMP, BRIGHT, NOTHING_ELSE, flag=True)
    after = column(vis, "FLAG")
    assert (after == before | expected).all()
    assert (column(vis, "FLAG_ROW") == after.all(axis=(1, 2))).all()
    assert f"{preview.changed:,}" in said
    assert "flagged" in column(vis / "HISTORY", "MESSAGE")[-1]
    # As CASA's own lines: in the scale of the column, which is TAI.
    noted = Time(column(vis / "HISTORY", "TIME")[-1] / 86400, format="mjd", scale="tai").unix
    assert began - 1 < noted < time.time() + 1


def test_undo_and_redo_through_all_applies(vis: Path) -> None:
    flagger = Flagger(asked(vis))
    states = [state(vis)]
    for low in (3.0, 2.5, 2.0):
        outline = Outline(Shape.RECTANGLE, [(0, low), (62, 100)])
        flagger.apply(CHANNEL, AMP, outline, NOTHING_ELSE, flag=True)
        states.append(state(vis))
    assert len(set(states)) == 4
    for expected in states[2::-1]:
        flagger.undo()
        assert state(vis) == expected
    with pytest.raises(FlaggingError, match="Nothing was flagged"):
        flagger.undo()
    for expected in states[1:]:
        flagger.redo()
        assert state(vis) == expected


def test_unflagging_clears_exactly_what_is_inside(vis: Path) -> None:
    before = column(vis, "FLAG")
    flagger = Flagger(asked(vis))
    everything = Outline(Shape.RECTANGLE, [(20, -1), (24, 1e9)])
    flagger.apply(CHANNEL, AMP, everything, NOTHING_ELSE, flag=True)
    flagger.apply(CHANNEL, AMP, everything, NOTHING_ELSE, flag=False)
    expected = before.copy()
    expected[:, 20:25] = False
    assert (column(vis, "FLAG") == expected).all()
    assert (column(vis, "FLAG_ROW") == expected.all(axis=(1, 2))).all()


KEYS = {
    "correlations": ("corr",),
    "channels": ("channel",),
    "times": ("TIME",),
    "scans": ("TIME", "SCAN_NUMBER"),
    "fields": ("TIME", "SCAN_NUMBER", "FIELD_ID"),
    "baselines": ("ANTENNA1", "ANTENNA2"),
}


@pytest.mark.parametrize(
    "names",
    [(each,) for each in KEYS] + [("correlations", "channels", "baselines"), ("times", "channels")],
    ids="+".join,
)
def test_each_extension_frees_what_it_names(vis: Path, names: tuple[str, ...]) -> None:
    (outline, marks), before = rarest(vis), column(vis, "FLAG")
    freed = {name for each in names for name in KEYS[each]}
    fixed = [
        n for n in ("TIME", "SCAN_NUMBER", "FIELD_ID", "ANTENNA1", "ANTENNA2") if n not in freed
    ]
    rows = np.stack([column(vis, n) for n in fixed], axis=1)
    _, group = np.unique(rows, axis=0, return_inverse=True)
    expected = np.zeros((group.max() + 1, *marks.shape[1:]), bool)
    np.logical_or.at(expected, group.reshape(-1), marks)
    axes = tuple(n for n, name in ((1, "channel"), (2, "corr")) if name in freed)
    if axes:
        expected |= expected.any(axis=axes, keepdims=True)
    Flagger(asked(vis)).apply(
        CHANNEL, AMP, outline, Extension(**dict.fromkeys(names, True)), flag=True
    )
    assert marks.sum() > 10
    assert (column(vis, "FLAG") == before | expected[group.reshape(-1)]).all()


def test_antennas_take_all_their_baselines(vis: Path) -> None:
    (outline, marks), before = rarest(vis), column(vis, "FLAG")
    one, other, time = (column(vis, n) for n in ("ANTENNA1", "ANTENNA2", "TIME"))
    bad: dict[tuple[float, int], NDArray[np.bool_]] = {}
    for row in np.flatnonzero(marks.any(axis=(1, 2))):
        for antenna in (one[row], other[row]):
            key = (time[row], antenna)
            bad[key] = bad.get(key, np.zeros(marks.shape[1:], bool)) | marks[row]
    expected = before.copy()
    for row in range(len(time)):
        for antenna in (one[row], other[row]):
            expected[row] |= bad.get((time[row], antenna), False)
    Flagger(asked(vis)).apply(CHANNEL, AMP, outline, Extension(antennas=True), flag=True)
    assert (column(vis, "FLAG") == expected).all()


def test_extension_reaches_beyond_the_selection(vis: Path) -> None:
    before = column(vis, "FLAG")
    flagger = Flagger(asked(vis, correlation="RR", field="0"))
    flagger.apply(CHANNEL, AMP, BRIGHT, Extension(correlations=True), flag=True)
    mine = inside(vis)
    assert not mine[column(vis, "FIELD_ID") == 0, :, 0].any()
    changed = column(vis, "FLAG") & ~before
    assert changed[..., 1].sum() > 0
    assert not changed[column(vis, "FIELD_ID") != 0].any()


@pytest.mark.parametrize("shape", [Shape.ELLIPSE, Shape.POLYGON])
def test_round_and_cornered_outlines(vis: Path, shape: Shape) -> None:
    uv, amplitude = column(vis, "UVW"), np.abs(column(vis, "DATA"))
    distance = np.hypot(uv[:, 0], uv[:, 1])[:, None, None]
    before = column(vis, "FLAG")
    if shape is Shape.ELLIPSE:
        points = [(100.0, 1.0), (300.0, 3.0)]
        expected = ((distance - 200) / 100) ** 2 + (amplitude - 2) ** 2 <= 1
    else:  # a triangle
        points = [(100.0, 1.0), (300.0, 1.0), (200.0, 3.0)]
        slope = 2 / 100
        expected = (
            (amplitude >= 1)
            & (amplitude <= 1 + slope * (distance - 100))
            & (amplitude <= 1 + slope * (300 - distance))
        )
    Flagger(asked(vis)).apply(UVDIST, AMP, Outline(shape, points), NOTHING_ELSE, flag=True)
    assert expected.sum() > 1000
    assert ((column(vis, "FLAG") != before | expected).sum()) <= 2  # on the very edge


@pytest.mark.parametrize(
    "averaging",
    [Averaging(channels=5), Averaging(seconds=90), Averaging(channels=8, seconds=1e6, scan=True)],
)
def test_all_that_was_averaged_into_a_point_is_flagged(vis: Path, averaging: Averaging) -> None:
    before = column(vis, "FLAG")
    one, other = column(vis, "ANTENNA1"), column(vis, "ANTENNA2")
    scan, field = column(vis, "SCAN_NUMBER"), column(vis, "FIELD_ID")
    flagger = Flagger(replace(asked(vis, antenna="1&2", field="0"), averaging=averaging))
    everything = Outline(Shape.RECTANGLE, [(20, 0), (24, 1e9)])
    flagger.apply(CHANNEL, AMP, everything, NOTHING_ELSE, flag=True)
    after = column(vis, "FLAG")
    mine = (field == 0) & (after & ~before).any(axis=(1, 2))
    assert len(set(zip(one[mine], other[mine], strict=True))) == 1
    width = max(1, int(averaging.channels))
    firsts = [first for first in range(0, 63 - 63 % width, width) if 20 <= first <= 24]
    channels = {c for first in firsts for c in range(first, first + width)}
    expected = before.copy()
    baseline = (field == 0) & (one == one[mine][0]) & (other == other[mine][0])
    assert len(set(scan[baseline])) >= 1
    for channel in channels:
        expected[baseline, channel] = True
    assert (after == expected).all()


def test_baseline_average_of_one_integration(vis: Path) -> None:
    time, before = column(vis, "TIME"), column(vis, "FLAG")
    first = np.unique(time)[3]
    flagger = Flagger(replace(asked(vis), averaging=Averaging(baseline=True)))
    outline = Outline(Shape.RECTANGLE, [(first - 1, -1), (first + 1, 1e9)])
    flagger.apply(TIME, AMP, outline, NOTHING_ELSE, flag=True)
    expected = before.copy()
    expected[time == first] = True
    assert (column(vis, "FLAG") == expected).all()
    flagger.undo()
    assert (column(vis, "FLAG") == before).all()


def test_a_page_of_an_iteration_is_flagged_alone(vis: Path) -> None:
    before, expected = column(vis, "FLAG"), inside(vis)
    expected[column(vis, "SCAN_NUMBER") != 2] = False
    scan = Quantity(Axis.SCAN)
    Flagger(asked(vis)).apply(CHANNEL, AMP, BRIGHT, NOTHING_ELSE, flag=True, within={scan: 2.0})
    assert (column(vis, "FLAG") == before | expected).all()


def test_casa_counts_lists_and_restores(vis: Path) -> None:
    before = column(vis, "FLAG")
    flagger = Flagger(asked(vis))
    flagger.apply(CHANNEL, AMP, BRIGHT, Extension(channels=True), flag=True)
    after = column(vis, "FLAG")
    found = casa(
        "s = flagdata('n.ms', mode='summary', flagbackup=False)\n"
        "l = flagmanager('n.ms', mode='list')\n"
        "flagmanager('n.ms', mode='restore', versionname=l[0]['name'])\n"
        "t = flagdata('n.ms', mode='summary', flagbackup=False)\n"
        "print(json.dumps([s['flagged'], s['total'], t['flagged'], l[0]]))",
        vis.parent,
    )
    assert found[:3] == [after.sum(), after.size, before.sum()]
    assert found[3]["name"].startswith("plotms_")
    assert "amp" in found[3]["comment"]
    assert (column(vis, "FLAG") == before).all()


def test_script_does_in_casa_what_was_done(vis: Path) -> None:
    before = column(vis, "FLAG")
    flagger = Flagger(asked(vis, antenna="3&4", correlation="RR"))
    outline = Outline(Shape.RECTANGLE, [(20, 0), (24, 1e9)])
    flagger.apply(CHANNEL, AMP, outline, NOTHING_ELSE, flag=True)
    text, after = flagger.script(), column(vis, "FLAG")
    flagger.undo()
    assert (after != before).sum() > 10
    casa(f"{text}\nprint(0)", vis.parent)
    assert (column(vis, "FLAG") == after).all()


def test_solutions_of_a_calibration_table(gains: Path) -> None:
    before = column(gains, "FLAG")
    flagger = Flagger(asked(gains))
    outline = Outline(Shape.RECTANGLE, [(2, -1), (3, 10)])
    antenna, amp = Quantity(Axis.ANTENNA1), Quantity(Axis.GAINAMP)
    flagger.apply(antenna, amp, outline, NOTHING_ELSE, flag=True)
    expected = before.copy()
    expected[np.isin(column(gains, "ANTENNA1"), [2, 3])] = True
    assert (column(gains, "FLAG") == expected).all()
    assert (expected != before).any()
    flagger.undo()
    assert (column(gains, "FLAG") == before).all()


def test_undo_refuses_after_somebody_else(vis: Path) -> None:
    flagger = Flagger(asked(vis))
    flagger.apply(CHANNEL, AMP, BRIGHT, NOTHING_ELSE, flag=True)
    with tables.table(str(vis), ack=False, readonly=False) as table:
        cell = table.getcell("FLAG", 7)
        table.putcell("FLAG", 7, ~cell)
    strange = state(vis)
    with pytest.raises(FlaggingError, match=r"changed by something else.*plotms_"):
        flagger.undo()
    assert state(vis) == strange


def in_child(work: Callable[[], None]) -> int:
    child = os.fork()
    if child == 0:
        try:
            work()
        finally:
            os._exit(1)
    return child


def test_a_table_locked_by_another_process(vis: Path) -> None:
    ready, wake = os.pipe()
    done, finish = os.pipe()

    def hold() -> None:
        table = tables.table(str(vis), ack=False, readonly=False, lockoptions="usernoread")
        table.lock(write=True, nattempts=1)
        os.write(wake, b"x")
        os.read(done, 1)

    before, child = state(vis), in_child(hold)
    os.read(ready, 1)
    try:
        with pytest.raises(FlaggingError, match="Another process"):
            Flagger(asked(vis), patience=0.3).apply(CHANNEL, AMP, BRIGHT, NOTHING_ELSE, flag=True)
    finally:
        os.write(finish, b"x")
        os.waitpid(child, 0)
    assert state(vis) == before
    assert not vis.with_name("n.ms.flagversions").exists()


@pytest.mark.parametrize("kill", [True, False])
def test_killed_or_interrupted_in_the_middle(
    vis: Path, kill: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = state(vis)
    number: list[int] = []
    write = vars(module)["write"]

    def writing(layout: Any, table: Any, rows: Any, flags: Any) -> None:
        write(layout, table, rows, flags)
        if table.name().endswith("n.ms") and not number:
            number.append(1)
            table.flush()
            if kill:
                os.kill(os.getpid(), signal.SIGKILL)
            raise KeyboardInterrupt

    def work() -> None:
        monkeypatch.setattr(module, "write", writing)
        Flagger(asked(vis)).apply(CHANNEL, AMP, BRIGHT, NOTHING_ELSE, flag=True)

    if kill:
        _, status = os.waitpid(in_child(work), 0)
        assert os.WTERMSIG(status) == signal.SIGKILL
        assert state(vis) != before
        casa(
            "l = flagmanager('n.ms', mode='list')\n"
            "flagmanager('n.ms', mode='restore', versionname=l[0]['name'])\nprint(0)",
            vis.parent,
        )
    else:
        with pytest.raises(KeyboardInterrupt):
            work()
    assert state(vis) == before


def test_a_read_only_table_is_refused_before_anything_is_saved(vis: Path, tmp_path: Path) -> None:
    if os.getuid() == 0:
        pytest.skip("root may write everything")
    for file in vis.iterdir():
        file.chmod(0o444)
    with pytest.raises(FlaggingError, match="cannot be written"):
        Flagger(asked(vis)).apply(CHANNEL, AMP, BRIGHT, NOTHING_ELSE, flag=True)
    assert not vis.with_name("n.ms.flagversions").exists()


def test_a_history_that_cannot_be_written_does_not_make_a_failure_of_a_change(vis: Path) -> None:
    before = state(vis)
    (vis / "HISTORY" / "table.dat").unlink()
    flagger = Flagger(asked(vis))
    said = flagger.apply(CHANNEL, AMP, BRIGHT, NOTHING_ELSE, flag=True)
    assert "HISTORY has no line of it" in said
    assert state(vis) != before
    assert "HISTORY has no line of it" in flagger.undo()
    assert state(vis) == before


def test_any_two_windows_are_told_apart(windows: Path) -> None:
    flagger = Flagger(asked(windows, spw="1"))
    described = column(windows, "DATA_DESC_ID")
    before = column(windows, "FLAG")
    amplitude = np.abs(column(windows, "DATA"))
    chosen = (described == 1)[:, None, None] & (np.arange(before.shape[1]) == 5)[None, :, None]
    chosen = chosen & ~before & np.isfinite(amplitude)
    outline = Outline(Shape.RECTANGLE, [(4.5, -1), (5.5, 1e9)])
    flagger.apply(CHANNEL, AMP, outline, NOTHING_ELSE, flag=True)
    assert (column(windows, "FLAG") == (before | chosen)).all()
    flagger.undo()
    flagger.apply(CHANNEL, AMP, outline, Extension(spws=True), flag=True)
    after = column(windows, "FLAG")
    pairs = ("TIME", "ANTENNA1", "ANTENNA2")
    keys = list(zip(*(column(windows, name).tolist() for name in pairs), strict=True))
    touched = {keys[row] for row in np.flatnonzero(chosen.any((1, 2)))}
    both = np.array([key in touched for key in keys])
    assert (after[:, 5].any(1) >= both).all()
    assert (np.delete(after, 5, axis=1) == np.delete(before, 5, axis=1)).all()
