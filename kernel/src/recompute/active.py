"""The session that steps of this process go through.

A front end with a life of its own, such as a notebook's kernel, is the `Host`: it decides how steps
are shown, and switches its own tasks.
"""

from typing import TYPE_CHECKING, Protocol

from recompute.errors import RecomputeError

if TYPE_CHECKING:  # a host is set when a kernel starts, which must not wait for the engine
    from recompute.engine import Session


class Host(Protocol):
    """What switches memoisation on and off where tasks are not casatasks' own."""

    def enable(self) -> "Session":
        """Let the tasks go through a session, and return it; idempotent."""

    def disable(self) -> None:
        """Let the tasks run plainly; idempotent."""


class _Active:
    session: "Session | None" = None
    host: Host | None = None


def session() -> "Session | None":
    """Return the active session, None if steps run plainly."""
    return _Active.session


def required() -> "Session":
    """Return the active session.

    Raises
    ------
    RecomputeError
        Memoisation is off.
    """
    if _Active.session is None:
        raise RecomputeError("Memoisation is off: recompute.enable() turns it on.")
    return _Active.session


def activate(new: "Session | None") -> None:
    """Let steps go through a session from now on, or run plainly."""
    _Active.session = new


def host() -> Host | None:
    """Return what switches memoisation here, None if casatasks is to be patched."""
    return _Active.host


def set_host(new: Host | None) -> None:
    """Let something else switch memoisation."""
    _Active.host = new
