"""What changed between two fingerprints, in words."""

from collections.abc import Mapping

# The parts whose value is what a reader wants to see.
_VERSIONS = ("package ", "python")


def difference(old: Mapping[str, str], new: Mapping[str, str]) -> list[str]:
    """Return one phrase for each part that is not the same: ``helper `smooth` changed``.

    Parameters
    ----------
    old, new : mapping
        The parts of two fingerprints.
    """
    names = sorted({*old, *new}, key=lambda name: (name.startswith(_VERSIONS), name))
    parts = [(name, old.get(name), new.get(name)) for name in names]
    return [_phrase(name, before, after) for name, before, after in parts if before != after]


def _phrase(name: str, old: str | None, new: str | None) -> str:
    kind, _, what = name.partition(" ")
    subject = f"{kind} `{what}`" if what else f"the function's {kind}"
    if name == "python":
        subject = "Python"
    if old is None:
        return f"{subject} is new"
    if new is None:
        return f"{subject} is no longer used"
    if name.startswith(_VERSIONS):
        return f"{subject} was {old}, is {new}"
    return f"{subject} changed"
