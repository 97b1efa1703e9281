"""Whether values of parameters mean something: types, allowed texts, and how they go together."""

from collections.abc import Callable, Iterable, Mapping
from difflib import get_close_matches
from numbers import Integral, Real
from typing import Any, Final

from matplotlib.colors import is_color_like

from casa_plots.errors import InvalidParameterError
from casa_plots.plotms.names import COLUMNS, FOREIGN, FOREIGN_COLUMNS, SYNONYMS, axis_of, column_of
from casa_plots.plotms.parameters import PARAMETERS, Kind, Parameter

_BY_NAME: Final = {each.name: each for each in PARAMETERS}
_CORNERS: Final = 4
_NUMBERS: Final = frozenset(
    {"field", "spw", "scan", "array", "observation", "feed", "antenna", "avgchannel", "avgtime"}
)


def check(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return all parameters, with defaults for what is not given.

    Parameters
    ----------
    given : mapping of str to object
        Parameters of ``plotms``.

    Returns
    -------
    dict
        Every parameter in CASA's order; what may be a list is one, texts are without blanks around.

    Raises
    ------
    InvalidParameterError
        There is no such parameter, or a value has a wrong type or means nothing.
    """
    for name in given:
        if name not in _BY_NAME:
            raise InvalidParameterError(f"plotms has no parameter {name}{_hint(name, _BY_NAME)}.")
    values = {each.name: _checked(each, given.get(each.name, each.default)) for each in PARAMETERS}
    for name in ("xaxis", "yaxis", "coloraxis", "iteraxis"):
        for text in _listed(values[name]):
            _check_axis(name, text)
    for name in ("xdatacolumn", "ydatacolumn"):
        for text in _listed(values[name]):
            _check_column(name, text)
    for name in ("symbolcolor", "flaggedsymbolcolor", "majorcolor", "minorcolor"):
        values[name] = [_colour(name, each) for each in _listed(values[name])]
    _check_together(values)
    return values


def number(name: str, text: str) -> float:
    """Return a number that a parameter has as text; 0 for an empty one."""
    if not text:
        return 0.0
    try:
        value = float(text)
    except ValueError:
        raise InvalidParameterError(
            f"{name}={text!r} is no number: give one without a unit, such as '30'."
        ) from None
    if not 0 <= value < float("inf"):
        raise InvalidParameterError(f"{name}={text!r} must not be negative or infinite.")
    return value


def _checked(parameter: Parameter, value: object) -> object:
    if parameter.kind is Kind.TEXTS or "|" in parameter.kind:
        items = list(value) if isinstance(value, list | tuple) else [value]
        return [_one(parameter, each) for each in items]
    if parameter.kind is Kind.NUMBERS:
        if not isinstance(value, list | tuple) or not all(_is_real(each) for each in value):
            raise _wrong(parameter, value, "a list of numbers")
        return [float(each) for each in value]
    return _one(parameter, value)


def _one(parameter: Parameter, value: object) -> object:
    if parameter.kind is Kind.TEXT and _is_real(value) and parameter.name in _NUMBERS:
        value = f"{value}"  # CASA wants texts here, but what is meant is plain
    needed, fits = _FITS[Kind(parameter.kind.split("|", maxsplit=1)[0])]
    if not fits(value):
        raise _wrong(parameter, value, needed)
    if not isinstance(value, str):
        return value if isinstance(value, bool) else int(str(value))
    text = value.strip()
    if not parameter.allowed:
        return text
    found = next((each for each in parameter.allowed if each.lower() == text.lower()), None)
    if found is None:
        choices = [each for each in parameter.allowed if each]
        raise InvalidParameterError(
            f"{parameter.name}={value!r} means nothing{_hint(text, choices)}: "
            f"it can be {', '.join(choices)}{' or empty' if '' in parameter.allowed else ''}."
        )
    return found


def _is_real(value: object) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool)


def _is_whole(value: object) -> bool:
    return isinstance(value, Integral) and not isinstance(value, bool)


_FITS: Final[Mapping[Kind, tuple[str, Callable[[object], bool]]]] = {
    Kind.TEXT: ("a text", lambda value: isinstance(value, str)),
    Kind.TEXTS: ("a text or a list of texts", lambda value: isinstance(value, str)),
    Kind.WHOLE: ("a whole number", _is_whole),
    Kind.SWITCH: ("True or False", lambda value: isinstance(value, bool)),
}


def _wrong(parameter: Parameter, value: object, needed: str) -> InvalidParameterError:
    return InvalidParameterError(f"{parameter.name}={value!r} must be {needed}.")


def _hint(name: str, known: Iterable[str]) -> str:
    near = get_close_matches(name.lower(), list(known), n=1)
    return f"; did you mean {near[0]}?" if near else ""


def _listed(value: object) -> list[str]:
    return [str(each) for each in value] if isinstance(value, list) else [str(value)]


def _check_axis(name: str, text: str) -> None:
    if text and axis_of(text) is None and text.lower() not in FOREIGN:
        from casa_plots.axes import Axis  # noqa: PLC0415 - for the message only

        known = [*Axis, *SYNONYMS, *FOREIGN]
        raise InvalidParameterError(
            f"{name}={text!r} is no axis{_hint(text, known) or '.'} "
            f"There are {', '.join(Axis)}; casaplotms draws {', '.join(FOREIGN)}, too."
        )


def _check_column(name: str, text: str) -> None:
    if text and column_of(text) is None and text.lower() not in FOREIGN_COLUMNS:
        raise InvalidParameterError(
            f"{name}={text!r} is no column{_hint(text, COLUMNS) or '.'} "
            f"There are {', '.join((*COLUMNS, *FOREIGN_COLUMNS))}."
        )


def _colour(name: str, text: str) -> str:
    """Return a colour as matplotlib takes it; CASA writes hex codes without a sign."""
    for candidate in (f"#{text}", text):
        if text and is_color_like(candidate):
            return candidate
    if not text:
        return text
    raise InvalidParameterError(
        f"{name}={text!r} is no colour: give a name such as 'purple' or a code such as '0000ff'."
    )


def _check_together(values: Mapping[str, Any]) -> None:
    """Raise where values that are right alone make no sense together."""
    if values["vis"] and values["caltable"]:
        raise InvalidParameterError("vis and caltable are both given: give one.")
    if not values["vis"] and not values["caltable"]:
        raise InvalidParameterError("vis is empty: give a MeasurementSet or a calibration table.")
    if values["correlation"] and values["polarization"]:
        raise InvalidParameterError("correlation and polarization are both given: give one.")
    if values["avgbaseline"] and values["avgantenna"]:
        raise InvalidParameterError("avgbaseline and avgantenna exclude each other: give one.")
    for name in ("avgchannel", "avgtime"):
        number(name, values[name])
    _check_grid(values)
    bounds = values["plotrange"]
    if len(bounds) not in {0, _CORNERS}:
        raise InvalidParameterError(
            f"plotrange={bounds} must have four numbers: left, right, bottom, top."
        )
    for name in ("yaxis",):
        pairs = _pairs(values)
        if len(set(pairs)) < len(pairs):
            raise InvalidParameterError(
                f"{name}={values[name]} has an axis twice: give each another ydatacolumn."
            )


def _check_grid(values: Mapping[str, Any]) -> None:
    for index, count in (("rowindex", "gridrows"), ("colindex", "gridcols")):
        if values[count] < 1:
            raise InvalidParameterError(f"{count}={values[count]} must be 1 or more.")
        if not 0 <= values[index] < values[count]:
            raise InvalidParameterError(
                f"{index}={values[index]} is not on the page: with {count}={values[count]} it can "
                f"be 0 to {values[count] - 1}."
            )
    if values["plotindex"] < 0:
        raise InvalidParameterError(f"plotindex={values['plotindex']} must be 0 or more.")
    if values["clearplots"] and values["plotindex"]:
        raise InvalidParameterError(
            f"plotindex={values['plotindex']} needs clearplots=False: else there are no others."
        )
    for shared, same in (("xsharedaxis", "xselfscale"), ("ysharedaxis", "yselfscale")):
        if values["iteraxis"] and values[shared] and not values[same]:
            raise InvalidParameterError(f"{shared}=True needs {same}=True: plots that share an "
                                        "axis have one scale.")  # fmt: skip


def _pairs(values: Mapping[str, Any]) -> list[tuple[object, object]]:
    columns = values["ydatacolumn"]
    return [
        (axis_of(axis) or axis, column_of(columns[n]) if n < len(columns) else None)
        for n, axis in enumerate(values["yaxis"])
    ]
