"""The state directory: that it can be used, and by us alone."""

import os
import stat
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
        _let_sessions_through(settings)
        with tempfile.TemporaryFile(dir=settings.logs) as probe:
            probe.write(b"casahub")
    except OSError as error:
        raise SiteError(
            f"{settings.state} cannot be used for the site's state ({error.strerror}): make room "
            "there, or name a directory that you can write with CASAHUB_STATE=."
        ) from error


def _let_sessions_through(settings: Settings) -> None:
    """Let the account of sessions, where it is another one, reach what is theirs in the state.

    Its group may pass, and nobody may list: what is none of its business is closed again below.
    """
    if settings.session_account is None or os.geteuid() != 0:
        return  # who is not root gives no files to others, as the provisioner then says
    uid, _, gid = settings.session_account.partition(":")
    mode = settings.state.stat().st_mode
    if int(uid) != 0 and not mode & stat.S_IXOTH:
        os.chown(settings.state, -1, int(gid))
        settings.state.chmod(stat.S_IMODE(mode) | stat.S_IXGRP)


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
