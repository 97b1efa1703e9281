"""What was done, as a Python script that does it again without anybody."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Made:
    """A call of `tclean` that was made.

    Attributes
    ----------
    says : str
        What it was for.
    parameters : mapping
        All that it was called with.
    renews : bool
        Whether the mask that CASA had left was removed before: it takes no other beside it.
    """

    says: str
    parameters: Mapping[str, Any]
    renews: bool = False


def script(imagename: str, made: Sequence[Made]) -> str:
    """Return Python code that makes the same calls.

    Parameters
    ----------
    imagename : str
        As `tclean` has it.
    made : sequence of Made
        In order.
    """
    common = _common([each.parameters for each in made])
    lines = [
        f"# The interactive clean of {imagename}, as it was done; masks are beside the images.",
        "# It makes the same images if what it finds under this name is what was there before.",
        *(["import shutil"] if any(each.renews for each in made) else []),
        "",
        "from casatasks import tclean",
        "",
        "inputs = dict(",
        *(f"    {name}={value!r}," for name, value in common.items()),
        ")",
    ]
    for each in made:
        own = {n: v for n, v in each.parameters.items() if n not in common}
        lines += ["", f"# {each.says}"]
        if each.renews:
            lines.append(f"shutil.rmtree({imagename + '.mask'!r})")
        lines += ["tclean(", "    **inputs,", *(f"    {n}={v!r}," for n, v in own.items()), ")"]
    return "\n".join([*lines, ""])


def _common(calls: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    if not calls:
        return {}
    return {
        name: value
        for name, value in calls[0].items()
        if all(name in each and repr(each[name]) == repr(value) for each in calls)
    }
