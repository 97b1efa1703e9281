"""The fingerprint of a function, whole and in parts."""

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from blake3 import blake3

from recompute.code.values import describe
from recompute.code.walk import Walk
from recompute.errors import FingerprintError
from recompute.model import Digest


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What decides what a function does.

    Attributes
    ----------
    digest : Digest
        Of all parts.
    parts : mapping
        Name of a part, in words (``code``, ``helper smooth``, ``constant LIMIT``, ``default n``,
        ``package numpy``, ``python``), to its digest; a package's and Python's is its version.
    """

    digest: Digest
    parts: Mapping[str, str]


def fingerprint(function: Callable[..., object]) -> Fingerprint:
    """Return what decides what a function does, as it is now.

    Parameters
    ----------
    function : callable
        Usually a function of the user's; any callable will do.

    Raises
    ------
    FingerprintError
        It, or something that it reaches, cannot be told from another of its kind, or hides what
        it runs. The message names the variable.
    """
    name = getattr(function, "__qualname__", None) or repr(function)
    walk = Walk(describe, function)
    walk.parts["python"] = _python()
    try:
        token = walk.token(function, name)
    except RecursionError as error:
        raise FingerprintError(
            f"`{name}` reaches values that are nested too deeply; keep them flat, or give the "
            'step a version: @step(version="1")'
        ) from error
    walk.parts.setdefault("code", walk.digest(token))
    parts = dict(sorted(walk.parts.items()))
    return Fingerprint(_whole(parts), parts)


def _whole(parts: Mapping[str, str]) -> Digest:
    text = "\0".join(f"{name}\0{part}" for name, part in parts.items())
    return Digest(blake3(text.encode()).hexdigest())


def _python() -> str:
    # With -O there are no assertions.
    optimised = f" -{'O' * sys.flags.optimize}" if sys.flags.optimize else ""
    return f"{sys.version_info.major}.{sys.version_info.minor}{optimised}"
