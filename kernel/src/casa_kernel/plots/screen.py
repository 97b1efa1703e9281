"""Where displays go."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final, Protocol

NO_METADATA: Final[Mapping[str, Any]] = MappingProxyType({})


class Publish(Protocol):
    """Shows a display in the running cell, or changes one that was shown."""

    def __call__(
        self,
        bundle: Mapping[str, str],
        *,
        metadata: Mapping[str, Any] = NO_METADATA,
        display_id: str,
        update: bool = False,
    ) -> None:
        """Send MIME type to content, with metadata by MIME type, under an id."""
