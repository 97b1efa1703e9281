from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from casahub.culling.notes import Hindrances, Keeps
from casahub.culling.rule import Rule

NOW = datetime(2026, 11, 29, 18, 40, tzinfo=UTC)
HOUR = timedelta(hours=1)
RULE = Rule(idle=12 * HOUR, keep=timedelta(days=7))
ADA, BEN = ("ada", "first"), ("Ben/../x", "")


@pytest.mark.parametrize(
    ("idle", "kept", "stops", "soon", "due"),
    [
        (0, None, 12, False, False),
        (5.9, None, 6.1, False, False),
        (6, None, 6, True, False),
        (12, None, 0, True, True),
        (12, 6.1, 6.1, False, False),
        (12, 1, 1, True, False),
        (12, -1, 0, True, True),
        (1, 2, 11, False, False),
    ],
)
def test_when_a_session_is_stopped(
    idle: float, kept: float | None, stops: float, soon: bool, due: bool
) -> None:
    until = None if kept is None else NOW + kept * HOUR
    found = RULE.outlook(NOW - idle * HOUR, until, NOW)
    assert (found.stops - NOW, found.soon, found.due) == (stops * HOUR, soon, due)


def test_zero_stops_none() -> None:
    assert RULE.stops_any
    assert not Rule(idle=timedelta(0), keep=HOUR).stops_any


def test_nobody_keeps_a_session_for_longer_than_the_site_allows() -> None:
    assert [each.days for each in RULE.offers()] == [1, 3, 7]
    assert list(Rule(idle=HOUR, keep=HOUR).offers()) == [HOUR]
    assert RULE.latest(timedelta(days=3), NOW) == NOW + timedelta(days=3)
    assert RULE.latest(timedelta(days=300), NOW) == NOW + timedelta(days=7)
    assert RULE.latest(timedelta(days=-3), NOW) == NOW


def test_what_is_kept_is_known_to_whoever_starts_later(tmp_path: Path) -> None:
    for session in (ADA, BEN):
        Keeps(tmp_path).keep(session, NOW)
        assert Keeps(tmp_path).until(session) == NOW
    Keeps(tmp_path).keep(ADA, None)
    assert Keeps(tmp_path).until(ADA) is None


def test_sessions_that_are_gone_are_forgotten(tmp_path: Path) -> None:
    keeps, hindrances = Keeps(tmp_path), Hindrances(tmp_path)
    keeps.forget_all_but(set())
    for session in (ADA, BEN):
        keeps.keep(session, NOW)
        hindrances.tell(session, "The storage is away.")
    keeps.forget_all_but({ADA})
    hindrances.forget_all_but({BEN})
    assert (keeps.until(ADA), keeps.until(BEN)) == (NOW, None)
    assert (hindrances.of(ADA), hindrances.of(BEN)) == ("", "The storage is away.")
    hindrances.tell(BEN, "")
    assert [each.name for each in tmp_path.rglob("*.json")] != []
    keeps.keep(ADA, None)
    assert list(tmp_path.rglob("*.*")) == []


def test_a_note_that_is_damaged_is_passed_over(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    keeps = Keeps(tmp_path)
    keeps.keep(ADA, NOW)
    [note] = tmp_path.rglob("*.json")
    note.write_text("{")
    assert keeps.until(ADA) is None
    assert str(note) in caplog.text
