"""`zfs-provisioner serve`."""

from pathlib import Path
from typing import Annotated

import typer

from zfs_provisioner.errors import InvalidSettingsError
from zfs_provisioner.listening import Place, TcpPlace, UnixPlace
from zfs_provisioner.logs import LogFormat
from zfs_provisioner.server import Settings
from zfs_provisioner.server import serve as serve_root

_UNIX = "On a Unix socket"
_TCP = "Over TCP"


def serve(
    root: Annotated[Path, typer.Option(help="Directory that holds archive, ws and trash.")],
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
        typer.Option(help="File for a line about every change.", show_default="ROOT/audit.jsonl"),
    ] = None,
    log_format: Annotated[
        LogFormat, typer.Option(help="Lines for people, or one JSON object a line.")
    ] = LogFormat.TEXT,
) -> None:
    """Serve one storage root over REST, until interrupted.

    Name either --socket or --listen.
    """
    if (socket is None) == (listen is None):
        raise InvalidSettingsError("Name either --socket FILE or --listen HOST:PORT.")
    place: Place
    if listen is not None:
        if allow_uid:
            raise InvalidSettingsError(
                "--allow-uid goes with --socket: over TCP nobody's account is known, and who has "
                "the token may call."
            )
        place = TcpPlace.parse(
            listen, token_file=token_file, certificate=tls_certificate, key=tls_key
        )
    elif token_file or tls_certificate or tls_key:
        raise InvalidSettingsError(
            "--token-file, --tls-certificate and --tls-key go with --listen: on a socket the "
            "kernel tells who calls."
        )
    else:
        assert socket is not None  # noqa: S101 - one of the two is there
        place = UnixPlace(path=socket, allowed=tuple(allow_uid or ()))
    settings = Settings(root=root.resolve(), place=place, audit=audit, log_format=log_format)
    serve_root(settings)
