"""Accounts of this machine that sessions run as, and directories that are theirs."""

import contextlib
import os
import pwd
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_DIRECTORY: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


class AccountError(Exception):
    """A session cannot run as who it has to; the message says why, and what to do."""


@dataclass(frozen=True, slots=True)
class Account:
    """An account of this machine."""

    name: str
    uid: int
    gid: int

    @property
    def is_ours(self) -> bool:
        """Whether this process runs as it already."""
        return self.uid == os.geteuid()


def account_of(person: str | None, files: os.stat_result) -> Account:
    """Return who a session on a workspace runs as.

    Parameters
    ----------
    person
        The account that it has to be; None for the one that the workspace's files belong to.
    files
        The workspace's directory.

    Raises
    ------
    AccountError
        There is no such account, this process may not become it, or it could not write there.
    """
    found = _owner(files) if person is None else _person(person)
    account = Account(found.pw_name, found.pw_uid, found.pw_gid)
    if os.geteuid() and not account.is_ours:
        raise AccountError(
            f"The session has to run as {account.name!r}, and the hub runs as another account: run "
            "the hub as that one or as root."
        )
    groups = os.getgrouplist(account.name, account.gid)
    shared = files.st_mode & 0o020 and files.st_gid in groups
    if account.uid not in (0, files.st_uid) and not shared:
        raise AccountError(
            f"The account {account.name!r} may not write to the workspace, whose files belong to "
            f"number {files.st_uid}: share them by a group, or let sessions run as their owner."
        )
    return account


def _owner(files: os.stat_result) -> pwd.struct_passwd:
    try:
        return pwd.getpwuid(files.st_uid)
    except KeyError:
        raise AccountError(
            f"The workspace's files belong to the account number {files.st_uid}, which has no name "
            f"on this machine, as Apptainer wants it: sudo useradd --uid {files.st_uid} casahub"
        ) from None


def _person(name: str) -> pwd.struct_passwd:
    try:
        return pwd.getpwnam(name)
    except KeyError:
        raise AccountError(
            f"This machine has no account {name!r}: sessions run as the accounts of people here. "
            "Ask the site's administrators for one."
        ) from None


def ensure_owned(home: Path, inside: str, account: Account) -> None:
    """Make a directory in a home, and let it and all above it in there belong to the account.

    No link is followed: what is in a home is its owner's, and who runs the hub may be root. One in
    the way is replaced: of a time when sessions were processes of this machine, or a trap.

    Raises
    ------
    NotADirectoryError
        Something else is in the way.
    """
    opened = os.open(home, _DIRECTORY)
    try:
        os.fchown(opened, account.uid, account.gid)
        for name in Path(inside).parts:
            if _is_link(name, opened):
                os.unlink(name, dir_fd=opened)
            with contextlib.suppress(FileExistsError):
                os.mkdir(name, 0o700, dir_fd=opened)
            deeper = os.open(name, _DIRECTORY, dir_fd=opened)
            os.close(opened)
            opened = deeper
            os.fchown(opened, account.uid, account.gid)
    finally:
        os.close(opened)


def _is_link(name: str, directory: int) -> bool:
    try:
        os.readlink(name, dir_fd=directory)
    except OSError:
        return False
    return True
