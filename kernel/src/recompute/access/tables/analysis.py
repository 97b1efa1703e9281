"""Image analysis."""

from typing import Final

from recompute.access.declaration import Access, Declaration, Named, Refusal
from recompute.access.wording import (
    appends,
    creates,
    given,
    may_read,
    mentions,
    named,
    reads,
    refuses,
    switched,
    unless,
    unnamed,
    updates,
    writes,
)
from recompute.model import Use

_REGION: Final = (*may_read("region"), *mentions("mask"))
_SAME: Final = "it may hold this"
# Of ``ia.moments``, which adds them where there are several.
_MOMENTS: Final = (
    ".average",
    ".integrated",
    ".weighted_coord",
    ".weighted_dispersion_coord",
    ".median",
    ".median_coord",
    ".standard_deviation",
    ".rms",
    ".abs_mean_dev",
    ".maximum",
    ".maximum_coord",
    ".minimum",
    ".minimum_coord",
)
_PROFILES: Final = (
    "amp",
    "amperr",
    "center",
    "centererr",
    "fwhm",
    "fwhmerr",
    "integral",
    "integralerr",
)
_BY_THE_FIT: Final = "its images' names end in what the fit has found"


def _images(*parameters: str) -> tuple[Access, ...]:
    """Make images that no switch protects; a fit that does not converge makes none."""
    return tuple(updates(each, stays=_SAME) for each in parameters)


def _to_image(task: str, *more: Access, outfile: str = "outfile") -> Declaration:
    """Declare a task from image to image with a region, a mask and the switch overwrite."""
    return Declaration(task, (*reads("imagename"), *_REGION, *more, *switched(outfile)))


DECLARATIONS: Final = (
    Declaration(
        "imstat",
        (*reads("imagename"), *_REGION, *appends("logfile", stays=_SAME)),
    ),
    Declaration("imval", (*reads("imagename"), *may_read("region"))),
    Declaration(
        "imhead",
        (
            *reads("imagename", when=(given("mode", "list", "summary", "get"),)),
            updates(
                "imagename",
                when=(unless("mode", "list", "summary", "get"),),
                stays="the value may be there",
            ),
        ),
        (refuses("it shows the history, which is no part of a state", given("mode", "history")),),
    ),
    Declaration(
        "imfit",
        (
            *reads("imagename"),
            *_REGION,
            *may_read("estimates", "rms"),
            *appends("logfile", stays=_SAME),
            *_images("residual", "model", "newestimates", "complist", "summary"),
        ),
    ),
    Declaration(
        "specfit",
        (
            *reads("imagename"),
            *_REGION,
            *may_read("estimates", "sigma"),
            *appends("logfile", stays=_SAME),
            *_images("model", "residual", "outsigma"),
        ),
        tuple(Refusal(_BY_THE_FIT, (named(each),)) for each in _PROFILES),
    ),
    Declaration(
        "spxfit",
        (
            *reads("imagename"),
            *_REGION,
            *may_read("sigma"),
            *appends("logfile", stays=_SAME),
            *_images("model", "residual", "outsigma"),
        ),
        tuple(Refusal(_BY_THE_FIT, (named(each),)) for each in ("spxsol", "spxerr")),
    ),
    Declaration("specflux", (*reads("imagename"), *_REGION, *switched("logfile"))),
    Declaration(
        "rmfit",
        (
            *reads("imagename"),
            *_images("rm", "rmerr", "pa0", "pa0err", "nturns", "chisq"),
        ),
    ),
    Declaration(
        "immath",
        (
            *may_read("imagename", "imagemd"),
            *mentions("expr"),
            *_REGION,
            creates("outfile"),
        ),
        why="an expression may name images instead of IM0",
    ),
    Declaration(
        "immoments",
        (
            *reads("imagename"),
            *_REGION,
            creates("outfile", endings=("", *_MOMENTS)),
        ),
        why="several moments have endings, one has none",
    ),
    *(
        _to_image(task)
        for task in (
            "imcollapse",
            "imsubimage",
            "imrebin",
            "imdev",
            "impv",
            "specsmooth",
        )
    ),
    _to_image("imsmooth", *may_read("kimage")),
    Declaration("imregrid", (*reads("imagename"), *may_read("template"), *switched("output"))),
    Declaration(
        "imreframe",
        (
            *reads("imagename", when=(named("output"),)),
            updates("imagename", when=(unnamed("output"),), stays="it may be in this frame"),
            writes("output"),
        ),
        why="without output it changes the image",
    ),
    Declaration("imtrans", (*reads("imagename"), creates("outfile"))),
    Declaration(
        "imcontsub",
        (*reads("imagename"), *may_read("region"), creates("linefile"), creates("contfile")),
    ),
    Declaration(
        "imbaseline",
        (
            *reads("imagename"),
            *may_read("blparam", "kimage"),
            creates("linefile"),
            Access(
                "imagename",
                Use.UPDATE,
                adds=".cont",
                when=(given("output_cont", True),),
                here=True,
            ),
            updates("bloutput", stays="it may ignore it for a name of its own"),
            Access(
                "imagename",
                Use.CREATE,
                adds=".ms_blparam.csv",
                here=True,
                stays="not made with bloutput",
            ),
        ),
        (refuses("linefile is empty: the name is made of the image's", unnamed("linefile")),),
        why="leaves tables named after the image in the working directory; where one is there,"
        " the new one has a name that nobody can know",
    ),
    Declaration(
        "makemask",
        (
            Access("inpimage", Use.READ, Named.PART),
            Access("inpmask", Use.READ, Named.PART),
            Access(
                "inpmask",
                Use.UPDATE,
                Named.PART,
                when=(given("mode", "delete", "setdefaultmask"),),
                stays="it may be the default",
            ),
            Access(
                "inpimage",
                Use.UPDATE,
                Named.PART,
                when=(given("mode", "copy", "expand"), unnamed("output")),
            ),
            Access(
                "output",
                Use.UPDATE,
                Named.PART,
                when=(given("mode", "copy", "expand"),),
                stays="the mask may be the same",
            ),
        ),
        why="an output may be a mask in an image that is there",
    ),
    Declaration("plotprofilemap", (*reads("imagename"), *switched("figfile"))),
    Declaration(
        "sdsidebandsplit",
        (*reads("imagename"), *switched("outfile", endings=(".signalband", ".imageband"))),
    ),
    Declaration("sdfixscan", (*reads("infiles"), *switched("outfile"))),
)
