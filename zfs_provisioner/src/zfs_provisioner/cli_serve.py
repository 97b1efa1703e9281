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
    place = _place(socket, allow_uid or [], listen, tls_certificate, tls_key, token_file)
    settings = Settings(root=root.resolve(), place=place, audit=audit, log_format=log_format)
    serve_root(settings)


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
