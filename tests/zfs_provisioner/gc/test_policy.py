from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from zfs_provisioner.errors import InvalidSettingsError
from zfs_provisioner.gc.policy import (
    LONGEST,
    CheckpointRules,
    Policy,
    PressureRules,
    Rung,
    SafetyRules,
    TrashRules,
    WorkspaceRules,
    format_duration,
    load_policy,
    parse_duration,
    render,
)

DAYS = st.integers(min_value=2, max_value=1000).map(lambda days: timedelta(days=days))
PERCENT = st.floats(min_value=0, max_value=100, allow_nan=False)


@st.composite
def policies(draw: st.DrawFn) -> Policy:
    idle_floor, idle = sorted([draw(DAYS), draw(DAYS)])
    floor, *times = sorted(draw(st.lists(DAYS, min_size=3, max_size=3)))
    rungs = sorted(draw(st.lists(PERCENT, min_size=4, max_size=4)), reverse=True)
    warn, shorten, refuse, page = rungs
    steps = sorted(draw(st.lists(DAYS, max_size=4)))
    return Policy(
        workspaces=WorkspaceRules(idle=idle, idle_unchanged=draw(DAYS), idle_floor=idle_floor),
        trash=TrashRules(
            time=times[0],
            time_unchanged=times[1],
            floor=floor,
            per_owner=draw(st.none() | st.integers(min_value=0, max_value=2**60)),  # type: ignore[arg-type]
        ),
        checkpoints=CheckpointRules(
            last=draw(st.integers(min_value=1, max_value=50)),
            ladder=tuple(Rung(every=each, length=draw(DAYS)) for each in steps),
        ),
        pressure=PressureRules(warn=warn, shorten=shorten, refuse=refuse, page=page),
        safety=SafetyRules(most_percent=draw(PERCENT), budget=draw(st.integers(1, 10_000))),
    )


def loaded(tmp_path: Path, text: str) -> Policy:
    path = tmp_path / "policy.toml"
    path.write_text(text, encoding="utf-8")
    return load_policy(path)


def test_an_empty_file_has_every_default(tmp_path: Path) -> None:
    assert loaded(tmp_path, "") == Policy()


def test_a_file_changes_what_it_names_and_nothing_else(tmp_path: Path) -> None:
    policy = loaded(tmp_path, '[workspaces]\nidle = "120 days"\n[trash]\nper_owner = "50 GB"\n')
    assert policy.workspaces == WorkspaceRules(idle=timedelta(days=120))
    assert policy.trash.per_owner == 50 * 10**9
    assert policy.safety == SafetyRules()


