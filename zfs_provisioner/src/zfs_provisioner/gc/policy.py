"""What is kept for how long: the policy file, typed.

A TOML file with the tables below; whatever it leaves out has the default. `zfs-provisioner policy`
prints the whole with every default. Durations are written `"14 days"` (minutes, hours, days or
weeks), sizes `"50 GB"`, shares of the pool in percent.
"""

import re
import tomllib
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Final, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ByteSize,
    ConfigDict,
    Field,
    PlainSerializer,
    ValidationError,
    model_validator,
)

from zfs_provisioner.errors import InvalidSettingsError

_DURATION: Final = re.compile(r"(\d{1,8}) (minute|hour|day|week)s?")
_UNITS: Final = {"week": 604_800, "day": 86_400, "hour": 3600, "minute": 60}
LONGEST: Final = timedelta(days=36_500)  # longer ones lead beyond the last day of a date
_RUNG: Final = re.compile(r"(.+) for (.+)")


def parse_duration(text: object) -> timedelta:
    """Return the timedelta of `"14 days"`; a number without a unit is refused, not guessed."""
    if isinstance(text, timedelta):
        return text
    match = _DURATION.fullmatch(text.strip()) if isinstance(text, str) else None
    if not match:
        raise ValueError(f"{text!r} is no duration: write '30 minutes', '48 hours' or '14 days'")
    seconds = int(match[1]) * _UNITS[match[2]]
    if seconds > LONGEST.total_seconds():
        raise ValueError(f"{text!r} is longer than {format_duration(LONGEST)}")
    return timedelta(seconds=seconds)


def format_duration(duration: timedelta) -> str:
    """Return the text that `parse_duration` reads, in the largest unit that fits."""
    seconds = round(duration.total_seconds())
    unit = next((name for name in ("day", "hour") if seconds and not seconds % _UNITS[name]), None)
    unit = unit or "minute"
    number = seconds // _UNITS[unit]
    return f"{number} {unit}{'' if number == 1 else 's'}"


Duration = Annotated[
    timedelta,
    BeforeValidator(parse_duration),
    PlainSerializer(format_duration),
    Field(gt=timedelta(0), le=LONGEST),
]
Percent = Annotated[float, Field(ge=0, le=100)]


