"""What is mounted in a process's mount namespace, as `/proc/<pid>/mountinfo` says."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Mounted:
    """One mount: what of the filesystem it shows, where, the filesystem's type, and its name."""

    root: str
    place: str
    kind: str
    source: str


def mounts(process: Path) -> list[Mounted]:
    """Return what a process sees mounted, given its directory in `/proc`; later ones lie on top.

    Raises
    ------
    OSError
        It ended, or is not ours to see.
    """
    found = []
    for line in (process / "mountinfo").read_text(errors="surrogateescape").splitlines():
        before, _, after = line.partition(" - ")
        kind, source, *_options = after.split(" ")
        root, place = before.split(" ")[3:5]
        found.append(Mounted(_unescaped(root), _unescaped(place), kind, _unescaped(source)))
    return found


def _unescaped(text: str) -> str:
    """Undo the octal escapes that proc(5) uses for spaces, tabs, newlines and backslashes."""
    for code, character in (("040", " "), ("011", "\t"), ("012", "\n"), ("134", "\\")):
        text = text.replace(f"\\{code}", character)
    return text