def test_a_ladder_is_written_as_people_say_it(tmp_path: Path) -> None:
    policy = loaded(
        tmp_path, '[checkpoints]\nladder = ["2 hours for 3 days", "1 week for 8 weeks"]'
    )
    assert policy.checkpoints.ladder == (
        Rung(every=timedelta(hours=2), length=timedelta(days=3)),
        Rung(every=timedelta(weeks=1), length=timedelta(weeks=8)),
    )


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ('[workspaces]\nidle = "90"', "workspaces.idle"),
        ("[workspaces]\nidle = 90", "workspaces.idle"),  # days? seconds?
        ('[workspaces]\nidle = "0 days"', "workspaces.idle"),
        ('[workspaces]\nidle = "-1 days"', "workspaces.idle"),
        ('[workspaces]\nidle = "1.5 days"', "workspaces.idle"),
        ('[workspaces]\nidle = "999999999999999 days"', "workspaces.idle"),
        ('[workspaces]\nidle_floor = "91 days"', "workspaces.idle_floor"),
        ('[workspaces]\nidel = "90 days"', "workspaces.idel"),
        ('[trash]\nfloor = "59 minutes"', "trash.floor"),
        ('[trash]\nfloor = "8 days"', "trash.floor"),
        ('[trash]\ntime = "1 day"', "trash.floor"),
        ("[trash]\nper_owner = -1", "trash.per_owner"),
        ('[trash]\nper_owner = "much"', "trash.per_owner"),
        ("[checkpoints]\nlast = 0", "checkpoints.last"),
        ('[checkpoints]\nladder = ["hourly"]', "checkpoints.ladder"),
        ('[checkpoints]\nladder = ["0 hours for 1 day"]', "checkpoints.ladder"),
        ('[checkpoints]\nladder = ["1 hour for 0 days"]', "checkpoints.ladder"),
        ("[checkpoints]\nladder = [{every = 60, length = 3600}]", "checkpoints.ladder"),
        ('[checkpoints]\nladder = ["1 day for 2 days", "1 hour for 1 day"]', "checkpoints.ladder"),
        ("[pressure]\nwarn = 101", "pressure.warn"),
        ("[pressure]\npage = -1", "pressure.page"),
        ("[pressure]\nwarn = nan", "pressure.warn"),
        ("[pressure]\nshorten = 25", "shorten"),
        ("[safety]\nbudget = 0", "safety.budget"),
        ("[safety]\nmost_at_least = -1", "safety.most_at_least"),
        ("[safety]\nmost_percent = 200", "safety.most_percent"),
        ('[safety]\napart = "0 minutes"', "safety.apart"),
        ('[safty]\nnotice = "1 day"', "safty"),
        ("idle = 1", "idle"),
    ],
)
def test_a_refusal_names_the_file_and_the_key(tmp_path: Path, text: str, key: str) -> None:
    with pytest.raises(InvalidSettingsError) as caught:
        loaded(tmp_path, text)
    assert key in caught.value.message
    assert str(tmp_path / "policy.toml") in caught.value.message


def test_all_faults_are_named_at_once(tmp_path: Path) -> None:
    with pytest.raises(InvalidSettingsError, match=r"workspaces\.idle.*safety\.budget"):
        loaded(tmp_path, "[workspaces]\nidle = 1\n[safety]\nbudget = 0")


def test_what_is_no_toml_or_no_file_or_no_text_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidSettingsError, match="not TOML"):
        loaded(tmp_path, "[workspaces")
    (tmp_path / "policy.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(InvalidSettingsError, match="not TOML"):
        load_policy(tmp_path / "policy.toml")
    with pytest.raises(InvalidSettingsError, match="cannot be read"):
        load_policy(tmp_path / "nowhere.toml")


def test_the_printed_defaults_explain_each_key(tmp_path: Path) -> None:
    text = render(Policy())
    assert loaded(tmp_path, text) == Policy()
    lines = text.splitlines()
    keys = [number for number, line in enumerate(lines) if " = " in line]
    assert len(keys) == sum(len(type(rules).model_fields) for _name, rules in Policy())
    assert all(lines[number - 1].startswith("# ") for number in keys)


@given(policies())
def test_what_is_printed_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, one: Policy
) -> None:
    assert loaded(tmp_path_factory.getbasetemp(), render(one)) == one


@given(st.integers(min_value=1, max_value=int(LONGEST.total_seconds()) // 60))
def test_a_duration_is_read_back_as_it_was_written(minutes: int) -> None:
    duration = timedelta(minutes=minutes)
    assert parse_duration(format_duration(duration)) == duration


@pytest.mark.parametrize(
    ("text", "duration"),
    [
        ("1 minute", timedelta(minutes=1)),
        ("90 minutes", timedelta(minutes=90)),
        ("48 hours", timedelta(days=2)),
        (" 2 weeks ", timedelta(days=14)),
        ("1 days", timedelta(days=1)),
    ],
)
def test_a_duration_is_a_number_and_a_unit(text: str, duration: timedelta) -> None:
    assert parse_duration(text) == duration


@pytest.mark.parametrize(
    "text", ["", "day", "1", "1day", "1 month", "1 d", "٣x days", 5, 1.5, None]
)
def test_what_is_no_duration_is_refused(text: object) -> None:
    with pytest.raises(ValueError, match="is no duration"):
        parse_duration(text)
