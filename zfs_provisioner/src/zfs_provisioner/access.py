"""Who may call: accounts of this machine on a Unix socket, holders of a token over TCP."""

import hashlib
import hmac
import os
import stat
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path
from typing import Final, Protocol

from zfs_provisioner.calls import Peer
from zfs_provisioner.errors import ForbiddenError, InvalidSettingsError, UnauthorizedError

SHORTEST_TOKEN: Final = 32  # characters; `openssl rand -hex 32` gives 64
_FINGERPRINT: Final = 12  # hexadecimal digits of a token's hash in log and audit lines


class Access(Protocol):
    """A rule that tells callers from strangers."""

    def identify(self, peer: Peer, authorization: str | None) -> Peer:
        """Return the peer with all that is known of it.

        Raises
        ------
        UnauthorizedError
            It did not show who it is.
        ForbiddenError
            It is none of those who may call.
        """


class AccountAccess:
    """Lets in the provisioner's own account, root, and the accounts named."""

    def __init__(self, allowed: Collection[int]) -> None:
        self._allowed = {os.geteuid(), 0, *allowed}

    def identify(self, peer: Peer, authorization: str | None) -> Peer:  # noqa: ARG002
        """Return the peer if its account may call; the kernel vouches for the account."""
        if peer.uid not in self._allowed:
            raise ForbiddenError(
                f"The account with uid {peer.uid} may not call this provisioner: start it with "
                f"--allow-uid {peer.uid}, or call it as one that may."
            )
        return peer


class TokenAccess:
    """Lets in who shows the token, as `Authorization: Bearer …` (RFC 6750)."""

    def __init__(self, token: str) -> None:
        self._token = token.encode()

    def identify(self, peer: Peer, authorization: str | None) -> Peer:
        """Return the peer with its token's fingerprint if that is the right one."""
        scheme, _space, shown = (authorization or "").partition(" ")
        if scheme.lower() != "bearer" or not shown.strip():
            raise UnauthorizedError(
                "This provisioner wants a token: send the content of its token file as "
                "`Authorization: Bearer …`."
            )
        given = shown.strip().encode()
        if not hmac.compare_digest(given, self._token):
            raise UnauthorizedError(
                "The token is not this provisioner's: read it again from its token file."
            )
        return replace(peer, token=hashlib.sha256(given).hexdigest()[:_FINGERPRINT])


def read_token(path: Path) -> str:
    """Return the token of a file, or raise InvalidSettingsError unless it is a secret."""
    try:
        mode = path.stat().st_mode
        token = path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeError) as error:
        raise InvalidSettingsError(
            f"The token file {path} cannot be read ({error}): make one with `(umask 077; openssl "
            f"rand -hex 32 > {path})`."
        ) from error
    if stat.S_IMODE(mode) & 0o077:
        raise InvalidSettingsError(
            f"The token file {path} is open to other accounts (mode {stat.S_IMODE(mode):04o}): "
            f"`chmod 600 {path}`, and make a new token if somebody may have read it."
        )
    if len(token) < SHORTEST_TOKEN or not token.isprintable() or " " in token:
        raise InvalidSettingsError(
            f"The token in {path} can be guessed or sent wrongly: it has to be one word of at "
            f"least {SHORTEST_TOKEN} characters, such as `openssl rand -hex 32` makes."
        )
    return token
