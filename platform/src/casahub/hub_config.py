"""JupyterHub's configuration; `jupyterhub -f` runs this file, with `c` from JupyterHub.

Everything that differs between sites is in `casahub.settings`.
"""

import os
import sys
from pathlib import Path

from casahub.culling import ACTIVITY_SCOPE
from casahub.engines import as_traits, hub_address, site_offers, spawner_class
from casahub.hub_login import configure_login
from casahub.hub_ports import hub_ports
from casahub.hub_proxy import SilentProxy
from casahub.leftovers import MARK
from casahub.reconciler import Access
from casahub.settings import load_settings

settings = load_settings()
ports = hub_ports(settings.port)
here = Path(__file__).parent
programs = Path(sys.executable).parent
c = get_config()  # type: ignore[name-defined]  # noqa: F821  # JupyterHub puts it here

c.JupyterHub.bind_url = settings.url
# When a session was active last, it says itself; see `casahub.culling`.
c.JupyterHub.proxy_class = SilentProxy
# Proxy and portal are on this machine, and reach it there too.
c.JupyterHub.hub_bind_url = f"http://{hub_address(settings)}:{ports.hub}"
c.ConfigurableHTTPProxy.api_url = f"http://127.0.0.1:{ports.proxy_api}"
c.ConfigurableHTTPProxy.command = [str(programs / "configurable-http-proxy")]
c.ConfigurableHTTPProxy.pid_file = str(settings.proxy_pid)
c.JupyterHub.db_url = f"sqlite:///{settings.hub / 'jupyterhub.sqlite'}"
c.JupyterHub.cookie_secret_file = str(settings.hub / "cookie_secret")
c.JupyterHub.default_url = "/services/portal/"
c.JupyterHub.template_paths = [str(here / "templates" / "hub")]
c.JupyterHub.allow_named_servers = True
# A hub that is told to stop takes sessions, proxy and services with it: `casahub up` owns them all.
c.JupyterHub.cleanup_servers = True
# The hub answers before it has looked at every session of yesterday.
c.JupyterHub.init_spawners_timeout = 1

# Long enough for a refusal to reach who asked, short enough for the page to show what goes on.
c.JupyterHub.tornado_settings = {"slow_spawn_timeout": 1, "slow_stop_timeout": 1}
c.JupyterHub.logo_file = str(here / "static" / "logo.svg")

configure_login(c, settings)

c.JupyterHub.spawner_class = spawner_class(settings.engine)
# What is common to all engines, by the classes that theirs are made of.
common = c.WorkspaceMixin
common.site = str(settings.state)
common.provisioner_socket = str(settings.socket)
common.update(as_traits(site_offers(settings)))
common.default_url = "/lab"
# A full copy of a large release takes its time on a filesystem that cannot share blocks.
common.start_timeout = 3600
# The first import of Jupyter on a cold disk was seen to take 30 s.
common.http_timeout = 120
c.HostWorkspaceMixin.homes = str(settings.homes)

# The programs of local sessions are the site's own; images have theirs.
c.LocalWorkspaceSpawner.cmd = [str(programs / "jupyterhub-singleuser")]
# No Jupyter news and update checks, whose network is closed, and no search for language servers.
c.LocalWorkspaceSpawner.environment = {"JUPYTER_CONFIG_PATH": str(here / "jupyter")}
# Jupyter stops in about a second; a kernel in the middle of a CASA task does not listen.
c.LocalWorkspaceSpawner.interrupt_timeout = 10

c.JupyterHub.load_roles = [
    {
        "name": "user",
        "scopes": ["self", "access:services!service=portal"],
    },
    {
        "name": "activity",
        "services": ["activity"],
        "scopes": ["list:users", "read:servers"],
    },
    {
        "name": "culler",
        "services": ["culler"],
        # To see and stop sessions, and to ask them the one thing; not to enter them.
        "scopes": ["list:users", "read:servers", "delete:servers", ACTIVITY_SCOPE],
    },
    {
        "name": "reconciler",
        "services": ["reconciler"],
        # The hub's word on a server's state is which session of the engine it is.
        "scopes": ["list:users", "read:servers", "admin:server_state"],
    },
]
c.JupyterHub.custom_scopes = {
    ACTIVITY_SCOPE: {"description": "Ask a session what it does, and tell it when it is stopped."}
}
in_services = {
    "CASAHUB_PROVISIONER_SOCKET": str(settings.socket),
    "CASAHUB_STATE": str(settings.state),
    "CASAHUB_PORT": str(settings.port),
    "CASAHUB_IDLE_STOP": settings.model_dump(mode="json")["idle_stop"],
    "CASAHUB_IDLE_KEEP": settings.model_dump(mode="json")["idle_keep"],
    MARK: os.environ[MARK],
    "PATH": os.environ.get("PATH", os.defpath),
}
# How the engine is reached, where it is not where one looks for it.
to_engine = {name: value for name, value in os.environ.items() if name.startswith("DOCKER_")}
c.JupyterHub.services = [
    {
        "name": "portal",
        "url": f"http://127.0.0.1:{ports.portal}",
        "command": [sys.executable, "-m", "casahub.portal"],
        "environment": in_services,
        # The portal acts with the rights of who is looking, never with its own.
        "oauth_client_allowed_scopes": [
            "access:services!service=portal",
            "read:users!user",
            "read:servers!user",
            "servers!user",
            "access:servers!user",
        ],
        "oauth_no_confirm": True,
    },
    {
        "name": "activity",
        "command": [sys.executable, "-m", "casahub.activity"],
        "environment": in_services,
    },
    {
        "name": "culler",
        "command": [sys.executable, "-m", "casahub.culling"],
        "environment": in_services,
    },
    {
        "name": "reconciler",
        "command": [sys.executable, "-m", "casahub.reconciler"],
        "environment": in_services
        | {"CASAHUB_ENGINE": settings.engine, "CASAHUB_ACCESS": str(Access.path(settings.hub))}
        | to_engine,
    },
]
