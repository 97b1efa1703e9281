"""The quantities that can be plotted, under CASA's names."""

from dataclasses import dataclass
from enum import StrEnum


class Axis(StrEnum):
    """A quantity that each visibility, or each calibration solution, has a value of.

    The values are CASA's names, as ``plotms`` takes them.
    """

    # Of the observation
    SCAN = "scan"
    FIELD = "field"
    TIME = "time"  # MJD seconds, in the scale of the table
    INTERVAL = "interval"  # s
    SPW = "spw"
    CHANNEL = "channel"
    FREQUENCY = "frequency"  # GHz
    VELOCITY = "velocity"  # km/s
    CORR = "corr"
    ANTENNA1 = "antenna1"
    ANTENNA2 = "antenna2"
    ANTENNA = "antenna"  # a point for either antenna of a baseline
    BASELINE = "baseline"
    ROW = "row"
    OBSERVATION = "observation"
    INTENT = "intent"
    FEED1 = "feed1"
    FEED2 = "feed2"
    # Of visibilities, or of complex gains
    AMP = "amp"
    PHASE = "phase"  # degrees, -180 to 180
    REAL = "real"
    IMAG = "imag"
    WT = "wt"
    WTAMP = "wtamp"  # weight times amplitude
    WTSP = "wtsp"
    SIGMA = "sigma"
    SIGMASP = "sigmasp"
    FLAG = "flag"  # 0 or 1
    FLAGROW = "flagrow"  # 0 or 1
    SNR = "snr"
    # Of geometry
    UVDIST = "uvdist"  # m
    UVWAVE = "uvwave"  # wavelengths
    U = "u"  # m
    V = "v"
    W = "w"
    UWAVE = "uwave"  # wavelengths
    VWAVE = "vwave"
    WWAVE = "wwave"
    AZIMUTH = "azimuth"  # degrees, of the array's reference position
    ELEVATION = "elevation"
    HOURANGLE = "hourang"  # hours
    PARANGLE = "parang"  # degrees
    ANT_AZIMUTH = "ant-azimuth"  # degrees, of each antenna
    ANT_ELEVATION = "ant-elevation"
    ANT_PARANGLE = "ant-parang"
    # Of calibration tables
    GAINAMP = "gainamp"
    GAINPHASE = "gainphase"  # degrees
    GAINREAL = "gainreal"
    GAINIMAG = "gainimag"
    DELAY = "delay"  # ns
    RATE = "rate"  # ps/s
    DISPDELAY = "disp"  # of dispersive delay: TEC, 1e16/m2
    OPACITY = "opac"
    TSYS = "tsys"  # K
    SWPOWER = "swp"
    TEC = "tec"


class Column(StrEnum):
    """Which visibilities, under CASA's names (``xdatacolumn``, ``ydatacolumn``)."""

    DATA = "data"
    CORRECTED = "corrected"
    MODEL = "model"
    RESIDUAL = "residual"  # corrected minus model
    DATA_MINUS_MODEL = "data-model"
    DATA_OVER_MODEL = "data/model"
    CORRECTED_OVER_MODEL = "corrected/model"
    FLOAT = "float"


@dataclass(frozen=True, slots=True)
class Quantity:
    """An axis, and the column that it is computed from; None for one that needs no visibilities."""

    axis: Axis
    column: Column | None = None
