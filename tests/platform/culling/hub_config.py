"""The site's own hub configuration, with a token and a gate for the tests, and haste."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

import casahub_spawner.mixin
from casahub.settings import load_settings
from tests_hub import HUB_CONFIG, LEAN, LEAN_ARGUMENTS, add_test_service

load_subconfig(str(HUB_CONFIG))  # type: ignore[name-defined]  # noqa: F821  # traitlets put it here
c = get_config()  # type: ignore[name-defined]  # noqa: F821  # JupyterHub put it here

add_test_service(c)
settings = load_settings()
[culler] = [each for each in c.JupyterHub.services if each["name"] == "culler"]
culler["environment"] = culler["environment"] | {
    "CASAHUB_PROVISIONER_SOCKET": str(settings.state / "gate.sock")
}
# The hub hears of each second, from the session as from the proxy.
c.JupyterHub.last_activity_interval = 1
c.LocalWorkspaceSpawner.args = [*LEAN_ARGUMENTS, "--Watch.every=0.5"]
# A lease of a minute, renewed each second.
c.LocalWorkspaceSpawner.poll_interval = 1
c.LocalWorkspaceSpawner.lease_seconds = 60
casahub_spawner.mixin._RENEWALS = 60  # type: ignore[misc]  # the site's own is a constant
c.LocalWorkspaceSpawner.environment |= LEAN | {"JUPYTERHUB_ACTIVITY_INTERVAL": "1"}
