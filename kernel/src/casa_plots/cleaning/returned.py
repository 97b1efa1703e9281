"""What `tclean` returns: cycles put together as one call would tell them, and why it stopped."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

Returned = Mapping[str, Any]

REACHED_NMAJOR: Final = 9
STOPPED: Final = 3
DIVERGED: Final = 6
# As casatasks' imager_base.py lists them, in our words.
_REASONS: Final = {
    1: "All iterations are used up.",
    2: "The peak of the residual inside the mask is below the threshold.",
    3: "It was stopped.",
    4: "The peak of the residual does not change any more.",
    5: "It diverges: the peak of the residual grew by more than three times in the last cycle.",
    6: "It diverges: the peak of the residual is more than three times above its minimum.",
    7: "The mask is empty.",
    8: "The peak of the residual inside the mask is below nsigma times the noise.",
    9: "All major cycles are used up.",
}
_SUMMED: Final = ("iterdone", "interactiveiterdone", "nmajordone")
_COUNTED: Final = ("cycleStartIters", "startIterDone")
# What `fullsummary=False` leaves, see casatasks' summary_minor.py.
_BRIEF: Final = ("iterDone", "peakRes", "modelFlux", "cycleThresh")


def reason(code: int) -> str:
    """Return in words why `tclean` stopped, empty if it did not."""
    return _REASONS.get(code, "" if code == 0 else f"tclean stopped with code {code}.")


def merged(
    parts: Sequence[Returned], niter: int, stop: int = 0, *, full: bool = True
) -> dict[str, Any]:
    """Return what one call would have returned that does what several did.

    Parameters
    ----------
    parts : sequence of mapping
        Returned values in order; that of the call that cleans nothing is the first.
    niter : int
        As the user gave it.
    stop : int
        CASA's code, if not the last call says why it stopped.
    full : bool
        Whether the user wants all of the summary.
    """
    result: dict[str, Any] = dict(parts[-1])
    done = 0
    minor: dict[int, Any] = {}
    major: list[int] = []
    for part in parts:
        major += [int(each) + done for each in np.atleast_1d(part.get("summarymajor", []))]
        _append(minor, part.get("summaryminor", {}), done, full=full)
        done += int(part.get("iterdone", 0))
    result |= {name: sum(int(part.get(name, 0)) for part in parts) for name in _SUMMED}
    result |= {"niter": niter, "summarymajor": np.array(major), "summaryminor": minor or {0: {}}}
    if stop and stop != result.get("stopcode"):
        result |= {"stopcode": stop, "stopDescription": _CASAS[stop]}
    return result


def _append(minor: dict[int, Any], more: Mapping[int, Any], done: int, *, full: bool) -> None:
    for field, channels in more.items():
        for channel, planes in channels.items():
            for plane, values in planes.items():
                place = minor.setdefault(field, {}).setdefault(channel, {}).setdefault(plane, {})
                for name, series in values.items():
                    if full or name in _BRIEF:
                        shift = done if name in _COUNTED else 0
                        place.setdefault(name, []).extend(each + shift for each in series)


# casatasks' own words for codes that we give.
_CASAS: Final = {
    STOPPED: "force stop",
    DIVERGED: "peak residual increased by more than 3 times from the minimum reached",
}


@dataclass(frozen=True, slots=True)
class Point:
    """How it stood after a cycle.

    Attributes
    ----------
    iterations : int
        Done so far, in all planes together.
    peak : float
        Largest residual inside the mask, Jy/beam.
    flux : float
        Of the model, all planes together, Jy.
    threshold : float
        At which the cycle ended, or would have; at the beginning that of the first cycle.
    """

    iterations: int
    peak: float
    flux: float
    threshold: float


def points(parts: Sequence[Returned]) -> list[Point]:
    """Return one point for the beginning, and one for each cycle that cleaned anything.

    A multi-term model counts its first term.
    """
    found: list[Point] = []
    done = 0
    for part in parts:
        planes = [
            values
            for channels in part.get("summaryminor", {}).values()
            for stokes in channels.values()
            for values in stokes.values()
        ]
        planes = [each for each in planes if each.get("startPeakRes")]
        if not planes:
            continue
        if not found:
            start = max(float(each["startPeakRes"][0]) for each in planes)
            flux = sum(float(each["startModelFlux"][0]) for each in planes)
            end = max(float(each["cycleThresh"][0]) for each in planes)
            found.append(Point(0, start, flux, end))
        done += int(part.get("iterdone", 0))
        found.append(
            Point(
                done,
                max(float(each["peakRes"][-1]) for each in planes),
                sum(float(each["modelFlux"][-1]) for each in planes),
                max(float(each["cycleThresh"][-1]) for each in planes),
            )
        )
    return found
