"""The parameters of CASA's ``plotms``: names, types, defaults, and who honours them.

Names, order, types and defaults are those of casaplotms 2.9.1; the words are ours. The table is the
one source of what is checked, of ``definitions/plotms.xml`` and of the table in the documentation.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final


class Kind(StrEnum):
    """What type of value a parameter takes; the texts are those of CASA's XML files."""

    TEXT = "string"
    WHOLE = "int"
    SWITCH = "bool"
    NUMBERS = "doubleVec"
    TEXTS = "stringVec"  # a list of texts; a text is taken as a list of one
    TEXT_OR_TEXTS = "string|stringVec"
    WHOLE_OR_WHOLES = "int|intVec"
    SWITCH_OR_SWITCHES = "bool|boolVec"


class Honoured(StrEnum):
    """Whether our own engine does what a parameter says."""

    YES = "yes"
    IN_PART = "in part"
    NO = "no"
    SILENT = "no effect"  # means nothing here


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter.

    Attributes
    ----------
    name : str
        Its name.
    kind : Kind
        What it takes.
    default : object
        CASA's default.
    summary : str
        What it does, in one line.
    allowed : tuple of str
        The only texts that it takes, in lower case but where case matters; empty for any.
    under : tuple of (str, object)
        Parameters and their values that put this one in force; ``...`` for any but the empty one.
    ours : Honoured
        Whether our engine honours it.
    remark : str
        What of it, or why not.
    """

    name: str
    kind: Kind
    default: Any
    summary: str
    allowed: tuple[str, ...] = ()
    under: tuple[tuple[str, object], ...] = ()
    ours: Honoured = Honoured.YES
    remark: str = ""


_T, _W, _S = Kind.TEXT, Kind.WHOLE, Kind.SWITCH
_TT, _WW, _SS = Kind.TEXT_OR_TEXTS, Kind.WHOLE_OR_WHOLES, Kind.SWITCH_OR_SWITCHES
NOTHING: Final[list[Any]] = []  # a default of CASA; nobody changes it
_SELECT = (("selectdata", True),)
_AVERAGE = (("averagedata", True),)
_TRANSFORM = (("transform", True),)
_EXTEND = (("extendflag", True),)
_ITERATE = (("iteraxis", ...),)
_SYMBOL = (("customsymbol", True),)
_FLAGGED = (("customflaggedsymbol", True),)
_MAJOR = (("showmajorgrid", True),)
_MINOR = (("showminorgrid", True),)
_FILE = (("plotfile", ...),)
_VISIBILITIES = ("amp", "amplitude", "phase", "real", "imag", "imaginary")
_X = tuple(("xaxis", each) for each in _VISIBILITIES)
_Y = tuple(("yaxis", each) for each in _VISIBILITIES)
_X_SKY = (("xaxis", "ant-ra"), ("xaxis", "ant-dec"))
_Y_SKY = (("yaxis", "ant-ra"), ("yaxis", "ant-dec"))
_FRAMES = ("", "icrs", "j2000", "b1950", "galactic", "azelgeo")
_INTERPOLATIONS = ("", "nearest", "cubic spline", "spline")
_SHAPES = ("", "autoscaling", "circle", "square", "diamond", "pixel", "nosymbol")
_FILLS = ("", "fill", "mesh1", "mesh2", "mesh3", "nofill")
_STYLES = ("", "solid", "dash", "dot", "none")
_NO, _PART, _SILENT = Honoured.NO, Honoured.IN_PART, Honoured.SILENT
_SKY = "only ant-ra and ant-dec have it, which casaplotms draws"
_MESH = "meshes are drawn as lighter filling"

_WHERE: Final = (
    Parameter("vis", _T, "", "MeasurementSet or calibration table"),
    Parameter("caltable", _T, "", "Calibration table, instead of vis"),
    Parameter("gridrows", _W, 1, "Rows of plots on a page"),
    Parameter("gridcols", _W, 1, "Columns of plots on a page"),
    Parameter("rowindex", _W, 0, "Row of the page that the plot is put in, from 0"),
    Parameter("colindex", _W, 0, "Column of the page that the plot is put in, from 0"),
    Parameter(
        "plotindex", _W, 0, "Number of the plot among those that clearplots=False keeps, from 0"
    ),
)
_AXES: Final = (
    Parameter(
        "xaxis",
        _T,
        "",
        "Quantity along x; time where empty",
        ours=_PART,
        remark="all but ant-ra, ant-dec, antpos, radialvelocity, rho",
    ),
    Parameter(
        "xdatacolumn",
        _T,
        "",
        "Column that x is computed from; data where empty",
        under=_X,
        ours=_PART,
        remark="all but the scalar residuals (names ending in _scalar)",
    ),
    Parameter("xframe", _T, "", "Frame of ant-ra and ant-dec along x", _FRAMES, _X_SKY, _NO, _SKY),
    Parameter(
        "xinterp",
        _T,
        "",
        "How pointings are interpolated along x",
        _INTERPOLATIONS,
        _X_SKY,
        _NO,
        _SKY,
    ),
    Parameter(
        "yaxis",
        _TT,
        "",
        "Quantity along y, or a list of them; amp where empty",
        ours=_PART,
        remark="as xaxis",
    ),
    Parameter(
        "ydatacolumn",
        _TT,
        "",
        "Column that y is computed from; data where empty",
        under=_Y,
        ours=_PART,
        remark="as xdatacolumn",
    ),
    Parameter("yframe", _TT, "", "Frame of ant-ra and ant-dec along y", _FRAMES, _Y_SKY, _NO, _SKY),
    Parameter(
        "yinterp",
        _TT,
        "",
        "How pointings are interpolated along y",
        _INTERPOLATIONS,
        _Y_SKY,
        _NO,
        _SKY,
    ),
    Parameter(
        "yaxislocation", _TT, "", "Side of each y axis; left where empty", ("", "left", "right")
    ),
)
_SELECTED: Final = (
    Parameter("selectdata", _S, True, "Whether the selection below is in force"),
    Parameter("field", _T, "", "Fields by name or number", under=_SELECT),
    Parameter("spw", _T, "", "Spectral windows and channels", under=_SELECT),
    Parameter("timerange", _T, "", "Times", under=_SELECT),
    Parameter("uvrange", _T, "", "Lengths of projected baselines", under=_SELECT),
    Parameter("antenna", _T, "", "Antennas and baselines", under=_SELECT),
    Parameter("scan", _T, "", "Scan numbers", under=_SELECT),
    Parameter("correlation", _T, "", "Correlations, or polarisations of a table", under=_SELECT),
    Parameter("polarization", _T, "", "The same as correlation", under=_SELECT),
    Parameter(
        "antpos",
        _T,
        "",
        "Components of antenna-position tables",
        under=_SELECT,
        ours=_NO,
        remark="casaplotms draws such tables",
    ),
    Parameter("array", _T, "", "Subarrays", under=_SELECT),
    Parameter("observation", _T, "", "Observation numbers", under=_SELECT),
    Parameter("intent", _T, "", "Observing intents", under=_SELECT),
    Parameter("feed", _T, "", "Feed numbers", under=_SELECT),
    Parameter("msselect", _T, "", "Condition in TaQL", under=_SELECT),
)
_AVERAGED: Final = (
    Parameter("averagedata", _S, True, "Whether the averaging below is in force"),
    Parameter("avgchannel", _T, "", "So many channels into one", under=_AVERAGE),
    Parameter("avgtime", _T, "", "So many seconds into one", under=_AVERAGE),
    Parameter("avgscan", _S, False, "Average times across scans", under=_AVERAGE),
    Parameter("avgfield", _S, False, "Average times across fields", under=_AVERAGE),
    Parameter("avgbaseline", _S, False, "All baselines into one", under=_AVERAGE),
    Parameter("avgantenna", _S, False, "The baselines of each antenna into one", under=_AVERAGE),
    Parameter("avgspw", _S, False, "All spectral windows into one", under=_AVERAGE),
    Parameter("scalar", _S, False, "Average amplitudes and phases", under=_AVERAGE),
)
_TRANSFORMED: Final = (
    Parameter("transform", _S, True, "Whether the transforms below are in force"),
    Parameter(
        "freqframe",
        _T,
        "",
        "Frame of frequencies and velocities",
        ("", "LSRK", "LSRD", "BARY", "GEO", "TOPO", "GALACTO", "LGROUP", "CMB"),
        _TRANSFORM,
    ),
    Parameter("restfreq", _T, "", "Rest frequency, such as 1420.4MHz", under=_TRANSFORM),
    Parameter(
        "veldef",
        _T,
        "RADIO",
        "Definition of velocity",
        ("RADIO", "OPTICAL", "TRUE"),
        _TRANSFORM,
    ),
    Parameter(
        "phasecenter",
        _T,
        "",
        "Direction that phases are moved to",
        under=_TRANSFORM,
        ours=_NO,
        remark="casaplotms moves them",
    ),
    Parameter(
        "extendflag",
        _S,
        False,
        "Whether flags are extended",
        ours=_SILENT,
        remark="choose it where you flag in the picture",
    ),
    Parameter(
        "extcorr", _S, False, "Extend flags to all correlations", under=_EXTEND, ours=_SILENT,
        remark="as extendflag",
    ),
    Parameter(
        "extchannel", _S, False, "Extend flags to all channels", under=_EXTEND, ours=_SILENT,
        remark="as extendflag",
    ),
)  # fmt: skip
_ITERATED: Final = (
    Parameter(
        "iteraxis",
        _T,
        "",
        "Quantity of which each value has a plot of its own",
        ours=_PART,
        remark="all but antpos; also any other quantity of whole numbers",
    ),
    Parameter("xselfscale", _S, False, "The plots have one x range", under=_ITERATE),
    Parameter("yselfscale", _S, False, "The plots have one y range", under=_ITERATE),
    Parameter("xsharedaxis", _S, False, "A column of plots has one x axis", under=_ITERATE),
    Parameter("ysharedaxis", _S, False, "A row of plots has one y axis", under=_ITERATE),
)
_DRAWN: Final = (
    Parameter("customsymbol", _SS, NOTHING, "Whether the symbols below are in force"),
    Parameter("symbolshape", _TT, "autoscaling", "Shape of points", _SHAPES, _SYMBOL),
    Parameter("symbolsize", _WW, 2, "Size of points in pixels", under=_SYMBOL),
    Parameter("symbolcolor", _TT, "0000ff", "Colour of points", under=_SYMBOL),
    Parameter("symbolfill", _TT, "fill", "Filling of points", _FILLS, _SYMBOL, _PART, _MESH),
    Parameter("symboloutline", _SS, False, "Whether points have an outline", under=_SYMBOL),
    Parameter(
        "coloraxis",
        _T,
        "",
        "Quantity that gives points their colour",
        ours=_PART,
        remark="any quantity but antpos; CASA takes a list of eleven",
    ),
    Parameter("customflaggedsymbol", _SS, False, "Whether flagged points are shown"),
    Parameter("flaggedsymbolshape", _TT, "circle", "Shape of flagged points", _SHAPES, _FLAGGED),
    Parameter("flaggedsymbolsize", _WW, 2, "Size of flagged points in pixels", under=_FLAGGED),
    Parameter("flaggedsymbolcolor", _TT, "ff0000", "Colour of flagged points", under=_FLAGGED),
    Parameter(
        "flaggedsymbolfill", _TT, "fill", "Filling of flagged points", _FILLS, _FLAGGED, _PART,
        _MESH,
    ),
    Parameter(
        "flaggedsymboloutline", _SS, False, "Whether flagged points have an outline",
        under=_FLAGGED,
    ),
    Parameter(
        "xconnector", _T, "", "Line that connects points", ("", "none", "line", "step"),
        ours=_PART, remark="up to a million points of a plot",
    ),
    Parameter(
        "timeconnector", _S, False, "Connect in the order of time instead of x",
        under=(("xconnector", "line"), ("xconnector", "step")),
    ),
    Parameter("plotrange", Kind.NUMBERS, NOTHING, "Ends of the axes: left, right, bottom, top"),
)  # fmt: skip
_LABELLED: Final = (
    Parameter("title", _T, "", "Title; %%x%% and others stand for what is plotted"),
    Parameter("titlefont", _W, 0, "Size of the title in points; 0 for one that fits"),
    Parameter("xlabel", _T, "", "Label of the x axis, as title"),
    Parameter("xaxisfont", _W, 0, "Size of the x label in points; 0 for one that fits"),
    Parameter("ylabel", _T, "", "Label of the y axis, as title"),
    Parameter("yaxisfont", _W, 0, "Size of the y label in points; 0 for one that fits"),
    Parameter("showmajorgrid", _S, False, "Whether ticks have grid lines"),
    Parameter("majorwidth", _W, 1, "Width of these lines in pixels", under=_MAJOR),
    Parameter("majorstyle", _T, "", "Style of these lines", _STYLES, _MAJOR),
    Parameter("majorcolor", _T, "B0B0B0", "Colour of these lines", under=_MAJOR),
    Parameter("showminorgrid", _S, False, "Whether minor ticks have grid lines"),
    Parameter("minorwidth", _W, 1, "Width of these lines in pixels", under=_MINOR),
    Parameter("minorstyle", _T, "", "Style of these lines", _STYLES, _MINOR),
    Parameter("minorcolor", _T, "D0D0D0", "Colour of these lines", under=_MINOR),
    Parameter("showlegend", _S, False, "Whether there is a legend"),
    Parameter(
        "legendposition",
        _T,
        "",
        "Where the legend is; upperRight where empty",
        (
            "",
            "upperRight",
            "upperLeft",
            "lowerRight",
            "lowerLeft",
            "exteriorRight",
            "exteriorLeft",
            "exteriorTop",
            "exteriorBottom",
        ),
        (("showlegend", True),),
    ),
)
_SAVED: Final = (
    Parameter("plotfile", _T, "", "File that the picture is saved in"),
    Parameter(
        "expformat",
        _T,
        "",
        "Format of the file; by its name where empty",
        ("", "jpg", "png", "ps", "eps", "pdf", "svg", "txt"),
        _FILE,
    ),
    Parameter("verbose", _S, True, "Say in a text what each point is", under=_FILE),
    Parameter(
        "exprange", _T, "", "Which pages are saved; current where empty", ("", "current", "all"),
        _FILE,
    ),
    Parameter("highres", _S, False, "Twice the pixels per inch", under=_FILE),
    Parameter("dpi", _W, -1, "Pixels per inch; -1 for 100", under=_FILE),
    Parameter("width", _W, -1, "Width in pixels; -1 for the usual", under=_FILE),
    Parameter("height", _W, -1, "Height in pixels; -1 for the usual", under=_FILE),
    Parameter("overwrite", _S, False, "Whether a file that is there may be replaced", under=_FILE),
    Parameter(
        "showgui", _S, True, "Whether CASA opens a window", ours=_SILENT,
        remark="no engine opens one here",
    ),
    Parameter("clearplots", _S, True, "Whether plots of earlier calls go first"),
    Parameter(
        "callib", Kind.TEXTS, NOTHING, "Calibration to apply on the fly", ours=_NO,
        remark="casaplotms applies it",
    ),
    Parameter("headeritems", _T, "", "What is said above the plots, separated by commas"),
    Parameter(
        "showatm", _S, False, "Draw the transmission of the atmosphere", ours=_NO,
        remark="casaplotms draws it",
    ),
    Parameter(
        "showtsky", _S, False, "Draw the temperature of the sky", ours=_NO,
        remark="casaplotms draws it",
    ),
    Parameter(
        "showimage", _S, False, "Draw the image sideband with either", ours=_NO,
        remark="casaplotms draws it",
    ),
    Parameter(
        "colorizeoverlay", _S, False, "Colour these curves by coloraxis", ours=_NO,
        remark="casaplotms does",
    ),
    Parameter(
        "engine", _T, "", "Who draws: casahub, casaplotms; empty for whoever can",
        ("", "casahub", "casaplotms"), remark="not of CASA",
    ),
)  # fmt: skip
PARAMETERS: Final[Sequence[Parameter]] = (
    *_WHERE,
    *_AXES,
    *_SELECTED,
    *_AVERAGED,
    *_TRANSFORMED,
    *_ITERATED,
    *_DRAWN,
    *_LABELLED,
    *_SAVED,
)
