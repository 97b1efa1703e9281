"""Which rows, channels and correlations CASA's selection strings mean, by CASA's own parser."""

import importlib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from casa_plots.asked import Selection
from casa_plots.errors import SelectionError, UnsupportedError
from casa_plots.visibilities.observation import Observation
from casa_plots.visibilities.unlocked import unlocked

Integers = NDArray[np.int64]

# CASA's `ms`, which ships no types.
MeasurementTool = Any

# Names of the strings in CASA's ms.msselect.
_ITEMS: Final = {
    "field": "field",
    "spw": "spw",
    "timerange": "time",
    "uvrange": "uvdist",
    "antenna": "baseline",
    "scan": "scan",
    "correlation": "polarization",
    "array": "array",
    "observation": "observation",
    "intent": "scanintent",
    "feed": "feed",
    "msselect": "taql",
}
_SHOWN: Final = 20


@dataclass(frozen=True, slots=True)
class Chosen:
    """What a selection means.

    Attributes
    ----------
    rows : ndarray of int64 or None
        Row numbers, ascending; None for all.
    channels : mapping of int to ndarray of int64
        Channel numbers of spectral windows of which not all are chosen.
    correlations : frozenset of str or None
        Names; None for all.
    """

    rows: Integers | None = None
    channels: Mapping[int, Integers] | None = None
    correlations: frozenset[str] | None = None


def choose(observation: Observation, selection: Selection, at: Path | None = None) -> Chosen:
    """Ask CASA what the strings mean.

    Parameters
    ----------
    observation : Observation
        What there is to be selected.
    selection : Selection
        The strings.
    at : Path, optional
        Where the MeasurementSet is, if it only stands for the table of the observation.

    Raises
    ------
    SelectionError
        CASA cannot read one of them, or nothing is selected.
    UnsupportedError
        There is no CASA in this Python.
    """
    given = {
        each.name: str(value).strip()
        for each in fields(selection)
        if str(value := getattr(selection, each.name)).strip()
    }
    if not given:
        return Chosen()
    with unlocked(at or observation.path) as view:
        rows, indices = _ask(observation, given, view)
    correlations = _correlations(observation, given.get("correlation", ""))
    return Chosen(rows, _channels(observation, indices), correlations)


def _ask(
    observation: Observation, given: Mapping[str, str], at: Path
) -> tuple[Integers, Mapping[str, NDArray[np.int64]]]:
    tool = measurement_tool()
    tool.open(str(at), nomodify=True, lock=False)
    try:
        items = {_ITEMS[name]: text for name, text in given.items()}
        understood = tool.msselect(items)
        try:
            # What CASA could not read it only logs, and raises it when the outcome is asked for.
            indices = tool.msselectedindices()
            found = tool.range(["rows"])
        except RuntimeError as error:
            raise SelectionError(_unread(observation, given, str(error))) from error
        if not understood or not len(found.get("rows", ())):
            raise SelectionError(_empty(observation, given))
        rows = np.sort(np.asarray(found["rows"], np.int64))
    finally:
        tool.close()
    return rows, indices


def measurement_tool() -> MeasurementTool:
    """Return a new ``ms`` tool of CASA.

    Raises
    ------
    UnsupportedError
        There is no CASA in this Python, or it is not configured.
    """
    try:
        return importlib.import_module("casatools").ms()
    except Exception as error:  # whatever a user's configuration file raises
        raise UnsupportedError(
            f"A selection needs the package casatools, which cannot be loaded ({error}): install "
            "and configure it, or plot without selection."
        ) from error


def _channels(
    observation: Observation, indices: Mapping[str, NDArray[np.int64]]
) -> Mapping[int, Integers] | None:
    ranges = np.asarray(indices["channel"], np.int64).reshape(-1, 4)
    if not len(ranges):
        return None
    chosen: dict[int, set[int]] = {}
    for window, first, last, step in ranges.tolist():
        chosen.setdefault(window, set()).update(range(first, last + 1, max(step, 1)))
    return {
        window: np.array(sorted(numbers), np.int64)
        for window, numbers in chosen.items()
        if len(numbers) < len(observation.windows[window].frequencies)
    }


def _correlations(observation: Observation, text: str) -> frozenset[str] | None:
    if not text:
        return None
    names = {name.upper() for name in text.replace(";", ",").replace(" ", ",").split(",") if name}
    known = observation.correlations
    if strangers := names - set(known):
        raise SelectionError(
            f"{observation.path} has no correlation {', '.join(sorted(strangers))} "
            f"(correlation={text!r}). It has {', '.join(known)}."
        )
    return frozenset(names)


def _said(given: Mapping[str, str]) -> str:
    return " and ".join(f"{name}={text!r}" for name, text in given.items())


def _unread(observation: Observation, given: Mapping[str, str], said: str) -> str:
    words = " ".join(said.split())
    return (
        f"CASA cannot select {_said(given)} of {observation.path}: {words.rstrip('.')}. "
        f"{contents(observation)}"
    )


def _empty(observation: Observation, given: Mapping[str, str]) -> str:
    return f"No data of {observation.path} match {_said(given)}. {contents(observation)}"


def contents(observation: Observation) -> str:
    """Return a sentence that says what there is to be selected."""
    fields_there = [f"{n} {name}" for n, name in enumerate(observation.fields)]
    windows = len(observation.windows)
    parts = [
        f"fields {_enumerated(fields_there)}",
        "spw 0" if windows == 1 else f"spw 0 to {windows - 1}",
        f"antennas {_enumerated(observation.antennas)}",
        f"correlations {_enumerated(observation.correlations)}",
    ]
    return f"It has {'; '.join(parts)}."


def _enumerated(names: "list[str] | tuple[str, ...]") -> str:
    shown = ", ".join(names[:_SHOWN])
    return shown if len(names) <= _SHOWN else f"{shown} and {len(names) - _SHOWN} more"


def selection_words(selection: Selection) -> str:
    """Return the selection for a title, empty if everything is selected."""
    given = [(each.name, getattr(selection, each.name)) for each in fields(selection)]
    return ", ".join(f"{name} {text}" for name, text in given if text)
