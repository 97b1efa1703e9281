"""Short names for what the tables say again and again."""

from typing import Final

from recompute.access.declaration import Access, Given, Named, Refusal
from recompute.model import Json, Use

EMPTY: Final[tuple[Json, ...]] = ("", [], [""])


def given(parameter: str, *values: Json) -> Given:
    """Demand that the parameter has one of the values, which are in lower case."""
    return Given(parameter, values)


def unless(parameter: str, *values: Json) -> Given:
    """Demand that the parameter has none of the values, which are in lower case."""
    return Given(parameter, values, negated=True)


def named(parameter: str) -> Given:
    """Demand that the parameter is not empty."""
    return unless(parameter, *EMPTY)


def unnamed(parameter: str) -> Given:
    """Demand that the parameter is empty."""
    return given(parameter, *EMPTY)


def reads(*parameters: str, when: tuple[Given, ...] = ()) -> tuple[Access, ...]:
    """Read what the parameters name."""
    return tuple(Access(each, Use.READ, when=when) for each in parameters)


def may_read(*parameters: str) -> tuple[Access, ...]:
    """Read what the parameters name if it is there; else they are no paths."""
    return tuple(Access(each, Use.READ, Named.PERHAPS) for each in parameters)


def mentions(*parameters: str) -> tuple[Access, ...]:
    """Read what expressions mention if it is there."""
    return tuple(Access(each, Use.READ, Named.EXPRESSION) for each in parameters)


def updates(
    parameter: str,
    adds: str = "",
    *,
    endings: tuple[str, ...] = (),
    when: tuple[Given, ...] = (),
    stays: str = "",
) -> Access:
    """Change, extend or make what the parameter names."""
    return Access(parameter, Use.UPDATE, adds=adds, endings=endings, when=when, stays=stays)


def creates(
    parameter: str,
    adds: str = "",
    *,
    endings: tuple[str, ...] = (),
    when: tuple[Given, ...] = (),
    stays: str = "",
) -> Access:
    """Make what the parameter names; the task refuses if it is there."""
    return Access(parameter, Use.CREATE, adds=adds, endings=endings, when=when, stays=stays)


def writes(
    parameter: str, adds: str = "", *, when: tuple[Given, ...] = (), stays: str = ""
) -> Access:
    """Make what the parameter names, whatever was there."""
    return Access(parameter, Use.WRITE, adds=adds, when=when, stays=stays)


def switched(
    parameter: str,
    *,
    by: str = "overwrite",
    endings: tuple[str, ...] = (),
    when: tuple[Given, ...] = (),
    stays: str = "",
) -> tuple[Access, Access]:
    """Make what the parameter names, and refuse if it is there unless a switch is on."""
    return (
        Access(parameter, Use.CREATE, endings=endings, when=(*when, unless(by, True)), stays=stays),
        Access(parameter, Use.WRITE, endings=endings, when=(*when, given(by, True)), stays=stays),
    )


def appends(
    parameter: str,
    *,
    by: str = "append",
    fresh: Use = Use.WRITE,
    when: tuple[Given, ...] = (),
    stays: str = "",
) -> tuple[Access, Access]:
    """Make what the parameter names, or extend it if a switch is on."""
    return (
        Access(parameter, fresh, when=(*when, unless(by, True)), stays=stays),
        Access(parameter, Use.UPDATE, when=(*when, given(by, True)), stays=stays),
    )


def new_ms(parameter: str = "outputvis") -> tuple[Access, Access]:
    """Make a MeasurementSet as `ParallelDataHelper.setupIO` demands it.

    That refuses flag versions of an output that is not there yet, too.
    """
    return (
        creates(parameter),
        creates(parameter, ".flagversions", stays="only looked for"),
    )


def never(why: str) -> tuple[Refusal, ...]:
    """Refuse to memoise the task at all."""
    return (Refusal(why),)


def refuses(why: str, *when: Given) -> Refusal:
    """Refuse to memoise the task if all conditions hold."""
    return Refusal(why, when)


OFF: Final[tuple[Json, ...]] = (False, 0, "", "0", "false", None)

INTERACTIVE: Final = refuses(
    "it waits for somebody to look and decide", unless("interactive", *OFF)
)

FLAG_VERSIONS: Final = ".flagversions"
