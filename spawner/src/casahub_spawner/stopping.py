"""Stops of one server, one after the other: JupyterHub's answer to two at once is an error.

It gives a start that is to be stopped a second to come to its end, and stops what is left without
another look. A second request in that second stops it first, and the first one then fails.
"""

import asyncio
from typing import Final
from weakref import WeakValueDictionary

from jupyterhub.apihandlers import default_handlers
from jupyterhub.apihandlers.users import UserServerAPIHandler

_STOPS: Final[WeakValueDictionary[tuple[str, str], asyncio.Lock]] = WeakValueDictionary()


class OrderlyServerHandler(UserServerAPIHandler):  # type: ignore[misc]  # JupyterHub ships no types
    """Lets a stop look at the server when the one before it has done its part."""

    async def delete(self, user_name: str, server_name: str = "") -> None:
        """Stop a server; who may do so, upstream finds out."""
        async with _STOPS.setdefault((user_name, server_name), asyncio.Lock()):
            await super().delete(user_name, server_name)


def stop_in_order() -> None:
    """Let this process's hub, which is still to begin, answer so."""
    default_handlers[:] = [
        (path, OrderlyServerHandler if handler is UserServerAPIHandler else handler, *more)
        for path, handler, *more in default_handlers
    ]
