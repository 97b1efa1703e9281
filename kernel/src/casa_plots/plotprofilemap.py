"""``plotprofilemap``: CASA's own task, spectra of a cube where they are in the sky."""

from pathlib import Path

from casa_plots.borrowed import Run, drawn_by, keep, pages_of, text_of
from casa_plots.errors import MissingDataError
from casa_plots.picture import Pages
from casa_plots.saving import check_place


def plotprofilemap(run: Run, **parameters: object) -> Pages:
    """Return what CASA's ``plotprofilemap`` draws.

    Parameters
    ----------
    run : callable
        Runs the task: ``run("plotprofilemap", parameters)``.
    **parameters
        The task's. With ``figfile`` the picture is kept there: it is a PNG whatever its suffix, as
        CASA's task has no other format. ``overwrite`` is the task's own parameter.

    Raises
    ------
    MissingDataError
        There is no such image.
    EmptyPlotError
        CASA drew nothing.
    FileInTheWayError, InvalidParameterError
        ``figfile`` cannot be written; nothing was drawn.
    """
    image = text_of(parameters, "imagename")
    if not image or not Path(image).exists():
        raise MissingDataError(f"There is no {image!r}: name a CASA or FITS cube (imagename).")
    figfile = Path(text_of(parameters, "figfile")).expanduser()
    overwrite = bool(parameters.get("overwrite", False))
    if figfile.name:
        check_place([figfile], overwrite=overwrite)
    name = f"{figfile.name or 'profiles'}"
    drawn = drawn_by(
        run, "plotprofilemap", {**parameters, "overwrite": True}, file="figfile", name=f"{name}.png"
    )
    title = f"Profile map of {Path(image).name}"
    pages = pages_of(
        "plotprofilemap",
        drawn,
        lambda _: (title, f"{title}: spectra averaged over squares of the sky, each in its place."),
    )
    if not figfile.name:
        return pages
    named = type(drawn)(drawn.result, tuple((figfile.name, each[1]) for each in drawn.pictures), ())
    return keep(pages, named, figfile.parent, overwrite=overwrite)
