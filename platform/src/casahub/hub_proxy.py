"""The proxy, without its opinion of what activity is."""

from typing import Any

from jupyterhub.proxy import ConfigurableHTTPProxy


class SilentProxy(ConfigurableHTTPProxy):  # type: ignore[misc]  # JupyterHub ships no types
    """JupyterHub's own proxy; that a session is active the hub hears from the session alone.

    The proxy would count each byte on a connection, so that a browser tab that is left open keeps a
    session active for ever. A hub takes routes that say nothing of it for another kind of proxy.
    """

    async def get_all_routes(self) -> dict[str, dict[str, Any]]:
        """Return the routes, with nothing about when they were used."""
        routes: dict[str, dict[str, Any]] = await super().get_all_routes()
        for route in routes.values():
            route["data"].pop("last_activity", None)
        return routes
