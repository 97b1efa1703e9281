"""A session as its engine sees it: what runs, and whose it says it is."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class FoundSession:
    """A session that an engine found by the marks that it gave it at its start.

    Engines list them without asking the hub, so that sessions which the hub forgot are found too.

    Attributes
    ----------
    site
        Which site started it: an engine may serve several. A site sees and ends its own only.
    owner
        The user's name at the hub.
    session
        The server's name at the hub, empty for the user's default server.
    workspace
        Id of the workspace under it.
    engine_id
        What tells this one from every other session that the engine ever ran, also from a later
        start of the same server: a container's id, or a process with its start.
    """

    site: str
    owner: str
    session: str
    workspace: str
    engine_id: str


class EngineError(Exception):
    """An engine does not answer, or does not do as it was asked; the message has the remedy.

    What it runs is then unknown, which is never taken for gone.
    """


HOLDERS: Final = "hub:"  # what the names of all that hold leases for sessions begin with


def holder_of(owner: str, session: str) -> str:
    """Return who holds the lease for a server of the hub: the same before and after its restart."""
    return f"{HOLDERS}{owner}/{session}"
