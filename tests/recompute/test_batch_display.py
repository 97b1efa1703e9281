import io
import json

from recompute.batch import wording
from recompute.batch.display import JsonLines, Plain, Terminal
from recompute.batch.model import (
    Begun,
    Ended,
    Event,
    Failure,
    Line,
    Outlook,
    event_fields,
    event_of,
)
from recompute.model import Verdict
from rich.console import Console

CACHED = Ended(
    number=2, task="gaincal", where=Line(line=7), verdict=Verdict.CACHED, seconds=0.2, cost=41.2
)
EVENTS: list[Event] = [
    Outlook(last=(("gaincal", 41.2),)),
    Begun(number=2, task="gaincal", where=Line(line=7), expected=41.2),
    CACHED,
    Failure(message="RuntimeError: no", where=Line(3, 4), task="split", detail=("line 4: x",)),
]


def test_events_survive_the_way_to_the_parent() -> None:
    assert [event_of(json.loads(json.dumps(event_fields(each)))) for each in EVENTS] == EVENTS


def test_a_cached_step_says_what_it_saved() -> None:
    assert wording.ended(CACHED) == "✓ 2 gaincal cached · saved 41 s"


def test_a_log_file_gets_a_line_for_each_step_and_the_failure() -> None:
    file = io.StringIO()
    show = Plain(file)
    for each in EVENTS:
        show(each)
    assert file.getvalue().splitlines() == [
        "✓ 2 gaincal cached · saved 41 s",
        "split ended in cell 3, line 4: RuntimeError: no",
        "  line 4: x",
    ]


def test_json_is_kept_apart_from_what_the_script_prints() -> None:
    events, script = io.StringIO(), io.StringIO()
    show = JsonLines(events, script)
    for each in EVENTS:
        show(each)
    show.output("hello")
    assert [json.loads(each)["event"] for each in events.getvalue().splitlines()] == [
        "outlook",
        "begun",
        "ended",
        "failure",
    ]
    assert script.getvalue() == "hello\n"


def test_a_terminal_shows_steps_prints_and_the_running_one() -> None:
    file = io.StringIO()
    console = Console(file=file, force_terminal=True, width=60, highlight=False)
    terminal = Terminal(console, takes_output=True)
    with terminal.shown():
        terminal(EVENTS[0])
        terminal(CACHED)
        terminal.output("\x1b[31mred\x1b[0m [not markup] and " + "long " * 20)
        terminal(Begun(number=1, task="tclean", where=Line(line=9), expected=200.0))
        console.print(terminal.status)
    shown = file.getvalue()
    assert "✓ 2 gaincal cached · saved 41 s" in shown
    assert "[not markup]" in shown
    assert "step 1 of 1: tclean" in shown
    assert "of about 3 min 20 s" in shown
