"""The state directory: that it can be used, and by us alone."""

import os
import tempfile

from casahub.errors import SiteError
from casahub.settings import Settings


def ensure_state(settings: Settings) -> None:
    """Make the state directory and those directly below it that everything starts with.

    Raises
    ------
    SiteError
        It cannot be written, or the disk is full.
    """
    refuse_foreign_socket(settings)
    try:
        for place in (settings.state, settings.logs, settings.socket.parent):
            place.mkdir(parents=True, exist_ok=True, mode=0o700)
        with tempfile.TemporaryFile(dir=settings.logs) as probe:
            probe.write(b"casahub")
    except OSError as error:
        raise SiteError(
            f"{settings.state} cannot be used for the site's state ({error.strerror}): make room "
            "there, or name a directory that you can write with CASAHUB_STATE=."
        ) from error


def refuse_foreign_socket(settings: Settings) -> None:
    """Raise SiteError if the socket's directory is another account's, who could listen in it.

    It is in a directory that everybody can write where the state's path is too long for a socket.
    """
    place = settings.socket.parent
    try:
        found = place.lstat()
    except OSError:
        return  # it is not there, or cannot be used, as `ensure_state` then says
    if found.st_uid != os.getuid():
        raise SiteError(
            f"{place} belongs to another account, who could pose as this site's storage: remove "
            "it, or choose a shorter CASAHUB_STATE=."
        )
