"""Names of sessions: what JupyterHub 6 accepts as the name of a server."""

import re
import unicodedata
from collections.abc import Collection
from typing import Final

LONGEST: Final = 30  # JupyterHub 6: [a-z][a-z0-9-]{0,29}
_SPARE: Final = 4  # characters kept free for "-" and a number


def session_name(title: str, taken: Collection[str]) -> str:
    """Return a readable session name for a workspace's display name.

    Letters lose their accents, everything else becomes `-`, and a number is appended until the name
    is not in `taken`.
    """
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
    if not slug[:1].isalpha():
        slug = f"w-{slug}".rstrip("-")
    base = slug[: LONGEST - _SPARE].rstrip("-")
    name, number = base, 1
    while name in taken:
        number += 1
        name = f"{base}-{number}"
    return name
