"""The many images that one name of ``tclean`` and its kin stands for."""

from typing import Final

from recompute.access.declaration import Access, Named, Parameters
from recompute.model import Json, Use

# Of casacore's SIImageStore, and .prev.mask and .cf of imagerhelpers/imager_base.py.
_PLAIN: Final = (
    ".cf",
    ".gridwt_moswt",
    ".image",
    ".image.pbcor",
    ".mask",
    ".model",
    ".pb",
    ".prev.mask",
    ".psf",
    ".residual",
    ".sumwt",
    ".weight",
)
_TERMS: Final = (".image", ".model", ".residual", ".pb")
_PBCOR_TERMS: Final = (".image.tt{}.pbcor", ".image.pbcor.tt{}")
# The weights' Taylor terms are those of the products of two terms.
_SPECTRAL_TERMS: Final = (".psf", ".sumwt", ".weight")
_INDICES: Final = (
    ".alpha",
    ".alpha.error",
    ".alpha.pbcor",
    ".beta",
    ".beta.pbcor",
)
# An outlier file may set the number of terms for its own images.
_MOST_TERMS: Final = 4
_JOINED: Final = (".int.cube", ".sd.cube", ".joint.cube", ".joint.multiterm")


def images(terms: int) -> tuple[str, ...]:
    """Return all endings of ``imagename``.

    Parameters
    ----------
    terms : int
        Taylor terms; 0 for a deconvolver without them.
    """
    taylor = [f"{each}.tt{term}" for each in _TERMS for term in range(terms)]
    taylor += [each.format(term) for each in _PBCOR_TERMS for term in range(terms)]
    taylor += [f"{each}.tt{term}" for each in _SPECTRAL_TERMS for term in range(2 * terms - 1)]
    return tuple(sorted({*_PLAIN, *taylor, *(_INDICES if terms else ())}))


def terms_of(parameters: Parameters) -> int:
    """Return the number of Taylor terms, 0 without a multi-term deconvolver."""
    terms = parameters.get("nterms", 0)
    wide = parameters.get("deconvolver") == "mtmfs" or parameters.get("specmode") == "mvc"
    return terms if wide and isinstance(terms, int) else 0


def imaged(parameters: Parameters) -> tuple[Access, ...]:
    """Return what ``tclean`` writes; the outlier file names more of it."""
    terms = terms_of(parameters)
    outliers = images(max(terms, _MOST_TERMS))
    return (
        Access("imagename", Use.UPDATE, endings=images(terms)),
        Access("outlierfile", Use.READ, Named.LISTING),
        Access("outlierfile", Use.UPDATE, Named.OUTLIERS, endings=outliers),
    )


def joined(parameters: Parameters) -> tuple[Access, ...]:
    """Return what ``sdintimaging`` writes."""
    every = images(terms_of(parameters))
    endings = tuple(f"{middle}{each}" for middle in _JOINED for each in every)
    return (Access("imagename", Use.UPDATE, endings=endings),)


def deconvolved(parameters: Parameters) -> tuple[Access, ...]:
    """Return what ``deconvolve`` changes."""
    return (Access("imagename", Use.UPDATE, endings=images(terms_of(parameters))),)


def with_wide_band(parameters: Parameters) -> tuple[Access, ...]:
    """Return what ``widebandpbcor`` reads and writes."""
    given: Json = parameters.get("nterms", 0)
    terms = given if isinstance(given, int) else 0
    endings = (
        *(f"{each}.tt{term}" for each in (".image", ".residual") for term in range(terms)),
        *(f".pbcor.image.tt{term}" for term in range(terms)),
        *(
            f"{middle}.image{each}"
            for middle in ("", ".pbcor")
            for each in (".alpha", ".alpha.error", ".beta")
        ),
        ".pbcor.workdirectory",
    )
    return (Access("imagename", Use.UPDATE, endings=endings),)
