import pytest
from casa_kernel.vlbi.antab import parse_antab
from casa_kernel.vlbi.calibration import Angle, Feed, Reading
from casa_kernel.vlbi.errors import MalformedFileError
from hypothesis import given
from hypothesis import strategies as st

FILE = """\
! Effelsberg and Westerbork, as stations write them.
CONTROL TMIN=1 /
GAIN EF ELEV DPFU=1.5,1.45 FREQ=4700,5100
 POLY=0.9, 4.0D-3,-4e-5 /   ! three terms
gain wb altaz dpfu = 0.1 poly = 1.0 /
TSYS EF FT=2.0 TIMEOFF=60
INDEX= 'R1','L1:2', "R2|L3" /
061 21:59.50 26.5 28.0 -2.0
062 00:00:30 26.0 27.5 30.0 ! after midnight
/
TSYS WB INDEX='R1' /
/
"""


def test_gain_curves_are_read() -> None:
    first, second = parse_antab(FILE, "x.antab").gains
    assert (first.station, first.sensitivity) == ("EF", (1.5, 1.45))
    assert first.polynomial == (0.9, 0.004, -0.00004)
    assert (first.angle, first.frequencies, first.line) == (Angle.ELEVATION, (4.7e9, 5.1e9), 3)
    assert (first.covers(4.99e9), first.covers(8.4e9)) == (True, False)
    assert (second.station, second.sensitivity) == ("WB", (0.1, 0.1))
    assert (second.angle, second.covers(22e9)) == (Angle.ZENITH_ANGLE, True)


def test_system_temperatures_are_scaled_moved_and_named_by_the_index() -> None:
    effelsberg, westerbork = parse_antab(FILE, "x.antab").temperatures
    assert effelsberg.columns == (
        (Feed(0, 0),),
        (Feed(1, 0), Feed(1, 1)),
        (Feed(0, 1), Feed(1, 2)),
    )
    before, after = effelsberg.readings
    assert before.kelvins == (53.0, 56.0, None)  # a negative value is none
    assert before.day == pytest.approx(61 + (22 * 60 + 0.5) / 1440)
    assert after.day == pytest.approx(62 + 90 / 86400)
    assert westerbork.readings == ()


def test_an_index_skips_columns_steps_and_has_a_second_part() -> None:
    text = """TSYS EF
    INDEX = 'R1:8:4', 'X', 'R2|L2'
    INDEX2 = 'L1:2', 'R3' /
    321 20.5 33.5 36.7 999.9 /
    """
    (group,) = parse_antab(text, "x").temperatures
    assert group.columns == (
        (Feed(0, 0), Feed(0, 4), Feed(1, 0), Feed(1, 1)),
        (Feed(0, 2),),
        (Feed(0, 1), Feed(1, 1)),
    )
    assert group.readings == (Reading(321 + 20.5 / 24, (33.5, 36.7, None)),)


def test_control_gives_the_index_of_those_that_have_none() -> None:
    text = "CONTROL INDEX='R1','L1' /\nTSYS EF /\n1 0:00 3 4\n/\nTSYS WB INDEX='L2' /\n1 0:00 5\n/"
    first, second = parse_antab(text, "x").temperatures
    assert first.columns == ((Feed(0, 0),), (Feed(1, 0),))
    assert second.columns == ((Feed(1, 1),),)


