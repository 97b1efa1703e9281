"""A reduction of thirteen tasks: a simulated VLA observation, from the import to a smoothed image.

As a plain script of CASA's, which edits its MeasurementSet in place and knows nothing of recompute,
and as data, so that a benchmark can let other ways of memoising do the same.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

FITS: Final = "sim02.fits"
VIS: Final = "sim02.ms"


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a task.

    Attributes
    ----------
    updates : str
        What it changes in place; empty if it only makes something new.
    makes : str
        The parameter that names what it makes; empty if it only changes something.
    """

    task: str
    parameters: Mapping[str, object]
    updates: str = ""
    makes: str = ""

    def __str__(self) -> str:
        parameters = ", ".join(f"{name}={value!r}" for name, value in self.parameters.items())
        return f"{self.task}({parameters})"


@dataclass(frozen=True, slots=True)
class Imaging:
    """How much the reduction has to do."""

    niter: int
    imsize: int


def chain(
    imaging: Imaging,
    *,
    quack: float = 15.0,
    solint: str = "inf",
    beam: str = "90arcsec",
) -> tuple[Call, ...]:
    """Return the calls of the reduction, with some parameters that an astronomer would change."""
    return (*_calibration(quack, solint), *_imaging(imaging.niter, imaging.imsize, beam))


def _calibration(quack: float, solint: str) -> tuple[Call, ...]:
    solve = {"vis": VIS, "field": "3C286", "refant": "N01"}
    return (
        Call(
            "importfitsidi",
            {"fitsidifile": [FITS], "vis": VIS, "constobsid": True, "specframe": "TOPO"}
            | {"scanreindexgap_s": 50.0},
            makes="vis",
        ),
        Call("flagdata", {"vis": VIS, "antenna": "W07", "flagbackup": False}, updates=VIS),
        Call(
            "flagdata",
            {"vis": VIS, "mode": "quack", "quackinterval": quack, "flagbackup": False},
            updates=VIS,
        ),
        Call(
            "setjy",
            {"vis": VIS, "field": "3C286", "model": "3C286_C.im", "usescratch": True},
            updates=VIS,
        ),
        Call(
            "gaincal",
            {**solve, "caltable": "sim02.phase", "spw": "0:12~18", "calmode": "p", "solint": "int"},
            makes="caltable",
        ),
        Call(
            "gaincal",
            {**solve, "caltable": "sim02.delay", "gaintype": "K", "solint": "inf"}
            | {"combine": "scan", "gaintable": ["sim02.phase"]},
            makes="caltable",
        ),
        Call(
            "bandpass",
            {**solve, "caltable": "sim02.bandpass", "solint": "inf", "combine": "scan"}
            | {"gaintable": ["sim02.phase", "sim02.delay"]},
            makes="caltable",
        ),
        Call(
            "gaincal",
            {**solve, "caltable": "sim02.gain", "field": "3C286,J1822-0938", "calmode": "ap"}
            | {"solint": solint, "gaintable": ["sim02.delay", "sim02.bandpass"]},
            makes="caltable",
        ),
        Call(
            "fluxscale",
            {"vis": VIS, "caltable": "sim02.gain", "fluxtable": "sim02.flux"}
            | {"reference": "3C286", "transfer": "J1822-0938"},
            makes="fluxtable",
        ),
        Call(
            "applycal",
            {"vis": VIS, "field": "SNR", "calwt": False, "flagbackup": False}
            | {"gaintable": ["sim02.flux", "sim02.delay", "sim02.bandpass"]}
            | {"gainfield": ["J1822-0938", "3C286", "3C286"]}
            | {"interp": ["linear", "nearest", "nearest"]},
            updates=VIS,
        ),
    )


def _imaging(niter: int, imsize: int, beam: str) -> tuple[Call, ...]:
    half = imsize // 2
    return (
        Call(
            "split",
            {"vis": VIS, "outputvis": "snr.ms", "field": "SNR", "width": 4}
            | {"datacolumn": "corrected"},
            makes="outputvis",
        ),
        Call(
            "tclean",
            {"vis": "snr.ms", "imagename": "snr", "imsize": imsize, "cell": "4arcsec"}
            | {"deconvolver": "multiscale", "scales": [0, 5, 15], "niter": niter, "gain": 0.2}
            | {"threshold": "1mJy", "weighting": "briggs", "robust": 0.5, "usemask": "user"}
            | {"mask": f"circle[[{half}pix,{half}pix],45pix]", "pblimit": -0.1},
            makes="imagename",
        ),
        Call(
            "imsmooth",
            {"imagename": "snr.image", "major": beam, "minor": beam, "pa": "0deg"}
            | {"targetres": True, "outfile": "snr.smooth", "overwrite": True},
            makes="outfile",
        ),
    )


def script(calls: Iterable[Call | str]) -> str:
    """Return the reduction as a script of CASA's."""
    return "\n".join(["from casatasks import *", *map(str, calls), ""])


def make_observation(directory: Path) -> Path:
    """Write the observation as FITS-IDI, which the reduction imports, and return it."""
    from casa_kernel.simulation import vla  # noqa: PLC0415 - loads CASA

    made = vla.make(directory).idi_file
    return made.rename(directory / FITS)
