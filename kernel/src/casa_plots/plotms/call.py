"""The signature of ``plotms``: CASA's parameters in CASA's order with CASA's defaults."""

from collections.abc import Sequence

from casa_plots.picture import Pages
from casa_plots.plotms.board import Board
from casa_plots.plotms.parameters import NOTHING, PARAMETERS
from casa_plots.plotms.task import run


def plotms(
    vis: str = "",
    caltable: str = "",
    gridrows: int = 1,
    gridcols: int = 1,
    rowindex: int = 0,
    colindex: int = 0,
    plotindex: int = 0,
    xaxis: str = "",
    xdatacolumn: str = "",
    xframe: str = "",
    xinterp: str = "",
    yaxis: str | Sequence[str] = "",
    ydatacolumn: str | Sequence[str] = "",
    yframe: str | Sequence[str] = "",
    yinterp: str | Sequence[str] = "",
    yaxislocation: str | Sequence[str] = "",
    selectdata: bool = True,
    field: str = "",
    spw: str = "",
    timerange: str = "",
    uvrange: str = "",
    antenna: str = "",
    scan: str = "",
    correlation: str = "",
    polarization: str = "",
    antpos: str = "",
    array: str = "",
    observation: str = "",
    intent: str = "",
    feed: str = "",
    msselect: str = "",
    averagedata: bool = True,
    avgchannel: str = "",
    avgtime: str = "",
    avgscan: bool = False,
    avgfield: bool = False,
    avgbaseline: bool = False,
    avgantenna: bool = False,
    avgspw: bool = False,
    scalar: bool = False,
    transform: bool = True,
    freqframe: str = "",
    restfreq: str = "",
    veldef: str = "RADIO",
    phasecenter: str = "",
    extendflag: bool = False,
    extcorr: bool = False,
    extchannel: bool = False,
    iteraxis: str = "",
    xselfscale: bool = False,
    yselfscale: bool = False,
    xsharedaxis: bool = False,
    ysharedaxis: bool = False,
    customsymbol: bool | Sequence[bool] = NOTHING,
    symbolshape: str | Sequence[str] = "autoscaling",
    symbolsize: int | Sequence[int] = 2,
    symbolcolor: str | Sequence[str] = "0000ff",
    symbolfill: str | Sequence[str] = "fill",
    symboloutline: bool | Sequence[bool] = False,
    coloraxis: str = "",
    customflaggedsymbol: bool | Sequence[bool] = False,
    flaggedsymbolshape: str | Sequence[str] = "circle",
    flaggedsymbolsize: int | Sequence[int] = 2,
    flaggedsymbolcolor: str | Sequence[str] = "ff0000",
    flaggedsymbolfill: str | Sequence[str] = "fill",
    flaggedsymboloutline: bool | Sequence[bool] = False,
    xconnector: str = "",
    timeconnector: bool = False,
    plotrange: Sequence[float] = NOTHING,
    title: str = "",
    titlefont: int = 0,
    xlabel: str = "",
    xaxisfont: int = 0,
    ylabel: str = "",
    yaxisfont: int = 0,
    showmajorgrid: bool = False,
    majorwidth: int = 1,
    majorstyle: str = "",
    majorcolor: str = "B0B0B0",
    showminorgrid: bool = False,
    minorwidth: int = 1,
    minorstyle: str = "",
    minorcolor: str = "D0D0D0",
    showlegend: bool = False,
    legendposition: str = "",
    plotfile: str = "",
    expformat: str = "",
    verbose: bool = True,
    exprange: str = "",
    highres: bool = False,
    dpi: int = -1,
    width: int = -1,
    height: int = -1,
    overwrite: bool = False,
    showgui: bool = True,
    clearplots: bool = True,
    callib: str | Sequence[str] = NOTHING,
    headeritems: str = "",
    showatm: bool = False,
    showtsky: bool = False,
    showimage: bool = False,
    colorizeoverlay: bool = False,
    engine: str = "",
    *,
    board: Board | None = None,
) -> Pages:
    """Plot visibilities or calibration solutions.

    Parameters
    ----------
    vis : str
        MeasurementSet or calibration table.
    xaxis, yaxis : str
        What is along the axes; `yaxis` may be a list.
    engine : str
        ``casahub``, ``casaplotms``, or empty for ours where it can.
    board : Board, optional
        What earlier calls drew, for ``clearplots=False``; not of CASA.

    The others are CASA's, see ``docs/users/plots/parameters.md``.

    Returns
    -------
    Pages
        Nothing is drawn yet, but what ``plotfile`` asked for.

    Raises
    ------
    InvalidParameterError
        A parameter has a value that means nothing.
    PlotError
        What was asked for cannot be plotted; the message says why and what to do.
    """
    given = locals()
    return run(
        {each.name: given[each.name] for each in PARAMETERS},
        Board() if board is None else board,
    )
