"""What remains of an interactive clean beside its images: a script, and inputs that tget reads."""

from pathlib import Path

from casa_plots.cleaning.cleaning import Cleaning

from casa_kernel.inputs.saved import format_saved


def keep(cleaning: Cleaning) -> Path | None:
    """Write ``<imagename>.masks/clean-01.py``, and ``cycle-01.last`` and so on; return the script.

    Nothing is overwritten: a later clean of the same images has the next numbers. Nothing is
    written without a cycle.
    """
    if cleaning.cycles == 0:
        return None
    place = Path(f"{cleaning.imagename}.masks")
    place.mkdir(parents=True, exist_ok=True)
    for made in cleaning.made[1 : 1 + cleaning.cycles]:
        _write_next(place, "cycle", ".last", format_saved("tclean", made.parameters))
    return _write_next(place, "clean", ".py", cleaning.script())


def _write_next(place: Path, stem: str, ending: str, text: str) -> Path:
    found = [each.stem.rpartition("-")[2] for each in place.glob(f"{stem}-*{ending}")]
    number = max((int(each) for each in found if each.isdigit()), default=0) + 1
    path = place / f"{stem}-{number:02}{ending}"
    draft = path.with_name(f".{path.name}.new")
    draft.write_text(text, encoding="utf-8")
    draft.rename(path)
    return path
