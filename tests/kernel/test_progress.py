"""CASA's figures as a bar; every line of CASA's here was written by CASA 6.7.0.31."""

import json
import os
from itertools import pairwise
from pathlib import Path

import pytest
from casa_kernel.output.cell import CellLog
from casa_kernel.output.figures import Figure, FigureReader
from casa_kernel.output.gauge import clock_text, finished_text, gauge_html, gauge_text
from casa_kernel.output.log import LogRecord
from casa_kernel.output.logfile import LogFile
from casa_kernel.output.meter import MeterParser, percent_at
from casa_kernel.output.progress import Finished, Gauge, Progress
from casa_kernel.output.stderr import NoiseFilter
from casa_kernel.output.stdout import SolutionFilter
from hypothesis import given
from hypothesis import strategies as st
from kernel.casa_notebook import Cell, Notebook

SCALE = "0%....10....20....30....40....50....60....70....80....90....100%\n"
WARNING = "2026-11-24 15:21:05\tWARN\timmoments::Image2DConvolver\tpoorly sampled\n"
SOLUTIONS = [
    "52 of 52 solutions flagged due to SNR < 400 in spw=0 at 1995/04/13/09:19:00.0",
    "54 of 54 solutions flagged due to SNR < 500 in spw=0 (chan=56) at 1995/04/13/09:21:46.0",
    " Insufficient unflagged antennas to proceed with this solve.",
    "   (time=1995/04/13/09:21:46.0 field=0 spw=0 chan=62)",
]


