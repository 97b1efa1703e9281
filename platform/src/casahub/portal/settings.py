"""What the hub tells the portal through the environment, read once."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from typing import Final
from urllib.parse import quote, urlsplit

SOCKET_VARIABLE: Final = "CASAHUB_PROVISIONER_SOCKET"
_SAFE: Final = "@~"  # as jupyterhub.utils.url_escape_path leaves them


class SettingsError(Exception):
    """The environment is not that of a hub-managed service; the message names the variable."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PortalSettings:
    """Where the portal listens, and where its neighbours are.

    Attributes
    ----------
    prefix
        URL path of the portal, with a slash at both ends: `/services/portal/`.
    base_url
        URL path of the whole site, usually `/`; the hub's pages are at `<base_url>hub/`.
    hub_host
        `https://host` of the hub where users have domains of their own, else empty.
    """

    host: str
    port: int
    prefix: str
    base_url: str
    hub_host: str
    hub_api_url: str
    api_token: str = field(repr=False)
    provisioner_socket: Path

    @property
    def logout_url(self) -> str:
        """The hub's page that ends the login."""
        return f"{self.hub_host}{self.base_url}hub/logout"

    def progress_url(self, user: str, session: str) -> str:
        """Return the hub's page that follows a start and then leads to the session."""
        path = f"hub/spawn-pending/{quote(user, _SAFE)}/{quote(session, _SAFE)}"
        return f"{self.hub_host}{self.base_url}{path}"

    def choices_url(self, user: str) -> str:
        """Return what the name of a session completes to the hub's page of all choices."""
        return f"{self.hub_host}{self.base_url}hub/spawn/{quote(user, _SAFE)}/"

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> "PortalSettings":
        """Read the variables that the hub sets for a managed service, and the socket's.

        Raises
        ------
        SettingsError
            A variable is missing, or the address is one that other machines could reach.
        """
        service = urlsplit(_required(environ, "JUPYTERHUB_SERVICE_URL"))
        _refuse_unless_loopback(service.hostname)
        return cls(
            host=service.hostname or "",
            port=service.port or 80,
            prefix=_required(environ, "JUPYTERHUB_SERVICE_PREFIX"),
            base_url=_required(environ, "JUPYTERHUB_BASE_URL"),
            hub_host=environ.get("JUPYTERHUB_HOST", ""),
            hub_api_url=_required(environ, "JUPYTERHUB_API_URL"),
            api_token=_required(environ, "JUPYTERHUB_API_TOKEN"),
            provisioner_socket=Path(_required(environ, SOCKET_VARIABLE)),
        )


def _required(environ: Mapping[str, str], name: str) -> str:
    value = environ.get(name)
    if not value:
        raise SettingsError(
            f"{name} is not set: the portal is a service that the hub starts; `make run` does it."
        )
    return value


def _refuse_unless_loopback(host: str | None) -> None:
    if host == "localhost":
        return
    try:
        safe = ip_address(host or "").is_loopback
    except ValueError:
        safe = False
    if not safe:
        raise SettingsError(
            f"JUPYTERHUB_SERVICE_URL names the host {host!r}: give the service a loopback address, "
            "since only the hub's proxy may talk to it."
        )
