"""Ports beside the site's own, the same at every start so that running sessions find the hub."""

from dataclasses import dataclass
from typing import Final

_LAST: Final = 65535


@dataclass(frozen=True, slots=True)
class HubPorts:
    """Loopback ports of the hub's API, the proxy's API and the portal."""

    hub: int
    proxy_api: int
    portal: int

    def all(self) -> tuple[int, ...]:
        """Return all of them."""
        return (self.hub, self.proxy_api, self.portal)


def hub_ports(site: int) -> HubPorts:
    """Return the ports that belong to a site's port: the three after it, before it at the end."""
    step = 1 if site + 3 <= _LAST else -1
    return HubPorts(hub=site + step, proxy_api=site + 2 * step, portal=site + 3 * step)
