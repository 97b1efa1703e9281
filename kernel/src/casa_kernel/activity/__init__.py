"""A Jupyter server extension that tells a busy session from an open browser tab.

Jupyter counts any request as activity, so that a tab which nobody looks at keeps a session alive by
its polling, and it hears nothing of a kernel that computes in silence. Below a hub, this replaces
both: active is a session whose kernel is busy, in which a program computes, or in which somebody
did something. The hub hears it by the way that JupyterHub has for it, so its own record agrees.

What it deliberately does not do: it stops nothing. It answers the site's culler, and passes on to
the page when that will stop the session.
"""

import os
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from jupyter_server.serverapp import ServerApp


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    return [{"module": "casa_kernel.activity"}]


# Outside a hub nobody asks, and a person's own server stays as Jupyter made it.
_IN_HUB: Final = "JUPYTERHUB_ACTIVITY_URL"


def _link_jupyter_server_extension(server: "ServerApp") -> None:
    if _IN_HUB not in os.environ:
        return
    from casa_kernel.activity.extension import link  # noqa: PLC0415 - only where it is used

    link(server)


def _load_jupyter_server_extension(server: "ServerApp") -> None:
    if _IN_HUB not in os.environ:
        return
    from casa_kernel.activity.extension import load  # noqa: PLC0415 - only where it is used

    load(server)