class _Table(BaseModel):
    """A table of the file; a key that it does not know is refused, not ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class WorkspaceRules(_Table):
    """When a live workspace goes to trash."""

    idle: Duration = Field(
        default=timedelta(days=90), description="It goes to trash when it was not used for so long."
    )
    idle_unchanged: Duration = Field(
        default=timedelta(days=30), description="The same for one that holds nothing its user made."
    )
    idle_floor: Duration = Field(
        default=timedelta(days=30),
        description="What `idle` is shortened to when the pool gets full.",
    )
    keep_longest: Duration = Field(
        default=timedelta(days=730), description="The furthest that somebody can ask to keep one."
    )

    @model_validator(mode="after")
    def _floor_is_lowest(self) -> Self:
        if self.idle_floor > self.idle:
            raise ValueError("workspaces.idle_floor must not be longer than workspaces.idle")
        return self


class TrashRules(_Table):
    """When a workspace in trash is destroyed."""

    time: Duration = Field(
        default=timedelta(days=30),
        description="It can be undeleted for so long, then it is destroyed.",
    )
    time_unchanged: Duration = Field(
        default=timedelta(days=7), description="The same for one that holds nothing its user made."
    )
    floor: Duration = Field(
        default=timedelta(hours=48),
        description="What no shortage and no cap shortens the time below.",
    )
    per_owner: ByteSize | None = Field(
        default=None,
        description="The oldest of an owner's go at the floor when all take more than this.",
    )

    @model_validator(mode="after")
    def _floor_is_lowest(self) -> Self:
        if self.floor < timedelta(hours=1):
            raise ValueError("trash.floor must be an hour at least: people have to notice")
        if self.floor > min(self.time, self.time_unchanged):
            raise ValueError("trash.floor must not be longer than the times of trash")
        return self


class Rung(_Table):
    """One rung of the ladder: one checkpoint each `every`, for the time `length`."""

    every: Duration
    length: Duration

    def __str__(self) -> str:
        """Return the text that the policy file has."""
        return f"{format_duration(self.every)} for {format_duration(self.length)}"


def _parse_rung(text: object) -> object:
    if isinstance(text, Rung):
        return text
    match = _RUNG.fullmatch(text.strip()) if isinstance(text, str) else None
    if not match:
        raise ValueError(f"{text!r} is no rung: write '1 hour for 1 day'")
    return Rung.model_validate(
        {"every": parse_duration(match[1]), "length": parse_duration(match[2])}
    )


LadderRung = Annotated[Rung, BeforeValidator(_parse_rung), PlainSerializer(str)]


class CheckpointRules(_Table):
    """Which `auto` checkpoints of a live workspace stay; those of users and final ones all do."""

    last: int = Field(default=10, ge=1, description="So many of the newest stay in any case.")
    ladder: tuple[LadderRung, ...] = Field(
        default=(
            Rung(every=timedelta(hours=1), length=timedelta(days=1)),
            Rung(every=timedelta(days=1), length=timedelta(weeks=4)),
            Rung(every=timedelta(weeks=4), length=timedelta(weeks=52)),
        ),
        description="Counted back from the newest: the oldest in each step stays, the rest go.",
    )

    @model_validator(mode="after")
    def _rungs_widen(self) -> Self:
        steps = [each.every for each in self.ladder]
        if steps != sorted(steps):
            raise ValueError("the steps of checkpoints.ladder must widen from the first on")
        return self


class PressureRules(_Table):
    """What happens when the pool gets full, by the percentage of it that is free."""

    warn: Percent = Field(
        default=20, description="Below: say so, and unchanged ones in trash go first."
    )
    shorten: Percent = Field(default=15, description="Below: times are shortened to their floors.")
    refuse: Percent = Field(default=10, description="Below: nobody gets new workspaces.")
    page: Percent = Field(default=5, description="Below: an alarm in each round.")

    @model_validator(mode="after")
    def _rungs_descend(self) -> Self:
        rungs = [self.warn, self.shorten, self.refuse, self.page]
        if rungs != sorted(rungs, reverse=True):
            raise ValueError("pressure: warn, shorten, refuse and page must descend")
        return self


class SafetyRules(_Table):
    """How carefully it is done."""

    every: Duration = Field(default=timedelta(minutes=5), description="How often it looks.")
    apart: Duration = Field(
        default=timedelta(minutes=10), description="What goes was due in two looks so far apart."
    )
    notice: Duration = Field(
        default=timedelta(days=7), description="How long before it is announced."
    )
    budget: int = Field(default=200, ge=1, description="The most that is done in one round.")
    most_at_least: int = Field(
        default=10, ge=0, description="So many may go to trash in one round, or"
    )
    most_percent: Percent = Field(
        default=20, description="this much of the live ones; more is a fault."
    )
    clock_jump: Duration = Field(
        default=timedelta(minutes=10), description="A clock that jumps further stops it."
    )
    absence: Duration = Field(
        default=timedelta(days=1),
        description="After so long without a round nothing goes until `notice` has passed.",
    )
    report_age: Duration = Field(
        default=timedelta(hours=1),
        description="A source of activity that is silent for longer stops what is idle from going.",
    )

    @model_validator(mode="after")
    def _rounds_are_no_absence(self) -> Self:
        # When the last round was is only written down every hour.
        if self.absence <= self.every + timedelta(hours=1):
            raise ValueError("safety.absence must be longer than safety.every and an hour together")
        return self


class Policy(_Table):
    """The whole file."""

    workspaces: WorkspaceRules = WorkspaceRules()
    trash: TrashRules = TrashRules()
    checkpoints: CheckpointRules = CheckpointRules()
    pressure: PressureRules = PressureRules()
    safety: SafetyRules = SafetyRules()


def load_policy(path: Path) -> Policy:
    """Return the policy of a file.

    Raises
    ------
    InvalidSettingsError
        The file cannot be read or is not a policy; the message names the table and key.
    """
    try:
        return Policy.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise InvalidSettingsError(f"The policy {path} cannot be read: {error}.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InvalidSettingsError(f"The policy {path} is not TOML: {error}.") from error
    except ValidationError as error:
        faults = "; ".join(
            f"{'.'.join(map(str, each['loc'])) or 'the file'}: {each['msg']}"
            for each in error.errors()
        )
        raise InvalidSettingsError(
            f"The policy {path} is refused: {faults}. `zfs-provisioner policy` prints a valid one."
        ) from error


def render(policy: Policy) -> str:
    """Return the policy as a file, with what each key means."""
    lines = []
    for table, rules in policy:
        lines += [f"[{table}]  # {type(rules).__doc__}"]
        values = rules.model_dump(mode="json")
        for key, field in type(rules).model_fields.items():
            value = values[key]
            comment = f"# {field.description}"
            lines += [comment, f"{key} = {_toml(value)}" if value is not None else f"# {key} = …"]
        lines.append("")
    return "\n".join(lines)


def _toml(value: object) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_toml, value))}]"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return f'"{value}"' if isinstance(value, str) else str(value)