def test_a_gain_without_polynomial_is_flat() -> None:
    (gain,) = parse_antab("GAIN MK ALTAZ DPFU = 0.1 /", "x").gains
    assert gain.polynomial == (1.0,)


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("GAIN EF ELEV DPFU=1\nPOLY=1,2", 1, "does not end with '/'"),
        ("! one\nGAIN EF ELEV DPFU=1,x POLY=1 /", 2, "'x' is not a number"),
        ("GAIN EF ELEV POLY=1 /", 1, "needs DPFU"),
        ("GAIN EF ELEV DPFU=1 POLY=1 OFFSET=5 /", 1, "has OFFSET"),
        ("GAIN EF ELEV DPFU=1 RCP POLY=1 /", 1, "give both polarisations"),
        ("TSYS EF INDEX='R1' INDEX2='L1','L2' /\n/", 1, "more columns than INDEX"),
        ("GAIN EF ELEV DPFU=1 POLY= /", 1, "POLY has no value"),
        ("GAIN ELEV=1 DPFU=1 POLY=1 /", 1, "names no station"),
        ("GAIN EF EQUAT DPFU=1 POLY=1,2 /", 1, "neither a function of elevation"),
        ("GAIN EF TABLE DPFU=1 POLY=1 /", 1, "has TABLE"),
        ("GAIN EF DPFU=1 POLY=1 FREQ=5000 /", 1, "two frequencies"),
        ("GAIN EF DPFU=1 POLY=1 FREQ=5100,4900 /", 1, "lower first"),
        ("TSYS EF FT=1 /\n061 10:00 30\n/", 1, "no INDEX"),
        ("TSYS EF\nINDEX='R1','Q1' /\n/", 2, "'Q1' is not like"),
        ("TSYS EF INDEX='R1' RANGE=10,90 /\n/", 1, "has RANGE"),
        ("TSYS EF INDEX='R0' /\n/", 1, "'R0' is not like"),
        ("TSYS EF INDEX='R4:1' /\n/", 1, "names no bands"),
        ("TSYS EF INDEX='R1:99999' /\n/", 1, "names no bands"),
        ("TSYS EF INDEX='R1' /\n061 25:00 30\n/", 2, "'25:00' is not a time"),
        ("TSYS EF INDEX='R1' /\n000 10:00 30\n/", 2, "'000' is not a day"),
        ("TSYS EF INDEX='R1' /\n1234 10:00 30\n/", 2, "'1234' is not a day"),
        ("TSYS EF INDEX='R1' /\n061 10:00 1e999\n/", 2, "is too large"),
        ("TSYS EF INDEX='R1','L1 /\n/", 1, "no closing quote"),
        ("TSYS EF INDEX='R1','L1' /\n061 10:00 30 31\n061 10:01 30\n/", 3, "2 system temperatures"),
        ("TSYS EF INDEX='R1' /\n061 10:00 nan\n/", 2, "'nan' is not a number"),
        ("TSYS EF INDEX='R1' /\n061 1000 30\n/", 2, "'1000' is not a time"),
        ("TSYS EF INDEX='R1' /\nx 10:00 30\n/", 2, "'x' is not a day"),
        ("TSYS EF INDEX='R1' /\n061 10:00 30\n", 1, "does not end with '/'"),
        ("GAIN EF,\n=5 /", 2, "a name is missing"),
        ("GAIN EF DPFU=1 POLY=1 /\n, /", 2, "nothing but commas"),
        ("BASELINE EF WB B=2 /", 1, "none of GAIN, TSYS and CONTROL"),
    ],
)
def test_a_malformed_line_is_named(text: str, line: int, reason: str) -> None:
    with pytest.raises(MalformedFileError, match=r"^x\.antab, line") as caught:
        parse_antab(text, "x.antab")
    assert caught.value.line == line
    assert reason in str(caught.value)


kelvins = st.floats(0.1, 999).map(lambda value: round(value, 2))
minutes = st.integers(0, 24 * 60 - 1)


@given(
    st.lists(st.tuples(st.integers(1, 366), minutes, kelvins, kelvins), max_size=20),
    st.sampled_from(["", " ", "\t"]),
    st.sampled_from([" ! comment, with '=/", ""]),
)
def test_what_was_written_is_read(
    rows: list[tuple[int, int, float, float]], space: str, comment: str
) -> None:
    lines = [
        f"{day:03d} {minute // 60:02d}:{minute % 60:02d}.00 {right}{space} {left}{comment}"
        for day, minute, right, left in rows
    ]
    text = "\n".join(
        [
            f"TSYS{space} O8{comment}",
            f"INDEX {space}={space}'R1',{space}'L1'{comment}",
            "/",
            *lines,
            "/",
        ]
    )
    (group,) = parse_antab(text, "x").temperatures
    assert group.readings == tuple(
        Reading(day + minute * 60 / 86400, (right, left)) for day, minute, right, left in rows
    )


@given(st.text(st.sampled_from("GAINTSYSDPFUPOLYINDEXR1L1=,'/!:.-0123456789 \n"), max_size=80))
def test_any_text_is_read_or_refused_by_line(text: str) -> None:
    lines = text.splitlines()
    try:
        antab = parse_antab(text, "x")
    except MalformedFileError as error:
        line = error.line
    else:
        line = antab.gains[-1].line if antab.gains else 1
    assert 1 <= line <= max(len(lines), 1)
