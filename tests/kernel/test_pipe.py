import os
import threading
from pathlib import Path

import pytest
from casa_kernel.output.cell import CellLog
from casa_kernel.output.logfile import LogFile
from casa_kernel.output.pipe import MarkedPipe
from casa_kernel.output.stderr import NoiseFilter

STAMP = "2026-11-22 10:36:29"
COPY = f"{STAMP}\tWARN\tgaincal::casa\tno solutions\n"


def line(message: str, priority: str = "INFO") -> bytes:
    return f"{STAMP}\t{priority}\ttask::casa\t{message}\n".encode()


class Screen:
    """Takes what a `CellLog` publishes."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, str, bool]] = []
        self.first = threading.Event()

    def __call__(self, bundle: dict[str, str], display_id: str, *, update: bool) -> None:
        self.sent.append((bundle["text/plain"], display_id, update))
        self.first.set()


class Recorder:
    """A consumer that keeps what it is fed."""

    def __init__(self) -> None:
        self.data = b""

    def feed(self, data: bytes) -> None:
        if b"poison" in data:
            raise ValueError(data)
        self.data += data

    def due(self) -> float | None:
        return None

    def refresh(self) -> None:
        raise AssertionError


def test_a_mark_is_reached_after_everything_before_it() -> None:
    recorder = Recorder()
    pipe = MarkedPipe("test", recorder)
    seen: list[int] = []
    for round_ in range(1, 4):
        # Larger than the pipe and than one read: marks are cut at arbitrary places.
        os.write(pipe.write_fd, b"x" * 99_991)
        assert pipe.call(lambda: seen.append(len(recorder.data)))
        assert seen[-1] == 99_991 * round_
    assert set(recorder.data) == set(b"x")


def test_a_consumer_that_raises_does_not_stop_the_reader(
    caplog: pytest.LogCaptureFixture,
) -> None:
    recorder = Recorder()
    pipe = MarkedPipe("test", recorder)
    os.write(pipe.write_fd, b"poison")
    assert pipe.call(lambda: None)
    os.write(pipe.write_fd, b"good")
    assert pipe.call(lambda: None)
    assert recorder.data == b"good"
    assert "reading goes on" in caplog.text


def test_the_path_of_the_pipe_is_a_second_way_in() -> None:
    recorder = Recorder()
    pipe = MarkedPipe("test", recorder)
    Path(pipe.path).write_bytes(b"by path")
    assert pipe.call(lambda: None)
    assert recorder.data == b"by path"


def test_each_cell_gets_its_own_lines_in_one_display(tmp_path: Path) -> None:
    log_file = LogFile(tmp_path / "casa.log")
    cells = CellLog(log_file)
    first, second = Screen(), Screen()
    cells.begin(first)
    cells.feed(line("one")[:9])
    cells.feed(line("one")[9:])
    cells.refresh()
    cells.feed(line("two"))
    cells.end()
    cells.begin(second)
    cells.feed(line("three"))
    cells.end()
    assert [update for _, _, update in first.sent] == [False, True]
    assert len({display_id for _, display_id, _ in first.sent}) == 1
    assert "one" in first.sent[-1][0]
    assert "two" in first.sent[-1][0]
    assert "three" not in first.sent[-1][0]
    ((text, display_id, update),) = second.sent
    assert "three" in text
    assert "CASA log · 1 message\n" in text
    assert not update
    assert display_id != first.sent[0][1]
    assert log_file.path.read_bytes() == line("one") + line("two") + line("three")


def test_a_silent_cell_has_no_block(tmp_path: Path) -> None:
    cells, screen = CellLog(LogFile(tmp_path / "casa.log")), Screen()
    cells.begin(screen)
    cells.end()
    cells.end()
    assert screen.sent == []


def test_lines_between_cells_appear_in_the_next(tmp_path: Path) -> None:
    cells, screen = CellLog(LogFile(tmp_path / "casa.log")), Screen()
    cells.feed(line("start-up chatter") + line("start-up trouble", "WARN"))
    cells.forget_startup()
    cells.feed(line("from a thread"))
    cells.begin(screen)
    cells.end()
    ((text, _, _),) = screen.sent
    assert "start-up trouble" in text
    assert "from a thread" in text
    assert "chatter" not in text


def test_a_running_cell_is_sent_at_once_then_four_times_a_second_and_later_twice(
    tmp_path: Path,
) -> None:
    now = [100.0]
    cells, screen = CellLog(LogFile(tmp_path / "casa.log"), clock=lambda: now[0]), Screen()
    cells.begin(screen)
    assert cells.due() is None
    cells.feed(line("one"))
    assert cells.due() == 0
    cells.refresh()
    assert cells.due() is None
    cells.feed(line("two"))
    assert cells.due() == pytest.approx(0.25)
    now[0] += 0.3
    assert cells.due() == 0
    now[0] += 10
    cells.refresh()
    cells.feed(line("three"))
    assert cells.due() == pytest.approx(0.5)


def test_the_block_is_shown_while_the_task_runs(tmp_path: Path) -> None:
    cells, screen = CellLog(LogFile(tmp_path / "casa.log")), Screen()
    pipe = MarkedPipe("test", cells)
    assert pipe.call(lambda: cells.begin(screen))
    os.write(pipe.write_fd, line("busy"))
    assert screen.first.wait(5)
    assert screen.sent[0][2] is False


def test_a_full_disk_is_said_once_and_stops_nothing(tmp_path: Path) -> None:
    cells, screen = CellLog(LogFile(Path("/dev/full"))), Screen()
    cells.begin(screen)
    cells.feed(line("one"))
    cells.feed(line("two"))
    cells.end()
    ((text, _, _),) = screen.sent
    assert text.count("cannot be written: No space left on device") == 1
    assert "1 warning" in text
    assert "two" in text


@pytest.mark.parametrize("size", [1, 7, 10_000])
def test_copies_of_warnings_are_dropped_however_they_are_cut(size: int) -> None:
    data = ("before\n" + COPY + "0%....10\n" + COPY + COPY + "after, no end").encode()
    shown: list[str] = []
    noise = NoiseFilter(shown.append)
    for start in range(0, len(data), size):
        noise.feed(data[start : start + size])
    noise.flush()
    assert "".join(shown) == "before\n0%....10\nafter, no end"


def test_a_progress_bar_is_shown_before_its_line_ends() -> None:
    shown: list[str] = []
    NoiseFilter(shown.append).feed(b"0%....10....20")
    assert shown == ["0%....10....20"]


def test_the_complaint_about_the_closed_port_is_dropped() -> None:
    shown: list[str] = []
    noise = NoiseFilter(shown.append)
    noise.feed(
        b"E1122 10:36:29.2    6400 tcp_server_posix.cc:210]    Failed accept4: Invalid arg\n"
    )
    noise.feed(b"E1122 is not always noise\n")
    assert shown == ["E1122 is not always noise\n"]
