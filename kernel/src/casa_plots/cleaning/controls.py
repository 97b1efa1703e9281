"""What can be changed between two cycles: iterations, thresholds."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from casa_plots.cleaning.errors import InputError

_JANSKYS: Final = {"jy": 1.0, "mjy": 1e-3, "ujy": 1e-6, "μjy": 1e-6, "µjy": 1e-6, "njy": 1e-9}
_QUANTITY: Final = re.compile(r"\s*([-+]?[0-9.]+(?:[eE][-+]?\d+)?)\s*(\S*?)(?:/beam)?\s*")


@dataclass(frozen=True, slots=True)
class Controls:
    """The parameters of `tclean` that say when a cycle, and when cleaning, ends.

    Attributes
    ----------
    niter : int
        Iterations left.
    cycleniter : int
        At most so many in one cycle and plane; -1 for no limit.
    nmajor : int
        Cycles left; -1 for no limit.
    threshold : str
        Flux density such as ``1mJy`` at which cleaning ends.
    nsigma : float
        The same in units of the noise; 0 for none.
    cyclefactor : float
        How deep a cycle goes, in units of the largest sidelobe.
    """

    niter: int
    cycleniter: int = -1
    nmajor: int = -1
    threshold: str = "0Jy"
    nsigma: float = 0.0
    cyclefactor: float = 1.0

    @classmethod
    def of(cls, parameters: Mapping[str, Any]) -> "Controls":
        """Return what a call of `tclean` asks for.

        Raises
        ------
        InputError
            A value means nothing.
        """
        names = [name for name in cls.__dataclass_fields__ if name in parameters]
        return cls(niter=0).changed({name: parameters[name] for name in names})

    def changed(self, values: Mapping[str, object]) -> "Controls":
        """Return the same with other values, as a person or a script gives them.

        Raises
        ------
        InputError
            There is no such control, or a value means nothing.
        """
        unknown = sorted(values.keys() - _READERS.keys())
        if unknown:
            raise InputError(f"{unknown[0]} cannot be changed here: {', '.join(_READERS)} can.")
        return replace(
            self, **{name: _READERS[name](name, value) for name, value in values.items()}
        )

    @property
    def janskys(self) -> float:
        """The threshold in Jy."""
        return janskys(self.threshold)

    def parameters(self) -> dict[str, Any]:
        """Return them as parameters of `tclean`."""
        return {name: getattr(self, name) for name in _READERS}


def janskys(text: str) -> float:
    """Return a flux density in Jy.

    Raises
    ------
    InputError
        The text is none.
    """
    match = _QUANTITY.fullmatch(text)
    unit = _JANSKYS.get(match[2].lower() or "jy") if match else None
    try:
        value = float(match[1]) if match else math.nan
    except ValueError:
        value = math.nan
    if unit is None or not math.isfinite(value) or value < 0:
        raise InputError(
            f"threshold: {text!r} is no flux density: write a number and Jy, mJy or uJy, as 1.5mJy."
        )
    return value * unit


def _threshold(name: str, value: object) -> str:
    del name
    text = str(value).strip() or "0Jy"
    janskys(text)
    # A number alone is janskys; tclean takes no micro sign and no blank.
    text = re.sub(r"[μµ]", "u", text).replace(" ", "")
    return f"{text}Jy" if re.fullmatch(r"[-+0-9.eE]+", text) else text.removesuffix("/beam")


def _number(name: str, value: object) -> float:
    try:
        number = float(str(value))
    except ValueError:
        number = math.nan
    if isinstance(value, bool) or not math.isfinite(number) or number < 0:
        raise InputError(f"{name}: {value!r} is no number that is 0 or more.")
    return number


def _factor(name: str, value: object) -> float:
    number = _number(name, value)
    if number == 0:
        raise InputError(f"{name}: it must be more than 0.")
    return number


def _count(name: str, value: object, least: int = 0) -> int:
    try:
        number = int(str(value).strip())
    except ValueError:
        number = least - 1
    if isinstance(value, bool) or number < least:
        more = ", or -1 for no limit" if least < 0 else ""
        raise InputError(f"{name}: {value!r} is no whole number that is 0 or more{more}.")
    return number


def _limit(name: str, value: object) -> int:
    return _count(name, value, -1)


_READERS: Final[Mapping[str, Any]] = {
    "niter": _count,
    "cycleniter": _limit,
    "nmajor": _limit,
    "threshold": _threshold,
    "nsigma": _number,
    "cyclefactor": _factor,
}
