"""The socket on which the provisioner listens, and who may call through it.

Either a Unix socket, for callers on this machine, or TCP, with TLS and a token.
"""

import ipaddress
import os
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from zfs_provisioner.access import Access, AccountAccess, TokenAccess, read_token
from zfs_provisioner.errors import InvalidSettingsError

_HIGHEST_PORT = 65535


@dataclass(frozen=True, slots=True, kw_only=True)
class UnixPlace:
    """A socket file; `allowed` are accounts besides root and the provisioner's own."""

    path: Path
    allowed: tuple[int, ...] = ()

    def __str__(self) -> str:
        return str(self.path)

    def access(self) -> Access:
        """Return the rule for callers."""
        return AccountAccess(self.allowed)

    @contextmanager
    def listening(self) -> Iterator[socket.socket]:
        """Listen in the block; the caller owns the root, so an old file is a dead one's."""
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o711 if self.allowed else 0o700)
        self.path.unlink(missing_ok=True)
        listener = socket.socket(socket.AF_UNIX)
        try:
            before = os.umask(0o177)
            try:
                listener.bind(str(self.path))
            finally:
                os.umask(before)
            if self.allowed:  # the kernel lets everybody connect, and we look who it is
                self.path.chmod(0o666)
            listener.listen()  # from here on callers wait for the application
            yield listener
        finally:
            listener.close()
            self.path.unlink(missing_ok=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class TcpPlace:
    """A host and port; without a certificate only on the loopback interface."""

    host: str
    port: int
    token_file: Path
    certificate: Path | None = None
    key: Path | None = None

    def __str__(self) -> str:
        scheme = "https" if self.certificate else "http"
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{scheme}://{host}:{self.port}"

    @classmethod
    def parse(
        cls,
        listen: str,
        *,
        token_file: Path | None,
        certificate: Path | None = None,
        key: Path | None = None,
    ) -> Self:
        """Return the place of `HOST:PORT`, or raise InvalidSettingsError if it is not safe."""
        host, _colon, port = listen.rpartition(":")
        host = host.removeprefix("[").removesuffix("]")
        if not host or not port.isdecimal() or int(port) > _HIGHEST_PORT:
            raise InvalidSettingsError(
                f"{listen!r} is no place to listen at: use HOST:PORT, for example 127.0.0.1:8300 "
                "or [::1]:8300."
            )
        if token_file is None:
            raise InvalidSettingsError(
                f"--listen {listen} needs --token-file: whoever reaches the port is asked for the "
                "token in it. `(umask 077; openssl rand -hex 32 > FILE)` makes one."
            )
        if (certificate is None) != (key is None):
            raise InvalidSettingsError("Give both --tls-certificate and --tls-key, or neither.")
        if certificate is None and not is_loopback(host):
            raise InvalidSettingsError(
                f"--listen {listen} needs --tls-certificate and --tls-key, because the token and "
                "users' data would cross the network readable: only a loopback address, such as "
                "127.0.0.1, goes without."
            )
        return cls(
            host=host, port=int(port), token_file=token_file, certificate=certificate, key=key
        )

    def access(self) -> Access:
        """Return the rule for callers."""
        return TokenAccess(read_token(self.token_file))

    def tls(self) -> ssl.SSLContext | None:
        """Return the certificate ready for use, or None without one."""
        if self.certificate is None:
            return None
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        try:
            context.load_cert_chain(self.certificate, self.key)
        except (OSError, ssl.SSLError) as error:
            raise InvalidSettingsError(
                f"The certificate {self.certificate} with the key {self.key} cannot be used "
                f"({error}): both must be PEM files that this account can read, and belong "
                "together."
            ) from error
        return context

    @contextmanager
    def listening(self) -> Iterator[socket.socket]:
        """Listen in the block."""
        try:
            found = socket.getaddrinfo(self.host, self.port, type=socket.SOCK_STREAM)
            family, _kind, _protocol, _name, address = found[0]
            listener = socket.create_server(address[:2], family=family)
        except OSError as error:
            raise InvalidSettingsError(
                f"Nothing can listen at {self} ({error.strerror}): another program may have the "
                "port, or the address is none of this machine's. Name another one with --listen."
            ) from error
        with listener:
            yield listener


Place = UnixPlace | TcpPlace


def is_loopback(host: str) -> bool:
    """Tell whether what is sent to the host stays on this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
