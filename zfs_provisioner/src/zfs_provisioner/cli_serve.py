"""`zfs-provisioner serve`."""

import os
from pathlib import Path
from typing import Annotated

import typer

from zfs_provisioner.assembly import Collection
from zfs_provisioner.errors import InvalidSettingsError
from zfs_provisioner.gc.policy import Policy, load_policy
from zfs_provisioner.listening import Place, TcpPlace, UnixPlace
from zfs_provisioner.logs import LogFormat
from zfs_provisioner.server import Settings
from zfs_provisioner.server import serve as serve_root
from zfs_provisioner.storage.equality import Account
from zfs_provisioner.storage.opening import DirectoryRoot, StorageRoot, ZfsRoot

_PLAIN = "In a plain directory"
_ZFS = "On ZFS"
_UNIX = "On a Unix socket"
_TCP = "Over TCP"
_COLLECTION = "Garbage collection"


def serve(
    root: Annotated[
        Path | None,
        typer.Option(help="Directory that keeps archive, ws and trash.", rich_help_panel=_PLAIN),
    ] = None,
    zfs: Annotated[
        str | None,
        typer.Option(
            metavar="FILESYSTEM",
            help="Existing filesystem, such as tank/casahub, that keeps them instead.",
            rich_help_panel=_ZFS,
        ),
    ] = None,
    state: Annotated[
        Path | None,
        typer.Option(
            help="Directory for what is not on the pool: mounts and the audit log.",
            rich_help_panel=_ZFS,
        ),
    ] = None,
    guid: Annotated[
        int | None,
        typer.Option(
            help="Guid that the filesystem must have, as `zfs get guid` says it; any.",
            rich_help_panel=_ZFS,
        ),
    ] = None,
    owner_quota: Annotated[
        int | None,
        typer.Option(
            min=1,
            metavar="BYTES",
            help="What the changes of each new owner may take; no limit.",
            rich_help_panel=_ZFS,
        ),
    ] = None,
    session_account: Annotated[
        str | None,
        typer.Option(
            metavar="UID:GID",
            help="Numbers of the account that sessions run as and files belong to; this one.",
        ),
    ] = None,
    socket: Annotated[
        Path | None,
        typer.Option(
            help="Socket file to listen on, for this account and root.", rich_help_panel=_UNIX
        ),
    ] = None,
    allow_uid: Annotated[
        list[int] | None,
        typer.Option(
            help="Number of another account that may call; can be repeated. Its socket file is "
            "open to all, and the kernel tells who connects.",
            rich_help_panel=_UNIX,
        ),
    ] = None,
    listen: Annotated[
        str | None,
        typer.Option(help="HOST:PORT to listen on, instead of a socket.", rich_help_panel=_TCP),
    ] = None,
    tls_certificate: Annotated[
        Path | None,
        typer.Option(
            help="PEM file with the certificate and its chain; may be left out on loopback.",
            rich_help_panel=_TCP,
        ),
    ] = None,
    tls_key: Annotated[
        Path | None, typer.Option(help="PEM file with its key.", rich_help_panel=_TCP)
    ] = None,
    token_file: Annotated[
        Path | None,
        typer.Option(
            help="File, closed to others, with the token that callers must show.",
            rich_help_panel=_TCP,
        ),
    ] = None,
    audit: Annotated[
        Path | None,
        typer.Option(
            help="File for a line about every change.",
            show_default="audit.jsonl in --root or --state",
        ),
    ] = None,
    log_format: Annotated[
        LogFormat, typer.Option(help="Lines for people, or one JSON object a line.")
    ] = LogFormat.TEXT,
    policy: Annotated[
        Path | None,
        typer.Option(
            help="File that says for how long what is kept.",
            show_default="that of `zfs-provisioner policy`",
            rich_help_panel=_COLLECTION,
        ),
    ] = None,
    expect_activity: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="Name of a source that reports activity, such as a hub; as long as it is silent, "
            "nothing goes to trash. Can be repeated.",
            rich_help_panel=_COLLECTION,
        ),
    ] = None,
    no_collection: Annotated[
        bool,
        typer.Option(
            "--no-collection",
            help="Do not collect by itself; `zfs-provisioner gc` can still be told to.",
            rich_help_panel=_COLLECTION,
        ),
    ] = False,
) -> None:
    """Serve one storage root over REST, until interrupted.

    Name either --root or --zfs, and either --socket or --listen.
    """
    place = _place(socket, allow_uid or [], listen, tls_certificate, tls_key, token_file)
    account = _account(session_account) if session_account else None
    beside, served = _root(root, zfs, state, guid, owner_quota, account)
    serve_root(
        Settings(
            root=served,
            place=place,
            audit=audit or beside / "audit.jsonl",
            log_format=log_format,
            collection=Collection(
                policy=load_policy(policy) if policy else Policy(),
                expects=tuple(expect_activity or ()),
                runs=not no_collection,
            ),
        )
    )


def _root(
    root: Path | None,
    zfs: str | None,
    state: Path | None,
    guid: int | None,
    owner_quota: int | None,
    account: Account | None,
) -> tuple[Path, StorageRoot]:
    """Return what is served, and the directory for what is kept beside it."""
    if (root is None) == (zfs is None):
        raise InvalidSettingsError("Name either --root DIRECTORY or --zfs FILESYSTEM.")
    if root is not None:
        if not (state is None and guid is None and owner_quota is None):
            raise InvalidSettingsError("--state, --guid and --owner-quota go with --zfs.")
        path = root.resolve()
        return path, DirectoryRoot(path=path, account=account)
    if state is None:
        raise InvalidSettingsError(
            "--zfs needs --state DIRECTORY, for mounts and the audit log; not on the pool itself."
        )
    beside = state.resolve()
    return beside, ZfsRoot(
        name=str(zfs).rstrip("/"),
        mounts=beside / "mounts",
        guid=guid,
        account=account,
        owner_quota=owner_quota,
    )


def _account(text: str) -> Account:
    uid, _, gid = text.partition(":")
    if not (uid.isdecimal() and gid.isdecimal()):
        raise InvalidSettingsError(
            f"--session-account is UID:GID, two numbers such as 1000:100, not {text!r}."
        )
    if os.geteuid() != 0 and (int(uid), int(gid)) != (os.geteuid(), os.getegid()):
        raise InvalidSettingsError(
            "Only root can give files to another account: run the provisioner as root, or leave "
            "--session-account out."
        )
    return Account(int(uid), int(gid))


def _place(
    socket: Path | None,
    allowed: list[int],
    listen: str | None,
    certificate: Path | None,
    key: Path | None,
    token_file: Path | None,
) -> Place:
    """Return where to listen, or raise InvalidSettingsError if the options do not fit together."""
    if listen is not None and socket is None:
        if allowed:
            raise InvalidSettingsError(
                "--allow-uid goes with --socket: over TCP nobody's account is known, and who has "
                "the token may call."
            )
        return TcpPlace.parse(listen, token_file=token_file, certificate=certificate, key=key)
    if socket is not None and listen is None:
        if token_file or certificate or key:
            raise InvalidSettingsError(
                "--token-file, --tls-certificate and --tls-key go with --listen: on a socket the "
                "kernel tells who calls."
            )
        return UnixPlace(path=socket, allowed=tuple(allowed))
    raise InvalidSettingsError("Name either --socket FILE or --listen HOST:PORT.")