class Clock:
    """Seconds that pass when the test says so."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def info(message: str, task: str = "") -> LogRecord:
    return LogRecord("2026-11-24 15:21:05", "INFO", "x::casa", message, task=task)


def figures(*messages: str) -> list[Figure]:
    reader = FigureReader()
    read = [reader.read(info(message)) for message in messages]
    return [figure for figure in read if figure is not None]


def cut(text: str, places: list[int]) -> list[str]:
    edges = [0, *sorted(place % (len(text) + 1) for place in places), len(text)]
    return [text[start:end] for start, end in pairwise(edges)]


def metered(pieces: list[str]) -> tuple[str, list[int]]:
    parser = MeterParser()
    rest, percents = "", []
    for piece in pieces:
        text, said = parser.feed(piece)
        rest += text
        percents += said
    return rest + parser.flush(), percents


@pytest.mark.parametrize("meter", [SCALE, SCALE[2:], "\n" + SCALE])
def test_a_whole_meter_is_progress_and_nothing_else(meter: str) -> None:
    rest, percents = metered([meter])
    assert rest == ""
    assert percents[-1] == 100
    assert percents == sorted(percents)
    assert set(range(10, 101, 2)) <= set(percents)


@pytest.mark.parametrize(
    ("position", "percent"), [(0, 0), (2, 0), (3, 2), (6, 8), (8, 10), (12, 18), (len(SCALE), 100)]
)
def test_a_dot_is_two_per_cent(position: int, percent: int) -> None:
    assert percent_at(position) == percent


def test_a_warning_between_two_dots_is_left_as_it_was() -> None:
    rest, percents = metered(["....10..", WARNING, "..20", "....30"])
    assert rest == WARNING
    assert percents[-1] == 30


@pytest.mark.parametrize(
    "text",
    ["0 files\n", "....\n", ".....10", "0% done? no\n"[3:], "10 of 12\n", "\n\nx\n", "100%\n"],
)
def test_what_only_resembles_a_meter_is_shown(text: str) -> None:
    assert metered(list(text)) == (text, [])


def test_a_meter_after_one_that_broke_off_is_understood() -> None:
    rest, percents = metered(["....10....2", "\nAborted\n", "\n0%....10"])
    assert rest == "\nAborted\n"
    assert percents[-1] == 10


pieces_of_text = st.lists(
    st.one_of(
        st.sampled_from([SCALE, SCALE[2:], "....10", "..", "20", "\n", "0%", WARNING, "text"]),
        st.text(alphabet="0123456789.%\nx", max_size=8),
    ),
    max_size=12,
).map("".join)


@given(pieces_of_text, st.lists(st.integers(min_value=0), max_size=20))
def test_a_meter_is_read_the_same_however_it_is_cut(text: str, places: list[int]) -> None:
    assert metered(cut(text, places)) == metered([text])


@given(st.text(alphabet="abc \n\t", max_size=60), st.lists(st.integers(min_value=0), max_size=9))
def test_other_text_passes_the_meter_unchanged(text: str, places: list[int]) -> None:
    assert metered(cut(text, places)) == (text, [])


@given(st.lists(st.sampled_from([*SOLUTIONS, "54 of 54", "", " In", "   (time", "text"])))
def test_reports_about_solutions_are_parted_however_they_are_cut(lines: list[str]) -> None:
    text = "".join(f"{line}\n" for line in lines) + "54 of"
    for size in (1, 5, 1000):
        shown: list[str] = []
        reported: list[str] = []
        parts = SolutionFilter(shown.append, reported.extend)
        for start in range(0, len(text), size):
            parts.feed(text[start : start + size].encode())
        parts.flush()
        assert reported == [line for line in lines if line in SOLUTIONS]
        others = [line for line in lines if line not in SOLUTIONS]
        assert "".join(shown) == "".join(f"{line}\n" for line in others) + "54 of"


def test_a_report_that_does_not_begin_its_line_is_text() -> None:
    shown: list[str] = []
    reported: list[str] = []
    parts = SolutionFilter(shown.append, reported.extend)
    parts.feed(b"my ")
    parts.feed(f"{SOLUTIONS[0]}\n".encode())
    assert "".join(shown) == f"my {SOLUTIONS[0]}\n"
    assert reported == []


@given(st.binary(max_size=200))
def test_no_bytes_are_too_strange_for_the_relays(data: bytes) -> None:
    shown: list[str] = []
    for consumer in (
        NoiseFilter(shown.append, lambda _: None),
        SolutionFilter(shown.append, lambda _: None),
    ):
        consumer.feed(data)
        consumer.flush()
    assert all(isinstance(text, str) for text in shown)


def test_a_chunk_of_flagdata_counts_when_it_is_done() -> None:
    line = "Chunk = {} [progress: {}%], Observation = 0, Array = 0, Scan = 1, Field = 0 (3C286)"
    read = figures(line.format(1, 19), line.format(2, 30), line.format(3, 54))
    assert [figure.done for figure in read] == [0.0, 0.19, 0.3]
    assert read[-1].detail == "chunk 3"


def test_planes_are_counted() -> None:
    (figure,) = figures(
        "Channel 10 of 40, Polarization 0 of 1 : Convolving image which has a beam of major: 52.8"
    )
    assert figure == Figure(0.25, "channel 10 of 40")


def test_fringes_are_counted_against_the_intervals_that_were_found() -> None:
    solving = "Solving for fringes for spw=0 at t=2024/03/01/02:02:07.5"
    read = figures(
        "For solint = 60s, found 4 solution intervals.", solving, "Using antenna 0", solving
    )
    assert read == [
        Figure(0.0, "solution interval 1 of 4"),
        Figure(0.25, "solution interval 2 of 4"),
    ]


CALL = "tclean( vis='n5921.split.ms', niter={}, gain=0.1, threshold='{}', nsigma=0.0 )"
PEAK = " Absolute Peak residual within mask : {}, over full image : 0.0824127"


def test_tclean_is_as_far_as_the_nearer_of_its_two_ends() -> None:
    start = [CALL.format(500, "1mJy"), "------- Run Major Cycle 1 -------", PEAK.format(0.1)]
    few = figures(*start, "[n.cont] iters=0->20 [20], model=0->0.07, peakres=0.08->0.01, Reached")
    assert few[-1].done == pytest.approx(0.04)
    deep = figures(*start, "Completed 20 iterations.", PEAK.format(0.01))
    assert deep[-1].done == pytest.approx(0.5)
    assert deep[-1].detail == (
        "major cycle 1 · 20 of 500 iterations · peak 10 mJy/beam, threshold 1"
    )


def test_tclean_adds_the_iterations_of_its_minor_cycles() -> None:
    read = figures(
        CALL.format(6000, "0.0"),
        PEAK.format(0.1),
        "Completed 1307 iterations.",
        "[n.cube:C10] iters=123->162 [39], model=0.15->0.19, peakres=0.0131->0.0079, Reached",
    )
    assert read[-1].done == pytest.approx(1469 / 6000)


def test_a_peak_that_rises_again_does_not_take_the_bar_back() -> None:
    read = figures(CALL.format(500, "1mJy"), *(PEAK.format(peak) for peak in (0.1, 0.01, 0.02)))
    assert [figure.done for figure in read] == pytest.approx([0.0, 0.5, 0.5])


def test_a_dirty_image_has_no_figures() -> None:
    assert figures(CALL.format(0, "0.0"), PEAK.format(0.1)) == []


@given(st.lists(st.text(max_size=80), max_size=10))
def test_no_line_is_too_strange_for_the_figures(messages: list[str]) -> None:
    assert all(0 <= figure.done <= 1 for figure in figures(*messages))


@given(
    st.integers(0, 10**9),
    st.sampled_from(["0.1", "1e999", "-1", "", "0", "1e-310", "..", "1e5"]),
    st.lists(
        st.sampled_from(["0.1", "1e+300", "1e+999", "0", "1e-300", "-5", ".", "-"]), max_size=4
    ),
)
def test_no_number_is_too_strange_for_tclean_s(
    niter: int, threshold: str, peaks: list[str]
) -> None:
    lines = [PEAK.format(peak) for peak in peaks]
    read = figures(CALL.format(niter, threshold), *lines, "[i] iters=0->99999999999 [1],")
    assert all(0 <= figure.done <= 1 for figure in read)


def test_a_task_shows_its_share_its_time_and_an_estimate() -> None:
    clock = Clock()
    progress = Progress(clock)
    progress.see(info("Begin Task: applycal"))
    assert progress.task == "applycal"
    clock.now += 12
    progress.measure(40)
    gauge = progress.gauge()
    assert gauge is not None
    assert gauge_text(gauge) == "applycal  40 %  0:12 elapsed, about 0:18 left"
    clock.now += 3
    later = progress.gauge()
    assert later is not None
    assert later.remaining == pytest.approx(15)


def test_a_figure_that_falls_back_begins_a_new_estimate() -> None:
    clock = Clock()
    progress = Progress(clock)
    progress.see(info("Begin Task: imcontsub"))
    for percent in (90, 0, 50):
        clock.now += 10
        progress.measure(percent)
    gauge = progress.gauge()
    assert gauge is not None
    assert gauge.elapsed == pytest.approx(30)
    assert gauge.remaining == pytest.approx(10)


def test_a_task_without_figures_shows_its_time_after_some_seconds() -> None:
    clock = Clock()
    progress = Progress(clock)
    progress.see(info("Begin Task: split"))
    assert progress.gauge() is None
    assert progress.wait() == pytest.approx(3)
    clock.now += 4
    assert progress.gauge() == Gauge("split", 4.0)
    progress.see(info("End Task: split"))
    assert progress.gauge() is None
    assert progress.finished == [Finished("split", 4.0)]


def test_a_task_within_a_task_takes_the_figures() -> None:
    progress = Progress(Clock())
    for name in ("outer", "inner"):
        progress.see(info(f"Begin Task: {name}"))
    progress.measure(10)
    gauge = progress.gauge()
    assert gauge is not None
    assert gauge.name == "inner"
    progress.see(info("End Task: outer"))
    assert progress.finished == [Finished("inner", 0.0, stopped=True), Finished("outer", 0.0)]


def test_a_tool_has_a_bar_without_a_task_until_its_meter_is_full() -> None:
    progress = Progress(Clock())
    progress.measure(50)
    gauge = progress.gauge()
    assert gauge is not None
    assert gauge.name == "CASA"
    progress.measure(100)
    assert progress.gauge() is None


def test_an_end_without_a_begin_is_no_task() -> None:
    progress = Progress(Clock())
    progress.see(info("End Task: split"))
    assert progress.finished == []


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0:00"), (7.9, "0:07"), (725, "12:05"), (3723, "1:02:03")]
)
def test_times_are_read_like_a_clock(seconds: float, text: str) -> None:
    assert clock_text(seconds) == text


def test_finished_tasks_are_named_with_their_times_and_repeated_ones_once() -> None:
    done = [Finished("visstat", 1.0)] * 20 + [Finished("tclean", 125.0, stopped=True)]
    assert finished_text(done) == "20 visstat 20.0 s, tclean stopped after 2:05"
    many = [Finished(name, 1.0) for name in "abcdef"]
    assert finished_text(many) == "a 1.0 s, b 1.0 s, c 1.0 s, d 1.0 s, 2 more"


def test_the_bar_is_as_wide_as_the_share_and_escaped() -> None:
    html = gauge_html(Gauge("<b>", 12, 0.4, 18, "<i>"))
    assert 'aria-valuenow="40"' in html
    assert "width:40%" in html
    assert "&lt;b&gt;" in html
    assert "&lt;i&gt;" in html
    assert "<i>" not in html


def test_the_bar_is_gone_when_the_cell_is_done_and_its_time_stays(tmp_path: Path) -> None:
    clock = Clock()
    cells = CellLog(LogFile(tmp_path / "casa.log"), clock)
    sent: list[dict[str, str]] = []
    cells.begin(lambda bundle, _, *, update: sent.append(bundle))
    cells.feed(b"2026-11-24 15:21:05\tINFO\tx::casa\t##### Begin Task: applycal       #####\n")
    clock.now += 12.3
    cells.measure(40)
    cells.refresh()
    cells.end()
    running, final = sent
    assert "applycal  40 %  0:12 elapsed" in running["text/plain"]
    assert "progressbar" in running["text/html"]
    assert final["text/plain"].startswith("CASA log · 1 message · applycal stopped after 12.3 s\n")
    assert "progressbar" not in final["text/html"]


def test_the_clock_goes_on_once_a_second_while_the_log_is_silent(tmp_path: Path) -> None:
    clock = Clock()
    cells = CellLog(LogFile(tmp_path / "casa.log"), clock)
    sent: list[dict[str, str]] = []
    cells.begin(lambda bundle, _, *, update: sent.append(bundle))
    cells.measure(40)
    cells.refresh()
    assert cells.due() == pytest.approx(1)
    cells.measure(42)
    assert cells.due() == pytest.approx(0.25)
    cells.end()
    assert "progressbar" not in sent[-1]["text/html"]
    assert cells.due() is None


def test_a_failed_solution_is_in_the_block_and_not_in_the_cell(casa: Notebook) -> None:
    cell = casa.run(
        "gaincal('ngc5921.ms', caltable='n.gcal', field='0,1', spw='0:6~56', refant='15',"
        " solint='int', minsnr=400)"
    )
    assert cell.error is None
    assert cell.stream("stdout") == ""
    assert "gaincal: 54 of 54 solutions flagged due to SNR < 400" in cell.log["text/plain"]
    assert cell.log["text/plain"].splitlines()[0].count("gaincal ") == 1


def test_a_meter_of_casacore_s_is_a_bar_while_it_runs(casa: Notebook) -> None:
    os.mkfifo(casa.cwd / "go on")
    msg_id = casa.start(
        "import os\n"
        "casalog.post('##### Begin Task: imcontsub       #####')\n"
        "os.write(2, b'\\n0%....10'); _ = open('go on').read(); os.write(2, b'....20')\n"
        "casalog.post('##### End Task: imcontsub         #####')"
    )
    cell = Cell()
    while not any("imcontsub  10 %" in each["text/plain"] for each in cell.displays):
        kind = "update_display_data" if cell.displays else "display_data"
        cell = Cell(cell.messages + casa.finish(msg_id, until=kind).messages)
    (casa.cwd / "go on").write_text("")
    cell = Cell(cell.messages + casa.finish(msg_id).messages)
    assert cell.stream("stderr") == ""
    shown = [json.dumps(m["content"], ensure_ascii=False) for m in cell.messages]
    assert any("imcontsub  10 %" in text for text in shown)
    assert "imcontsub" in cell.log["text/plain"].splitlines()[0]
    assert "progressbar" not in cell.log["text/html"]


def test_the_log_can_be_asked_for_in_python(casa: Notebook) -> None:
    casa.run("_ = visstat('ngc5921.ms'); casalog.post('odd', 'WARN')")
    cell = casa.run("casa_log.last.filter(level='warn')")
    assert "WARN" in cell.result
    assert "odd" in cell.result
    assert "Begin Task" not in cell.result
    chosen = casa.run(
        "[r.message for r in casa_log.filter(task='visstat').records][:1], len(casa_log.last) > 2"
    )
    assert chosen.result == "(['Begin Task: visstat'], True)"
    wrong = casa.run("casa_log.filter(level='LOUD')")
    assert wrong.error is not None
    assert "use one of DEBUG, INFO, WARN, SEVERE" in wrong.error["evalue"]
