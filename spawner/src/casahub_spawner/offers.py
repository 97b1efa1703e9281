"""What a site offers to start sessions in: images and sizes, named in its configuration."""

import re
from collections.abc import Sequence
from typing import Annotated, Final, Self, TypeVar

from pydantic import (
    BaseModel,
    BeforeValidator,
    ByteSize,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
    model_validator,
)
from pydantic.dataclasses import dataclass

from casahub_spawner.errors import InvalidOffersError, InvalidOptionsError

_PLAIN: Final = ConfigDict(extra="forbid", str_strip_whitespace=True)
_NAME: Final = r"^[a-z0-9][a-z0-9._-]{0,62}$"
_LEAST_MEMORY: Final = 64 * 2**20  # bytes; nothing starts in less, so it is a unit left out
_MOST_CPUS: Final = 4096.0
_BYTES: Final = TypeAdapter(ByteSize)


def _bytes(given: object) -> object:
    """Read an amount with any unit; a bare `G` as JupyterHub and Docker do, in powers of two."""
    if not isinstance(given, str):
        return given
    return _BYTES.validate_python(re.sub(r"(?<=[\d. ])([KMGT])$", r"\1iB", given))


Name = Annotated[str, Field(pattern=_NAME)]
Title = Annotated[str, Field(max_length=100)]
Memory = Annotated[int, BeforeValidator(_bytes), Field(ge=_LEAST_MEMORY)]


@dataclass(frozen=True, slots=True, kw_only=True, config=_PLAIN)
class Image:
    """An image that sessions may run in.

    Attributes
    ----------
    name : str
        What options and the REST API call it.
    title : str
        What people read; the name unless it is given.
    reference : str
        What the engine is asked for: a reference of a registry or an engine's store, a SIF file, a
        directory.
    """

    name: Name
    title: Title = ""
    reference: Annotated[str, Field(min_length=1)]

    def __post_init__(self) -> None:
        if not self.title:
            object.__setattr__(self, "title", self.name)


@dataclass(frozen=True, slots=True, kw_only=True, config=_PLAIN)
class Size:
    """How much of the machine a session may use.

    Attributes
    ----------
    name, title : str
        See `Image`; the title says the limits unless it is given.
    cpus : float
        Processors.
    memory : int
        Bytes; also given as `4G`, which is 4 GiB, or with any unit.
    """

    name: Name
    title: Title = ""
    cpus: Annotated[float, Field(gt=0, le=_MOST_CPUS)]
    memory: Memory

    def __post_init__(self) -> None:
        if not self.title:
            shown = f"{self.cpus:g} CPU{'' if self.cpus == 1 else 's'}, "
            shown += f"{self.memory / 2**30:.3g} GiB"
            object.__setattr__(self, "title", shown)


Offer = TypeVar("Offer", Image, Size)


@dataclass(frozen=True, slots=True)
class Offers:
    """All that may be chosen; the first of each is the default. Empty where an engine has none."""

    images: Sequence[Image] = ()
    sizes: Sequence[Size] = ()


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid")

    images: tuple[Image, ...] = ()
    sizes: tuple[Size, ...] = ()

    @model_validator(mode="after")
    def _names_tell_apart(self) -> Self:
        for kind, offers in (("images", self.images), ("sizes", self.sizes)):
            names = [each.name for each in offers]
            for name in names:
                if names.count(name) > 1:
                    raise ValueError(f"two {kind} are named {name!r}; names tell them apart")
        return self


def parse_offers(given: object) -> Offers:
    """Return the offers of `{"images": [...], "sizes": [...]}`, whose entries are dictionaries.

    Raises
    ------
    InvalidOffersError
        An entry lacks something, has something unknown, or its name is taken.
    """
    try:
        table = _Table.model_validate(given)
    except ValidationError as error:
        faults = (
            ": ".join(
                filter(None, (_place(each["loc"]), each["msg"].removeprefix("Value error, ")))
            )
            for each in error.errors()
        )
        raise InvalidOffersError("; ".join(faults)) from error
    return Offers(images=table.images, sizes=table.sizes)


def _place(parts: Sequence[int | str]) -> str:
    """Return where a fault is, counted as people count: `sizes, no. 2, memory`."""
    return ", ".join(f"no. {each + 1}" if isinstance(each, int) else each for each in parts)


def chosen(kind: str, offers: Sequence[Offer], *names: str) -> Offer | None:
    """Return the offer of the first name; the others are wishes that need not be there any more.

    Parameters
    ----------
    kind
        `image` or `size`, for the message.
    names
        What was asked for, and what the session had last; empty for nothing.

    Raises
    ------
    InvalidOptionsError
        The first name is that of no offer.
    """
    by_name: dict[str, Offer] = {each.name: each for each in offers}
    asked = names[0]
    if asked and asked not in by_name:
        known = ", ".join(by_name) or f"none: leave the option '{kind}' out"
        raise InvalidOptionsError(f"There is no {kind} {asked!r}. This site offers: {known}.")
    for each in names:
        if each in by_name:
            return by_name[each]
    return offers[0] if offers else None
