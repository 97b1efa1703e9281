"""``plotweather``: CASA's own task, which also estimates zenith opacities for the VLA."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from casa_plots.antennas import read_observatory
from casa_plots.borrowed import Run, drawn_by, keep, pages_of, text_of
from casa_plots.errors import MissingDataError
from casa_plots.picture import Format, Pages
from casa_plots.saving import check_place, format_of
from casa_plots.tables import opened

_VLA: Final = {"VLA", "EVLA"}


def plotweather(run: Run, *, overwrite: bool = False, **parameters: object) -> Pages:
    """Return what CASA's ``plotweather`` draws; the opacities are among the notes.

    Parameters
    ----------
    run : callable
        Runs the task: ``run("plotweather", parameters)``.
    overwrite : bool
        ``plotName`` may exist.
    **parameters
        The task's. Nothing is written beside the MeasurementSet, as CASA does, unless ``plotName``
        says so. With ``doPlot=False`` there are no views.

    Raises
    ------
    MissingDataError
        There is no such MeasurementSet, or it has no weather to draw.
    FileInTheWayError, InvalidParameterError
        ``plotName`` cannot be written; nothing was drawn.
    """
    vis = text_of(parameters, "vis")
    frequencies = _frequencies(vis)
    file = Path(text_of(parameters, "plotName")).expanduser()
    wanted = bool(file.name)
    if wanted:
        format_of(file)
        check_place([file], overwrite=overwrite)
    telescope = read_observatory(Path(vis)).telescope
    notes = []
    if telescope not in _VLA:
        notes.append(f"The opacities are the VLA's at its altitude; these data are {telescope}'s.")
    if not parameters.get("doPlot", True):
        result = run("plotweather", parameters)
        return Pages("plotweather", (), notes=[*notes, *opacities(frequencies, result)])
    if not records(Path(vis)):
        raise MissingDataError(
            f"{vis} has no weather to draw: its subtable WEATHER is missing or empty. "
            "plotweather(doPlot=False) estimates opacities from the season alone."
        )
    suffix = Format.PNG if not wanted else format_of(file)
    name = f"weather.{suffix.value}" if not wanted else file.name
    drawn = drawn_by(run, "plotweather", parameters, file="plotName", name=name)
    if wanted and suffix is not Format.PNG:
        # What is shown is drawn once more: pixels for the eye, the other format for the file.
        kept, drawn = (
            drawn,
            drawn_by(run, "plotweather", parameters, file="plotName", name="weather.png"),
        )
    else:
        kept = drawn
    measured = opacities(frequencies, drawn.result)
    title = f"Weather of {Path(vis).name}"
    told = f"{title}: elevation of the Sun, wind, temperature and dew point, water vapour, opacity."
    pages = pages_of(
        "plotweather",
        drawn,
        lambda _: (title, " ".join([told, *measured])),
        [*notes, *measured],
    )
    return keep(pages, kept, file.parent, overwrite=overwrite) if wanted else pages


def records(vis: Path) -> int:
    """Return how many records of the weather there are."""
    if not (vis / "WEATHER" / "table.dat").is_file():
        return 0
    with opened(vis / "WEATHER") as table:
        return int(table.nrows())


def _frequencies(vis: str) -> list[float]:
    """Return the reference frequencies of the spectral windows, in GHz."""
    with opened(Path(vis) / "SPECTRAL_WINDOW") as table:
        return [float(each) / 1e9 for each in table.getcol("REF_FREQUENCY")]


def opacities(frequencies: Sequence[float], result: object) -> list[str]:
    """Return what the task returned, in words: a zenith opacity for each spectral window."""
    if isinstance(result, Mapping) or not isinstance(result, Sequence):
        return []
    return [
        f"spw {number} ({frequency:.3f} GHz): zenith opacity {float(opacity):.4f} nepers."
        for number, (frequency, opacity) in enumerate(zip(frequencies, result, strict=False))
    ]
