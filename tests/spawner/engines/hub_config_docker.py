"""The site's own hub configuration on Docker, with trouble for sessions as tests ask for it."""

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from casahub.engines import hub_address
from casahub.hub_ports import hub_ports
from casahub.settings import Engine
from casahub_spawner.docker import DockerWorkspaceSpawner
from tests_hub import HUB_CONFIG
from tests_troubles import bring_troubles

load_subconfig(str(HUB_CONFIG))  # type: ignore[name-defined]  # noqa: F821  # traitlets put it here
c = get_config()  # type: ignore[name-defined]  # noqa: F821  # JupyterHub put it here

settings = bring_troubles(
    c,
    DockerWorkspaceSpawner,
    usual={"cmd": None, "pull_policy": "ifnotpresent"},
    troubles={"no pull": {"pull_policy": "never"}},
)
# Containers reach the hub at the bridge's own address.
address = hub_address(settings.model_copy(update={"engine": Engine.DOCKER}))
c.JupyterHub.hub_bind_url = f"http://{address}:{hub_ports(settings.port).hub}"
c.DockerWorkspaceSpawner.images = [
    {"name": "notebook", "reference": os.environ["CASAHUB_TEST_IMAGE"]},
    {"name": "far", "reference": "127.0.0.1:1/nowhere:1"},  # no registry listens there
]
c.DockerWorkspaceSpawner.sizes = [
    {"name": "usual", "cpus": 1.5, "memory": "1G"},
    {"name": "tiny", "cpus": 0.5, "memory": "64M"},  # Jupyter does not even load
]
