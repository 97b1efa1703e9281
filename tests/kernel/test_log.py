import pytest
from casa_kernel.output.log import Excerpt, LogRecord, Severity, is_log_line, parse_line
from casa_kernel.output.render import (
    line_text,
    render_final,
    render_html,
    render_live,
    render_text,
    summary,
)

STAMP = "2026-11-22 10:36:29"


def record(message: str, priority: str = "INFO", *, continued: bool = False) -> LogRecord:
    return LogRecord(STAMP, priority, "gaincal::Calibrater::solve", message, continued)


def excerpt_of(*records: LogRecord, head: int = 500, tail: int = 1500) -> Excerpt:
    excerpt = Excerpt(head_limit=head, tail_limit=tail)
    for each in records:
        excerpt.add(each)
    return excerpt


def test_a_line_is_split_at_its_tabs() -> None:
    line = f"{STAMP}\tINFO\tgaincal::Calibrater::solve\tfound 12\tintervals"
    assert parse_line(line) == LogRecord(
        STAMP, "INFO", "gaincal::Calibrater::solve", "found 12\tintervals"
    )


def test_a_plus_behind_the_origin_continues_the_message_before() -> None:
    parsed = parse_line(f"{STAMP}\tWARN\tme::casa+\t  second line")
    assert parsed == LogRecord(STAMP, "WARN", "me::casa", "  second line", continued=True)


@pytest.mark.parametrize(
    ("priority", "severity"),
    [
        ("INFO", Severity.INFO),
        ("INFO4", Severity.INFO),
        ("WARN", Severity.WARN),
        ("SEVERE", Severity.SEVERE),
        ("ERROR", Severity.SEVERE),
        ("DEBUG1", Severity.DEBUG),
        ("NOVEL", Severity.INFO),
    ],
)
def test_priorities_have_an_order(priority: str, severity: Severity) -> None:
    parsed = parse_line(f"{STAMP}\t{priority}\tx\ty")
    assert parsed is not None
    assert parsed.severity is severity


@pytest.mark.parametrize(
    "line", ["", "   ", f"{STAMP}\tINFO\t::casa\t{'#' * 42}", f"{STAMP}\tINFO\t::casa\t"]
)
def test_decoration_is_no_record(line: str) -> None:
    assert parse_line(line) is None


def test_the_frame_around_a_task_loses_its_hashes() -> None:
    parsed = parse_line(f"{STAMP}\tINFO\tx::casa\t##### Begin Task: listobs            #####")
    assert parsed is not None
    assert parsed.message == "Begin Task: listobs"


def test_a_line_in_no_known_form_is_kept() -> None:
    assert parse_line("Segment 3 of 7") == LogRecord("", "INFO", "", "Segment 3 of 7")


def test_only_warnings_in_log_form_are_copies() -> None:
    assert is_log_line(f"{STAMP}\tWARN\ta::b\tmessage")
    assert is_log_line(f"{STAMP}\tSEVERE\ta::b+\tmore")
    assert not is_log_line(f"{STAMP}\tINFO\ta::b\tmessage")
    assert not is_log_line("WARN\tmessage")


def test_the_summary_counts_messages_not_lines() -> None:
    excerpt = excerpt_of(record("a"), record("b", continued=True), record("c", "WARN"))
    assert summary(excerpt) == "CASA log · 2 messages · 1 warning"


def test_the_summary_names_errors_first() -> None:
    excerpt = excerpt_of(record("a", "WARN"), record("b", "WARN"), record("c", "SEVERE"))
    assert summary(excerpt) == "CASA log · 3 messages · 1 error · 2 warnings"


@pytest.mark.parametrize(("priority", "opened"), [("INFO", 0), ("WARN", 1), ("SEVERE", 1)])
def test_the_block_is_open_when_something_is_wrong(priority: str, opened: int) -> None:
    html = render_html(excerpt_of(record("a"), record("b", priority)), "/log")
    assert html.startswith("<details")
    assert html.count("<details open ") == opened


def test_html_is_escaped_everywhere() -> None:
    hostile = "<script>alert('&')</script>"
    excerpt = excerpt_of(record(hostile), record(hostile, "WARN"), record(hostile), head=1, tail=1)
    for html in (render_html(excerpt, f"/{hostile}"), render_live(excerpt, hostile)["text/html"]):
        assert "<script>alert" not in html
        assert "&lt;script&gt;alert(&#x27;&amp;&#x27;)" in html


def test_severe_lines_have_the_theme_s_colour_and_a_fallback() -> None:
    html = render_html(excerpt_of(record("bad", "SEVERE"), record("odd", "WARN")), "/log")
    assert 'color:var(--jp-error-color1, #d9362b);font-weight:600">' in html
    assert '<span style="color:var(--jp-warn-color1, #c77700)">' in html


def test_a_long_log_keeps_head_and_tail_and_says_what_is_left_out() -> None:
    excerpt = excerpt_of(*(record(f"m{number}") for number in range(10)), head=2, tail=3)
    lines = render_text(excerpt, "/logs/casa.log").splitlines()
    assert [line.rpartition(" ")[2] for line in lines[1:3] + lines[4:]] == [
        "m0",
        "m1",
        "m7",
        "m8",
        "m9",
    ]
    assert lines[3] == "… 5 lines left out here; all of them are in /logs/casa.log …"
    assert lines[0] == "CASA log · 10 messages"
    assert "5 lines left out here; all of them are in /logs/casa.log" in render_html(
        excerpt, "/logs/casa.log"
    )


def test_a_log_at_its_limit_leaves_nothing_out() -> None:
    excerpt = excerpt_of(*(record(f"m{number}") for number in range(5)), head=2, tail=3)
    assert "left out" not in render_text(excerpt, "/log")


def test_a_line_shows_clock_task_and_message() -> None:
    assert line_text(record("done")) == "10:36:29  gaincal: done"
    assert line_text(record("done", "WARN")) == "10:36:29  WARN gaincal: done"
    assert line_text(record("and more", continued=True)) == "          and more"


def test_a_running_block_is_small_and_names_the_newest_message() -> None:
    excerpt = excerpt_of(*(record(f"message {number}") for number in range(1000)))
    live = render_live(excerpt, "/log")
    assert "CASA log · 1000 messages · <i>gaincal: message 999</i>" in live["text/html"]
    assert len(live["text/html"]) < 10_000
    assert "message 5\n" not in live["text/plain"]
    assert "message 5\n" in render_final(excerpt, "/log")["text/plain"]
