"""Each antenna's solutions in numbers."""

from dataclasses import dataclass

import numpy as np

from casa_plots.plotsolutions.reading import Solutions


@dataclass(frozen=True, slots=True)
class Summary:
    """One antenna.

    Attributes
    ----------
    number : int
        Of the antenna.
    name : str
        Of the antenna.
    solutions : int
        How many parameters were solved for, with all channels and polarisations.
    flagged : int
        How many of them are flagged.
    snr : float
        Median signal-to-noise ratio of those that are not, NaN for none.
    lowest : float
        The lowest of them.
    reference : bool
        Whether it is a reference antenna of some solutions.
    """

    number: int
    name: str
    solutions: int
    flagged: int
    snr: float
    lowest: float
    reference: bool

    @property
    def fraction(self) -> float:
        """The flagged share, 0 to 1."""
        return self.flagged / self.solutions


def summarise(solutions: Solutions) -> list[Summary]:
    """Return each antenna's solutions in numbers."""
    references = set(solutions.references)
    return [_one(solutions, number, references) for number in solutions.solved]


def _one(solutions: Solutions, number: int, references: set[str]) -> Summary:
    flags, ratios = [], []
    for window in solutions.windows:
        rows = window.antenna == number
        flags.append(window.flag[rows].ravel())
        ratios.append(window.snr[rows].ravel())
    flag, snr = np.concatenate(flags), np.concatenate(ratios)
    # gencal's tables have no signal and no noise: zeros, or ones, are no ratios.
    good = snr[~flag & np.isfinite(snr) & (snr > 0)]
    name = solutions.antennas[number].name
    return Summary(
        number=number,
        name=name,
        solutions=flag.size,
        flagged=int(flag.sum()),
        snr=float(np.median(good)) if good.size else float("nan"),
        lowest=float(good.min()) if good.size else float("nan"),
        reference=name in references,
    )


def sentences(summaries: list[Summary]) -> list[str]:
    """Return what a user should know of all antennas."""
    total = sum(each.solutions for each in summaries)
    flagged = sum(each.flagged for each in summaries)
    said = [f"{flagged} of {total} solutions ({100 * flagged / total:.1f} %) are flagged."]
    lost = [each.name for each in summaries if each.flagged == each.solutions]
    if lost:
        said.append(f"All solutions are flagged of {', '.join(lost)}.")
    # A reference antenna's ratio is a constant of CASA's.
    known = [each for each in summaries if np.isfinite(each.lowest) and not each.reference]
    if known:
        worst = min(known, key=lambda each: each.lowest)
        said.append(f"The lowest signal-to-noise ratio is {worst.lowest:.3g}, of {worst.name}.")
    return said
