"""What a site offers to start sessions in: images and sizes, named in its configuration."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Image:
    """An image that sessions may run in.

    Attributes
    ----------
    name : str
        What options and the REST API call it.
    title : str
        What people read.
    reference : str
        What the engine is asked for: a reference of a registry or an engine's store, a SIF file, a
        directory.
    """

    name: str
    title: str
    reference: str


@dataclass(frozen=True, slots=True)
class Size:
    """How much of the machine a session may use.

    Attributes
    ----------
    name, title : str
        See `Image`.
    cpus : float
        Processors.
    memory : int
        Bytes.
    """

    name: str
    title: str
    cpus: float
    memory: int


@dataclass(frozen=True, slots=True)
class Offers:
    """All that may be chosen; the first of each is the default. Empty where an engine has none."""

    images: Sequence[Image] = ()
    sizes: Sequence[Size] = ()
