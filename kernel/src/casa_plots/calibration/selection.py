"""Which solutions CASA's selection strings mean."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from casa_plots.asked import Selection
from casa_plots.calibration.stand_in import stand_in
from casa_plots.calibration.table import Solutions
from casa_plots.errors import SelectionError
from casa_plots.visibilities.observation import read_observation
from casa_plots.visibilities.selection import Chosen, choose

# What solutions do not have.
_MEANINGLESS = ("uvrange", "array", "intent", "feed")


@dataclass(frozen=True, slots=True)
class ChosenSolutions:
    """What a selection means: rows, channels by spectral window, polarisations."""

    chosen: Chosen = field(default_factory=Chosen)
    channels: Mapping[int, NDArray[np.int64]] | None = None
    polarisations: frozenset[str] | None = None


def choose_solutions(solutions: Solutions, selection: Selection) -> ChosenSolutions:
    """Ask CASA what the strings mean.

    Raises
    ------
    SelectionError
        CASA cannot read one of them, they mean nothing here, or nothing is selected.
    """
    for name in _MEANINGLESS:
        if getattr(selection, name):
            raise SelectionError(
                f"{solutions.path} is a calibration table, which {name}="
                f"{getattr(selection, name)!r} cannot select from: use field, spw, antenna, "
                "timerange, scan, observation, correlation or msselect."
            )
    polarisations = _polarisations(solutions, selection.correlation)
    others = replace(selection, correlation="")
    if others == Selection():
        return ChosenSolutions(polarisations=polarisations)
    with stand_in(solutions) as path:
        # What is said about the table is said under its own name.
        copied = read_observation(path)
        described = replace(
            copied,
            path=solutions.path,
            antennas=solutions.antennas,
            descriptions=tuple(
                replace(each, correlations=solutions.polarisations) for each in copied.descriptions
            ),
        )
        chosen = choose(described, others, at=path)
    return ChosenSolutions(chosen, chosen.channels, polarisations)


def _polarisations(solutions: Solutions, text: str) -> frozenset[str] | None:
    if not text:
        return None
    known = {name.upper(): name for name in solutions.polarisations}
    # RR selects what RR is calibrated with.
    known.update({name * 2: known[name] for name in list(known) if len(name) == 1})
    asked = [each.strip().upper() for each in text.split(",") if each.strip()]
    if strangers := [each for each in asked if each not in known]:
        raise SelectionError(
            f"{solutions.path} has no polarisation {', '.join(strangers)} (correlation={text!r}). "
            f"It has {', '.join(solutions.polarisations)}."
        )
    return frozenset(known[each] for each in asked)
