"""What was asked for: whether it means anything, and how it is said."""

import math

from casa_plots.asked import Averaging
from casa_plots.errors import InvalidParameterError


def is_active(averaging: Averaging) -> bool:
    """Whether anything is averaged; ``avgscan`` and ``avgfield`` only widen ``avgtime``."""
    return (
        averaging.channels > 1
        or averaging.seconds > 0
        or averaging.baseline
        or averaging.antenna
        or averaging.spw
    )


def refuse_averaging(averaging: Averaging) -> None:
    """Refuse numbers that mean nothing.

    Raises
    ------
    InvalidParameterError
        A number is negative or none, or two kinds exclude each other.
    """
    for name, number in (("avgchannel", averaging.channels), ("avgtime", averaging.seconds)):
        if math.isnan(number) or number < 0:
            raise InvalidParameterError(
                f"{name}={number:g} is not a number of zero or more, as averaging needs it."
            )
    if averaging.baseline and averaging.antenna:
        raise InvalidParameterError(
            "avgbaseline and avgantenna exclude each other: choose one of them."
        )


def averaging_words(averaging: Averaging) -> str:
    """Return the averaging for a title, empty if there is none."""
    if not is_active(averaging):
        return ""
    said = []
    if averaging.channels > 1:
        said.append(f"{averaging.channels:g} channels")
    if averaging.seconds > 0:
        across = [
            name for name, on in (("scans", averaging.scan), ("fields", averaging.field)) if on
        ]
        said.append(f"{averaging.seconds:g} s" + (f" across {' and '.join(across)}" * bool(across)))
    said += [
        words
        for words, on in (
            ("all baselines", averaging.baseline),
            ("baselines of each antenna", averaging.antenna),
            ("all spectral windows", averaging.spw),
        )
        if on
    ]
    how = "amplitudes and phases" if averaging.scalar else "vectors"
    return f"averaged over {', '.join(said)} ({how})"
