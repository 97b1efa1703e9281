from datetime import UTC, datetime, timedelta

import pytest
from casahub.portal.human import date, moment, size

NOW = datetime(2026, 8, 2, 14, 3, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("passed", "ago"),
    [
        (timedelta(seconds=-5), "just now"),
        (timedelta(seconds=44), "just now"),
        (timedelta(seconds=45), "1 minute ago"),
        (timedelta(minutes=59), "59 minutes ago"),
        (timedelta(minutes=59, seconds=50), "1 hour ago"),
        (timedelta(hours=23, minutes=50), "1 day ago"),
        (timedelta(days=13, hours=23), "14 days ago"),
        (timedelta(days=14), "19 Jul 2026"),
    ],
)
def test_a_time_is_said_as_people_say_it(passed: timedelta, ago: str) -> None:
    assert moment(NOW - passed, NOW).ago == ago


def test_the_exact_time_is_kept_beside_it() -> None:
    seen = moment(NOW, NOW)
    assert seen.exact == "2026-08-02 14:03:05 UTC"
    assert datetime.fromisoformat(seen.iso) == NOW


def test_a_day_to_come_is_said_as_a_date() -> None:
    assert date(NOW + timedelta(days=204)).ago == "22 Feb 2027"


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.0 kB"),
        (9_960, "10 kB"),
        (34_400_000, "34 MB"),
        (999_600, "1.0 MB"),
        (1_200_000_000, "1.2 GB"),
        (10**18, "1000 PB"),
    ],
)
def test_a_size_has_a_decimal_unit_and_two_digits(number: int, text: str) -> None:
    assert size(number) == text
