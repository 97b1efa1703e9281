"""Where an axis has ticks and what stands at them, by the quantity: clock times, degrees, numbers.

Pure: from the ends of an axis, in the units of `Axis`, to positions and texts.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor, log10
from typing import Final

from matplotlib.ticker import MaxNLocator

from casa_plots.axes import Axis
from casa_plots.times import DAY, clock, day_of

_CLOCK: Final = (
    *(0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5),
    *(1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200),
)
_DEGREES: Final = (0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 45, 90, 180)
_TURNING: Final = frozenset(
    {Axis.PHASE, Axis.GAINPHASE, Axis.PARANGLE, Axis.ANT_PARANGLE, Axis.AZIMUTH, Axis.ANT_AZIMUTH}
)
# Units that have greater ones: what they are called by powers of 1000.
_PREFIXES: Final = ("", "k", "M", "G")
_SCALED: Final = {
    **dict.fromkeys((Axis.UVDIST, Axis.U, Axis.V, Axis.W), ("m", 100_000.0)),
    **dict.fromkeys((Axis.UVWAVE, Axis.UWAVE, Axis.VWAVE, Axis.WWAVE), ("λ", 1_000.0)),
}


@dataclass(frozen=True, slots=True)
class Ticks:
    """The ticks of an axis.

    Attributes
    ----------
    positions : tuple of float
        Of major ticks, in the units of the axis.
    texts : tuple of str
        What stands at them.
    minor : tuple of float
        Of minor ticks.
    unit : str
        What the numbers are in, such as ``kλ``, or a power of ten; empty for none.
    """

    positions: tuple[float, ...]
    texts: tuple[str, ...]
    minor: tuple[float, ...] = ()
    unit: str = ""


def ticks(
    axis: Axis, low: float, high: float, most: int, names: Sequence[str] | None = None
) -> Ticks:
    """Return ticks between two ends.

    Parameters
    ----------
    axis : Axis
        What is along it.
    low, high : float
        The ends, in the units of the axis; ``low > high`` for a turned one.
    most : int
        At most about so many major ticks; two or more.
    names : sequence of str, optional
        What whole numbers stand for.
    """
    low, high = min(low, high), max(low, high)
    if axis is Axis.TIME:
        return _times(low, high, most)
    if names is not None:
        return _named(low, high, most, names)
    if axis in _TURNING and (found := _degrees(low, high, most)) is not None:
        return found
    unit, factor = _unit(axis, low, high)
    steps = MaxNLocator(nbins=most, steps=[1, 2, 2.5, 5, 10], min_n_ticks=2)
    places = [float(each) for each in steps.tick_values(low / factor, high / factor)]
    step = places[1] - places[0] if len(places) > 1 else 1.0
    inside = [each for each in places if low / factor <= each <= high / factor]
    digits = _digits(step)
    return Ticks(
        tuple(each * factor for each in inside),
        tuple(_number(each, digits) for each in inside),
        _between(places, low / factor, high / factor, factor),
        unit,
    )


def clock_ticks(low: float, high: float, most: int) -> tuple[tuple[float, ...], float]:
    """Return times at whole seconds, minutes, hours or days, and how far apart they are."""
    wanted = (high - low) / max(most, 1)
    step = next((each for each in _CLOCK if each >= wanted), None)
    if step is None:
        step = DAY * max(ceil(wanted / DAY), 1)
    return _multiples(low, high, step), step


def _times(low: float, high: float, most: int) -> Ticks:
    positions, step = clock_ticks(low, high, most)
    while len(positions) < 2 and step in _CLOCK[1:]:  # noqa: PLR2004 - one tick is no scale
        step = _CLOCK[_CLOCK.index(step) - 1]
        positions = _multiples(low, high, step)
    if step >= DAY:
        texts = tuple(day_of(each + 1) for each in positions)
    else:
        texts = tuple(clock(each, step) for each in positions)
        if day_of(low) != day_of(high):
            texts = tuple(_dated(texts, positions))
    return Ticks(positions, texts, _fine(positions, step, low, high, 5))


def _dated(texts: Sequence[str], positions: Sequence[float]) -> list[str]:
    """Put the date under the first time of each day."""
    found: list[str] = []
    last = ""
    for text, position in zip(texts, positions, strict=True):
        day = day_of(position + 1e-6)
        found.append(text if day == last else f"{text}\n{day}")
        last = day
    return found


def _degrees(low: float, high: float, most: int) -> Ticks | None:
    """Return ticks at parts of a turn; None for a range that is too small or too large for them."""
    wanted = (high - low) / max(most, 1)
    step = next((each for each in _DEGREES if each >= wanted * 0.999), None)
    if wanted < _DEGREES[0] or step is None:
        return None
    positions = _multiples(low, high, step)
    digits = _digits(step)
    return Ticks(
        positions,
        tuple(_number(each, digits) for each in positions),
        _fine(positions, step, low, high, 3),
    )


def _named(low: float, high: float, most: int, names: Sequence[str]) -> Ticks:
    first, last = max(ceil(low), 0), min(floor(high), len(names) - 1)
    every = max(1, ceil((last - first + 1) / max(most, 1)))
    positions = tuple(range(first, last + 1, every))
    texts = tuple(names[each] or str(each) for each in positions)
    minor = tuple(float(each) for each in range(first, last + 1)) if every > 1 else ()
    return Ticks(tuple(map(float, positions)), texts, minor)


def _multiples(low: float, high: float, step: float) -> tuple[float, ...]:
    first, last = ceil(low / step - 1e-9), floor(high / step + 1e-9)
    return tuple(n * step for n in range(first, last + 1))


def _fine(
    positions: Sequence[float], step: float, low: float, high: float, parts: int
) -> tuple[float, ...]:
    if not positions:
        return ()
    starts = [positions[0] - step, *positions]
    found = [start + step * n / parts for start in starts for n in range(1, parts)]
    return tuple(each for each in found if low <= each <= high)


def _between(found: Sequence[float], low: float, high: float, factor: float) -> tuple[float, ...]:
    step = found[1] - found[0] if len(found) > 1 else 0.0
    return tuple(
        each * factor for each in _fine(found, step, low, high, 5) if low <= each <= high
    ) if step else ()  # fmt: skip


def _unit(axis: Axis, low: float, high: float) -> tuple[str, float]:
    """Return a unit, and what a number in it is worth in the units of the axis."""
    most = max(abs(low), abs(high))
    if axis in _SCALED:
        name, least = _SCALED[axis]
        power = 0 if most < least else min(int(log10(most) // 3), len(_PREFIXES) - 1)
        return f"{_PREFIXES[power]}{name}", 1000.0**power
    if most > 0 and (most >= 1e6 or most < 1e-3):  # noqa: PLR2004 - where numbers get long
        power = 3 * floor(log10(most) / 3)
        return f"×10{_raised(power)}", 10.0**power  # noqa: RUF001
    return "", 1.0


def _raised(power: int) -> str:
    return str(power).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))


def _digits(step: float) -> int:
    """Return how many digits after the point tell multiples of a step from each other."""
    near = 1e-6
    return next(
        (n for n in range(12) if round(step * 10**n) and abs(step * 10**n % 1 - 0.5) > 0.5 - near),
        12,
    )


def _number(value: float, digits: int) -> str:
    text = f"{value:.{digits}f}"
    if not float(text):
        text = text.lstrip("-")
    return text.replace("-", "−")  # noqa: RUF001 - a minus sign
