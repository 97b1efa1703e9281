import re
from datetime import date

import pytest
from casa_kernel.vlbi.errors import MalformedFileError
from casa_kernel.vlbi.flagging import flag_commands
from casa_kernel.vlbi.layout import IdiLayout
from casa_kernel.vlbi.uvflg import parse_uvflg
from hypothesis import given
from hypothesis import strategies as st

LAYOUT = IdiLayout(
    stations={"Ef": 1, "Wb": 2, "O8": 3},
    observed=date(2023, 12, 31),
    bands=4,
    channels=32,
    polarisations=2,
    frequencies=(5e9,) * 4,
    integration=2.0,
    common={},
    tables=(),
)
FILE = """\
! a-priori flags
opcode = 'FLAG'
dtimrang = 1  timeoff = 0 /
ant_name='EF' timerang=365,22,10,00, 365,22,12,30 reason='late, it''s sad' /
ant_name='WB' timerang=1,00,00,00, 1,00,00,02.5 bif=2 eif=3 Reason='next year' /
timerang=0,0,0,0, 400,0,0,0 bchan=1 echan=4 stokes='RR' sources='3C84','TARGET' /
antennas=1,2 baseline=3 bif=3 /
ant_name='XX' reason='not here' /
"""


def commands(text: str) -> list[str]:
    return flag_commands(parse_uvflg(text, "x.uvflg"), LAYOUT)


def test_flags_become_commands_of_flagdata() -> None:
    late, year, channels, pair = commands(FILE.replace("''", " "))
    assert late == (
        "mode='manual' antenna='Ef&&*' "
        "timerange='2023/12/31/22:10:00.0~2023/12/31/22:12:30.0' reason='late, it s sad'"
    )
    assert year == (
        "mode='manual' antenna='Wb&&*' "
        "timerange='2024/01/01/00:00:00.0~2024/01/01/00:00:02.5' spw='1~2' reason='next year'"
    )
    assert channels == "mode='manual' spw='0~3:0~3' correlation='RR' field='3C84,TARGET'"
    assert pair == "mode='manual' antenna='Ef,Wb&&O8' spw='2~3'"


def test_a_time_offset_holds_for_what_follows() -> None:
    first, second = commands(
        "timeoff=30 /\nant_name='O8' timerang=365,1,0,0,365,1,0,1 /\n"
        "ant_name='O8' timerang=365,2,0,0,365,2,0,1 timeoff=-1 /"
    )
    assert "01:00:30.0~2023/12/31/01:00:31.0" in first
    assert "01:59:59.0~2023/12/31/02:00:00.0" in second


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("ant_name='EF'\ntimerang=1,2,3 /", 1, "3 numbers were found"),
        ("ant_name='EF' timerang=2,0,0,0,1,0,0,0 /", 1, "ends before it begins"),
        ("ant_name='EF' timerang=1,0,0,0,1e9,0,0,0 /", 1, "begins on no day"),
        ("! x\nopcode='UFLG' ant_name='EF' /", 2, "only OPCODE='FLAG'"),
        ("ant_name='EF'\n antena='WB' /", 2, "'ANTENA' is not known"),
        ("ant_name='EF' stokes='Q' /", 1, "not a correlation"),
        ("bif=3 eif=2 /", 1, "is empty"),
        ("ant_name='EF'", 1, "does not end with '/'"),
    ],
)
def test_a_malformed_line_is_named(text: str, line: int, reason: str) -> None:
    with pytest.raises(MalformedFileError) as caught:
        parse_uvflg(text, "x.uvflg")
    assert (caught.value.file, caught.value.line) == ("x.uvflg", line)
    assert reason in str(caught.value)


seconds = st.integers(0, 86399)


@given(
    st.sampled_from(["EF", "WB", "O8"]),
    st.integers(1, 366),
    seconds,
    seconds,
    st.text(st.characters(codec="ascii", exclude_characters="'\"\n\r", min_codepoint=32)),
)
def test_a_flag_keeps_its_times_and_no_quote_escapes(
    station: str, day: int, one: int, other: int, reason: str
) -> None:
    start, stop = sorted((one, other))
    clocks = [f"{day},{t // 3600},{t // 60 % 60},{t % 60}" for t in (start, stop)]
    (command,) = commands(f"ant_name='{station}' timerang={','.join(clocks)} reason='{reason}' /")
    assert command.count("'") % 2 == 0
    times = re.findall(r"/(\d\d):(\d\d):(\d\d)\.0", command)
    assert [int(h) * 3600 + int(m) * 60 + int(s) for h, m, s in times[:2]] == [start, stop]


ALPHABET = "BIFEIFBCHANECHANANT_NAMETIMERANGSTOKES EF RR=,'/!.-0123456789 \n"


@given(st.text(st.sampled_from(ALPHABET), max_size=80))
def test_any_text_is_read_or_refused_by_line(text: str) -> None:
    try:
        line, made = 1, commands(text)
    except MalformedFileError as error:
        line, made = error.line, []
    assert 1 <= line <= max(len(text.splitlines()), 1)
    assert all(command.startswith("mode='manual'") for command in made)
