"""What is the same to CASA in the parameters of tables that are applied."""

from itertools import dropwhile

from recompute.model import Json


def settle_applied_tables(parameters: dict[str, Json]) -> None:
    """Make equal what ``gaincal``, ``applycal`` and their kin treat alike.

    An empty or missing ``interp`` is "linear", a missing ``gainfield`` is empty, a missing
    ``spwmap`` is ``[-1]``, one map need not stand in a list, and ``gaintable=['']`` is none
    (``casatasks/private/task_gaincal.py``, 6.7.0.31, and the same lines in its kin).
    """
    if parameters.get("gaintable") == [""]:
        parameters["gaintable"] = []
    _settle(parameters, "gainfield", "", "")
    _settle(parameters, "interp", "", "linear")
    maps = parameters.get("spwmap")
    if maps == "":
        parameters["spwmap"] = []
    elif isinstance(maps, list) and maps:
        one_for_each = all(isinstance(each, list) for each in maps)
        parameters["spwmap"] = _without_tail(maps if one_for_each else [maps], [-1])


def _settle(parameters: dict[str, Json], name: str, empty: str, default: str) -> None:
    values = parameters.get(name)
    if isinstance(values, list):
        filled: list[Json] = [default if each == empty else each for each in values]
        parameters[name] = _without_tail(filled, default)


def _without_tail(values: list[Json], default: Json) -> list[Json]:
    kept = list(dropwhile(lambda each: each == default, reversed(values)))
    return kept[::-1]
