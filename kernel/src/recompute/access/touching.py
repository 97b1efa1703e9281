"""From what a task does with its parameters to the paths that it touches."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from recompute.access.declaration import Access, Named, Parameters
from recompute.access.mentions import image_names, mentioned, text_of
from recompute.access.paths import beginning, exists, located
from recompute.model import Json, Touch, Use


def touches(accesses: Iterable[Access], parameters: Parameters, cwd: Path) -> tuple[Touch, ...]:
    """Return the paths that are touched, each once.

    Parameters
    ----------
    accesses : iterable of Access
        Those whose conditions hold.
    parameters : mapping
        Canonical.
    cwd : Path
        To which paths are relative.

    Raises
    ------
    PlaceError
        A file that names further paths cannot be read.
    """
    found = (
        each
        for access in accesses
        for slot, value in _values(access.parameter, parameters.get(access.parameter))
        for each in _touched(access, slot, value, cwd)
    )
    return _without_members(_merged(found))


def names_path(access: Access, value: Json, cwd: Path) -> bool:
    """Whether a value is a path, and so has one spelling."""
    if access.named in {Named.PERHAPS, Named.PART}:
        return exists(value, cwd)
    return access.named is not Named.EXPRESSION and isinstance(value, str)


def _values(name: str, value: Json) -> Iterator[tuple[str, str]]:
    """Yield the texts of a value with their slots."""
    if isinstance(value, str):
        yield name, value
    elif isinstance(value, list):
        for index, each in enumerate(value):
            if isinstance(each, str):
                yield f"{name}[{index}]", each


def _touched(access: Access, slot: str, value: str, cwd: Path) -> Iterator[Touch]:
    match access.named:
        case Named.PATH if value:
            yield _touch(access, slot, value, cwd)
        case Named.PERHAPS if exists(value, cwd):
            yield _touch(access, slot, value, cwd)
        case Named.PART if value:
            yield from _part(access, slot, value, cwd)
        case Named.EXPRESSION:
            yield from _mentions(slot, value, cwd)
        case Named.LISTING if value:
            yield _touch(access, slot, value, cwd)
            yield from _mentions(slot, text_of(value, cwd), cwd)
        case Named.OUTLIERS if value:
            for index, name in enumerate(image_names(text_of(value, cwd))):
                yield _touch(access, f"{slot}:imagename[{index}]", name, cwd)


def _part(access: Access, slot: str, value: str, cwd: Path) -> Iterator[Touch]:
    image, colon, _ = value.rpartition(":")
    if exists(value, cwd):
        yield _touch(access, slot, value, cwd)
    elif colon and (exists(image, cwd) or access.use.writes):
        yield _touch(access, slot, image, cwd)
    elif access.use.writes:
        yield _touch(access, slot, value, cwd)


def _mentions(slot: str, text: str, cwd: Path) -> Iterator[Touch]:
    for each in mentioned(text, cwd):
        yield Touch(f"{slot}:{each}", located(each, cwd), Use.READ)


def _touch(access: Access, slot: str, value: str, cwd: Path) -> Touch:
    slot = f"{slot}+{access.adds}" if access.adds else slot
    value = Path(value).name if access.here else value
    if access.endings:
        return Touch(slot, beginning(value, cwd, access.adds), access.use, access.endings)
    return Touch(slot, located(value, cwd, access.adds), access.use)


def _merged(found: Iterable[Touch]) -> list[Touch]:
    """Make one of the touches of one path: what is both read and made anew is changed."""
    merged: dict[tuple[Path, bool], Touch] = {}
    for each in found:
        place = (each.path, bool(each.family))
        known = merged.get(place, each)
        use = known.use if known.use is each.use else Use.UPDATE
        family = tuple(dict.fromkeys((*known.family, *each.family)))
        merged[place] = replace(known, use=use, family=family)
    return list(merged.values())


def _without_members(merged: list[Touch]) -> tuple[Touch, ...]:
    """Leave a member that is named by itself, too, to its family, which is then changed."""
    single = {each.path for each in merged if not each.family}
    taken: set[Path] = set()
    families = []
    for each in (each for each in merged if each.family):
        members = {Path(f"{each.path}{ending}") for ending in each.family} & single
        taken |= members
        families.append(replace(each, use=Use.UPDATE) if members else each)
    kept = [each for each in merged if not each.family and each.path not in taken]
    return (*kept, *families)
