"""What CASA calls axes and columns, and what they are to us."""

from collections.abc import Mapping
from typing import Final

from casa_plots.axes import Axis, Column

# What plotms takes besides the names of `Axis`; all are compared in lower case.
SYNONYMS: Final[Mapping[str, Axis]] = {
    "timeint": Axis.INTERVAL,
    "timeinterval": Axis.INTERVAL,
    "time_interval": Axis.INTERVAL,
    "chan": Axis.CHANNEL,
    "freq": Axis.FREQUENCY,
    "vel": Axis.VELOCITY,
    "correlation": Axis.CORR,
    "poln": Axis.CORR,
    "polarization": Axis.CORR,
    "ant1": Axis.ANTENNA1,
    "ant2": Axis.ANTENNA2,
    "ant": Axis.ANTENNA,
    "amplitude": Axis.AMP,
    "imaginary": Axis.IMAG,
    "weight": Axis.WT,
    "wt*amp": Axis.WTAMP,
    "weightspectrum": Axis.WTSP,
    "sigmaspectrum": Axis.SIGMASP,
    "uvdistl": Axis.UVWAVE,
    "uvdist_l": Axis.UVWAVE,
    "hourangle": Axis.HOURANGLE,
    "parangle": Axis.PARANGLE,
    "parallacticangle": Axis.PARANGLE,
    "ant-parangle": Axis.ANT_PARANGLE,
    "ant-parallacticangle": Axis.ANT_PARANGLE,
    "gamp": Axis.GAINAMP,
    "gain amp": Axis.GAINAMP,
    "gphase": Axis.GAINPHASE,
    "gain phase": Axis.GAINPHASE,
    "greal": Axis.GAINREAL,
    "gain real": Axis.GAINREAL,
    "gimag": Axis.GAINIMAG,
    "gain imag": Axis.GAINIMAG,
    "del": Axis.DELAY,
    "delayrate": Axis.RATE,
    "delay rate": Axis.RATE,
    "dispdelay": Axis.DISPDELAY,
    "disp delay": Axis.DISPDELAY,
    "opacity": Axis.OPACITY,
    "swpower": Axis.SWPOWER,
    "switchedpower": Axis.SWPOWER,
    "spgain": Axis.SWPOWER,
}
# Axes that only casaplotms has.
FOREIGN: Final = (
    "ant-ra",
    "ant-dec",
    "antpos",
    "antenna position",
    "radialvelocity",
    "radial velocity",
    "rho",
    "distance",
)
COLUMNS: Final[Mapping[str, Column]] = {
    "corr": Column.CORRECTED,
    "corrected-model": Column.RESIDUAL,
    "corrected-model_vector": Column.RESIDUAL,
    "data-model_vector": Column.DATA_MINUS_MODEL,
    "data/model_vector": Column.DATA_OVER_MODEL,
    "corrected/model_vector": Column.CORRECTED_OVER_MODEL,
    **{each.value: each for each in Column},
}
FOREIGN_COLUMNS: Final = (
    "corrected-model_scalar",
    "data-model_scalar",
    "data/model_scalar",
    "corrected/model_scalar",
)
# Axes that are computed from visibilities, so that a column is to be named.
OF_VISIBILITIES: Final = frozenset(
    {Axis.AMP, Axis.PHASE, Axis.REAL, Axis.IMAG, Axis.WTAMP, Axis.SNR}
)
# Axes whose values are whole numbers that stand for something.
CATEGORICAL: Final = frozenset(
    {
        Axis.SCAN,
        Axis.FIELD,
        Axis.SPW,
        Axis.CORR,
        Axis.ANTENNA1,
        Axis.ANTENNA2,
        Axis.ANTENNA,
        Axis.BASELINE,
        Axis.OBSERVATION,
        Axis.INTENT,
        Axis.FEED1,
        Axis.FEED2,
        Axis.FLAG,
        Axis.FLAGROW,
    }
)


def axis_of(name: str) -> Axis | None:
    """Return the axis that a name of CASA stands for, None where it is none of ours."""
    text = name.strip().lower()
    if text in SYNONYMS:
        return SYNONYMS[text]
    return Axis(text) if text in set(Axis) else None


def column_of(name: str) -> Column | None:
    """Return the column that a name of CASA stands for, None where it is none of ours."""
    return COLUMNS.get(name.strip().lower())
