"""A walk over all that a function reaches: what was met, and the parts that it makes."""

from collections.abc import Callable
from types import ModuleType
from typing import Final

from blake3 import blake3

from recompute.code.origin import versions
from recompute.errors import FingerprintError
from recompute.model import Digest

Describe = Callable[["Walk", object, str], str]
"""Tells a value from all others, given where it was met."""

REMEDY: Final = (
    "make it inside the function, pass what it depends on as a parameter, or give the step a "
    'version, @step(version="1"), that you change whenever the code changes'
)


class Walk:
    """What was met so far, so that cycles end and each thing is described once.

    Attributes
    ----------
    root : object
        Where the walk begins; its code is the part ``code``.
    parts : dict
        Name of each part to its digest, or version.
    """

    def __init__(self, describe: Describe, root: object) -> None:
        self.root = root
        self.parts: dict[str, str] = {}
        self._describe = describe
        self._met: dict[int, tuple[object, str]] = {}
        self._named: dict[tuple[str, object], str] = {}
        self._names = {"code"}

    def token(self, value: object, where: str) -> str:
        """Return text that tells a value from all others; a thing met again is named only.

        Parameters
        ----------
        where : str
            The variable's name, for messages.

        Raises
        ------
        FingerprintError
            It cannot be told.
        """
        if id(value) in self._met:
            return self._met[id(value)][1]
        return self._describe(self, value, where)

    def meet(self, value: object, name: str = "") -> None:
        """Note that a value is being described; met again, it goes by its name, or a number."""
        # The value is kept, or another one might come to have its id.
        self._met[id(value)] = (value, name or f"met {len(self._met)}")

    def part(self, name: str, token: str) -> None:
        """Make a part of what a token says."""
        self.parts[name] = self.digest(token)

    def name(self, name: str, what: object) -> str:
        """Return the part's name for a thing; two things of one name are numbered as they come."""
        known = self._named.get((name, what))
        if known is None:
            count = sum(1 for each, _ in self._named if each == name)
            known = name if count == 0 else f"{name} ({count + 1})"
            self._named[name, what] = known
            self._names.add(known)
        return known

    def is_name(self, token: str) -> bool:
        """Whether a token is the name of a part, made or being made."""
        return token in self._names

    def uses(self, module: ModuleType) -> None:
        """Make parts of the versions that decide what an installed module does, if it has any."""
        for name, version in versions(module).items():
            self.parts[f"package {name}"] = version

    @staticmethod
    def digest(token: str) -> Digest:
        """Return the digest of a token."""
        return Digest(blake3(token.encode(errors="surrogatepass")).hexdigest())

    @staticmethod
    def refusal(where: str, what: str) -> FingerprintError:
        """Return the error for something that cannot be told."""
        return FingerprintError(f"`{where}` {what}; {REMEDY}")
