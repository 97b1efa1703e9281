"""What a cell shows of memoised steps: lines, replayed logs, listings, completion."""

import os
import pickle
import threading
from pathlib import Path

import pytest
from casa_kernel.listings.show import TEXT_SHOWN, ShownFile
from casa_kernel.memo.board import Board
from casa_kernel.memo.listing import listing_of, packed, unpacked, without_listing
from casa_kernel.memo.magics import completions
from casa_kernel.memo.start import is_wanted
from casa_kernel.memo.summary import Cached, bundle, cached_lines
from casa_kernel.output.cell import CellLog
from casa_kernel.output.logfile import LogFile
from casa_kernel.output.tee import LogTee
from hypothesis import given
from hypothesis import strategies as st

LOG = (
    "2026-11-24 19:02:31\tINFO\tgaincal::::casa+\t",
    "2026-11-24 19:02:31\tINFO\tgaincal::::casa\t##### Begin Task: gaincal            #####",
    "2026-11-24 19:02:31\tWARN\tgaincal::::casa\tlook here",
    "2026-11-24 19:03:12\tINFO\tgaincal::::casa\t##### End Task: gaincal              #####",
)


class Clock:
    """Seconds that pass when the test says so."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Displays:
    """What was sent, and whether as an update."""

    def __init__(self) -> None:
        self.sent: list[tuple[dict[str, str], str, bool]] = []

    def __call__(self, bundle: dict[str, str], display_id: str, *, update: bool) -> None:
        self.sent.append((bundle, display_id, update))

    @property
    def text(self) -> str:
        return self.sent[-1][0]["text/plain"]


def test_a_step_is_one_line_and_a_row_of_them_is_too() -> None:
    one, many = Cached("gaincal", 41), [Cached("flagdata", 2)] * 20
    assert cached_lines([one, *many, one]) == [
        "gaincal cached · saved 41 s",
        "20 flagdata cached · saved 40 s",
        "gaincal cached · saved 41 s",
    ]
    assert cached_lines([Cached("imhead", 0)]) == ["imhead cached"]


def test_a_long_loop_is_a_line_for_each_task() -> None:
    loop = [Cached("gaincal", 1), Cached("applycal", 2)] * 100
    assert cached_lines(loop) == [
        "100 gaincal cached · saved 1 min 40 s",
        "100 applycal cached · saved 3 min 20 s",
    ]
    tasks = [Cached(f"task{number}", 1) for number in range(50)]
    lines = cached_lines(tasks)
    assert len(lines) < 15
    assert lines[-1] == "38 more cached · saved 38 s"


@given(st.lists(st.builds(Cached, st.sampled_from("abcdefghijklmnopqrst"), st.just(1.0))))
def test_every_step_is_counted_in_few_lines(steps: list[Cached]) -> None:
    lines = cached_lines(steps)
    counts = [int(line.split()[0]) if line[0].isdigit() else 1 for line in lines]
    assert sum(counts) == len(steps)
    assert len(lines) <= 13


def test_notes_are_escaped() -> None:
    shown = bundle([Cached("gaincal", 41)], ["<x>.ms was put back"])
    assert shown["text/plain"] == "✓ gaincal cached · saved 41 s\nⓘ <x>.ms was put back"
    assert "&lt;x&gt;.ms" in shown["text/html"]
    assert "<x>" not in shown["text/html"]


def test_a_loop_of_cached_steps_is_one_display_that_is_updated_now_and_then() -> None:
    clock, displays = Clock(), Displays()
    board = Board(displays, clock)
    for _ in range(200):
        board.add(Cached("gaincal", 1), ["x.ms was put back"])
        clock.now += 0.01
    board.show()
    assert len(displays.sent) < 12
    assert len({display_id for _, display_id, _ in displays.sent}) == 1
    assert [update for _, _, update in displays.sent] == [False] + [True] * (len(displays.sent) - 1)
    assert displays.text == "✓ 200 gaincal cached · saved 3 min 20 s\nⓘ x.ms was put back"
    board.show()
    sent = len(displays.sent)
    board.begin()
    board.show()
    assert len(displays.sent) == sent
    board.add(Cached("split", 1), [])
    assert displays.sent[-1][2] is False


def test_a_computed_step_without_notes_shows_nothing() -> None:
    displays = Displays()
    board = Board(displays)
    board.add(None, [])
    board.show()
    assert displays.sent == []


def test_a_replayed_log_is_in_the_block_as_it_was_and_says_so(tmp_path: Path) -> None:
    displays, file = Displays(), tmp_path / "casa.log"
    log = CellLog(LogFile(file))
    log.begin(displays)
    log.replay("gaincal", LOG)
    log.end()
    title, *lines = displays.text.splitlines()
    assert title == ("CASA log · 3 messages · 1 warning · gaincal replayed from 2026-11-24 19:02")
    assert lines[-2:] == [
        "19:02:31  WARN gaincal: look here",
        "19:03:12  gaincal: End Task: gaincal",
    ]
    assert file.read_text().splitlines() == list(LOG)
    assert log.due() is None


def test_replayed_and_computed_tasks_are_told_apart(tmp_path: Path) -> None:
    displays = Displays()
    log = CellLog(LogFile(tmp_path / "casa.log"), lambda: 0.0)
    log.begin(displays)
    log.replay("gaincal", LOG)
    log.replay("gaincal", LOG)
    log.feed("\n".join(LOG).encode() + b"\n")
    log.end()
    assert displays.text.splitlines()[0].endswith(
        "2 gaincal replayed from 2026-11-24 19:02, gaincal 0.0 s"
    )


def teed(lines: list[str], onward: int) -> tuple[str, ...]:
    tee = LogTee(onward, 1)
    for line in lines:
        os.write(tee.log, f"{line}\n".encode())
    return tee.close()


def test_each_tee_keeps_its_own_lines_and_no_line_is_cut_by_another_s(tmp_path: Path) -> None:
    written = [[f"{name}{number} " + name * 900 for number in range(300)] for name in "abc"]
    kept: dict[str, tuple[str, ...]] = {}
    reading, onward = os.pipe()
    through: list[bytes] = []

    def drain() -> None:
        with open(reading, "rb", buffering=0) as pipe:  # noqa: PTH123 - a descriptor
            while data := pipe.read(1 << 16):
                through.append(data)

    reader = threading.Thread(target=drain)
    writers = [
        threading.Thread(target=lambda each=each: kept.update({each[0][0]: teed(each, onward)}))
        for each in written
    ]
    for thread in (reader, *writers):
        thread.start()
    for thread in writers:
        thread.join()
    os.close(onward)
    reader.join()
    assert [list(kept[each[0][0]]) for each in written] == written
    came = b"".join(through).decode().splitlines()
    assert sorted(came) == sorted(line for each in written for line in each)


def test_a_tee_hands_on_what_is_no_line_and_no_text(tmp_path: Path) -> None:
    with (tmp_path / "log").open("wb", buffering=0) as file:
        tee = LogTee(file.fileno(), 1)
        os.write(tee.log, b"good\n\xff\xfe bad\nno end")
        assert tee.close() == ("good", "�� bad", "no end")
    assert (tmp_path / "log").read_bytes() == b"good\n\xff\xfe bad\nno end\n"


def test_a_tee_keeps_of_what_is_printed_what_belongs_into_the_log(tmp_path: Path) -> None:
    report = "52 of 52 solutions flagged due to SNR < 400 in spw=0 at 1995/04/13/09:19:00.0"
    with (tmp_path / "out").open("wb", buffering=0) as file:
        tee = LogTee(1, file.fileno())
        os.write(tee.stdout, f"hello\n{report}\n0%..".encode())
        assert tee.close() == (report,)
    assert (tmp_path / "out").read_text() == f"hello\n{report}\n0%.."


def test_what_was_printed_past_the_log_is_the_task_s_when_it_is_replayed(tmp_path: Path) -> None:
    displays = Displays()
    log = CellLog(LogFile(tmp_path / "casa.log"))
    log.begin(displays)
    log.replay("gaincal", (*LOG[:2], " Insufficient unflagged antennas", *LOG[2:]))
    log.end()
    assert "          gaincal: Insufficient unflagged antennas" in displays.text.splitlines()


def test_a_listing_is_kept_with_its_result_and_its_file_comes_back(tmp_path: Path) -> None:
    file = tmp_path / "listing.txt"
    parameters = {"vis": "x.ms", "listfile": ShownFile(file)}
    assert listing_of(parameters) == file
    assert listing_of({"vis": "x.ms", "listfile": "mine.txt"}) is None
    assert without_listing(parameters) == {"vis": "x.ms", "listfile": ""}
    file.write_text("Observer: Ada Lovelace\n")
    pack = packed({"nfields": 3}, file)
    assert unpacked(pack, file) == {"nfields": 3}
    file.unlink()
    assert unpacked(pack, file) == {"nfields": 3}
    assert file.read_text() == "Observer: Ada Lovelace\n"


def test_of_a_huge_listing_only_what_is_shown_is_kept(tmp_path: Path) -> None:
    file = tmp_path / "listing.txt"
    file.write_text("0123456789\n" * (TEXT_SHOWN // 5))
    size = file.stat().st_size
    pack = packed(None, file)
    file.unlink()
    unpacked(pack, file)
    assert file.stat().st_size == size
    with file.open() as listing:
        assert listing.read(TEXT_SHOWN) == ("0123456789\n" * TEXT_SHOWN)[:TEXT_SHOWN]


def test_a_task_that_wrote_no_listing_has_none(tmp_path: Path) -> None:
    file = tmp_path / "listing.txt"
    assert unpacked(packed(5, file), file) == 5
    assert not file.exists()


def test_a_shown_file_is_a_plain_string_elsewhere() -> None:
    copy = pickle.loads(pickle.dumps(ShownFile("listing.txt")))
    assert (copy, type(copy)) == ("listing.txt", str)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("%recompute o", ("o", ["off", "on"])),
        ("%recompute  ex", ("ex", ["explain"])),
        ("%recompute explain ", None),
        ("%recomput", None),
        ("recompute o", None),
    ],
)
def test_tab_offers_what_may_stand_behind_the_magic(
    line: str, expected: tuple[str, list[str]] | None
) -> None:
    assert completions(line, ["explain", "off", "on"]) == expected


@pytest.mark.parametrize(
    ("value", "wanted"), [("1", True), ("on", True), ("0", False), ("", False), (None, False)]
)
def test_the_environment_says_whether_it_is_on_from_the_start(
    value: str | None, wanted: bool
) -> None:
    assert is_wanted({} if value is None else {"CASA_KERNEL_RECOMPUTE": value}) is wanted
