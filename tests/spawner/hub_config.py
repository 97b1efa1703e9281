"""The site's own hub configuration, with what tests need: a token, a gate, and haste."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import casahub_spawner.mixin
from casahub.settings import load_settings
from tests_hub import HUB_CONFIG, add_test_service

load_subconfig(str(HUB_CONFIG))  # type: ignore[name-defined]  # noqa: F821  # traitlets put it here
c = get_config()  # type: ignore[name-defined]  # noqa: F821  # JupyterHub put it here

add_test_service(c)
c.LocalWorkspaceSpawner.provisioner_socket = str(load_settings().state / "gate.sock")
c.LocalWorkspaceSpawner.poll_interval = 1
# A lease of a minute, renewed each second; questions get an answer or an excuse after two.
c.LocalWorkspaceSpawner.lease_seconds = 60
casahub_spawner.mixin._RENEWALS = 60  # type: ignore[misc]  # the site's own is a constant
casahub_spawner.mixin._PATIENCE = 2.0  # type: ignore[misc]
casahub_spawner.closing._PAUSE = 0.1  # type: ignore[misc]
# JupyterLab is not looked at here, and takes long to load.
c.LocalWorkspaceSpawner.environment = {"JUPYTERHUB_SINGLEUSER_APP": "jupyter-server"}
