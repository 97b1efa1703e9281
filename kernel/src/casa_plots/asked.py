"""Which data are asked for: selection, averaging, transforms, under CASA's names."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Selection:
    """CASA's selection strings, in CASA's syntax; an empty one selects everything."""

    field: str = ""
    spw: str = ""
    timerange: str = ""
    uvrange: str = ""
    antenna: str = ""
    scan: str = ""
    correlation: str = ""
    array: str = ""
    observation: str = ""
    intent: str = ""
    feed: str = ""
    msselect: str = ""  # TaQL


@dataclass(frozen=True, slots=True)
class Averaging:
    """What is averaged before anything is computed from it, as in ``plotms``.

    Attributes
    ----------
    channels : float
        ``avgchannel``: this many channels into one; 0 and 1 for none.
    seconds : float
        ``avgtime``; 0 for none.
    scan, field : bool
        Time averaging goes across scans or fields.
    baseline, antenna : bool
        All baselines into one, or all baselines of each antenna.
    spw : bool
        All spectral windows into one.
    scalar : bool
        Amplitudes and phases instead of complex numbers.
    """

    channels: float = 0.0
    seconds: float = 0.0
    scan: bool = False
    field: bool = False
    baseline: bool = False
    antenna: bool = False
    spw: bool = False
    scalar: bool = False


@dataclass(frozen=True, slots=True)
class Transform:
    """How frequencies, velocities and phases are to be understood.

    Attributes
    ----------
    frame : str
        ``freqframe``: a frequency frame of casacore such as ``LSRK``; empty for the table's own.
    velocity_definition : str
        ``veldef``: ``RADIO``, ``OPTICAL`` or ``TRUE``.
    rest_frequency : str
        ``restfreq`` such as ``1420.405752MHz``; empty for the one of the SOURCE subtable.
    shift : tuple of float
        Move of the phase centre in arcseconds, east and north.
    """

    frame: str = ""
    velocity_definition: str = "RADIO"
    rest_frequency: str = ""
    shift: tuple[float, float] = (0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Asked:
    """All that says which points a plot is of.

    Attributes
    ----------
    path : str
        The table.
    selection, averaging, transform
        See there.
    """

    path: str
    selection: Selection = Selection()
    averaging: Averaging = Averaging()
    transform: Transform = Transform()
