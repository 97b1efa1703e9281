"""The site's own hub configuration on Docker, with what tests need to bring sessions in trouble.

`<state>/trouble/<name of a server>` names the trouble that its starts have.
"""

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from casahub.engines import hub_address
from casahub.hub_ports import hub_ports
from casahub.settings import Engine, load_settings
from casahub_spawner.docker import DockerWorkspaceSpawner
from tests_hub import HUB_CONFIG, add_test_service

load_subconfig(str(HUB_CONFIG))  # type: ignore[name-defined]  # noqa: F821  # traitlets put it here
c = get_config()  # type: ignore[name-defined]  # noqa: F821  # JupyterHub put it here
settings = load_settings()

TROUBLES: dict[str, dict[str, object]] = {
    "silence": {"cmd": ["sleep", "600"]},
    "words": {"cmd": ["sh", "-c", "echo There is no licence for the sky; exit 3"]},
    "no program": {"cmd": ["/there/is/none"]},
    "no pull": {"pull_policy": "never"},
}
USUAL: dict[str, object] = {"cmd": None, "pull_policy": "ifnotpresent"}


def bring_trouble(spawner: DockerWorkspaceSpawner) -> None:
    told = settings.state / "trouble" / spawner.name
    trouble = TROUBLES[told.read_text()] if told.exists() else {}
    for name, value in (USUAL | trouble).items():
        setattr(spawner, name, value)


add_test_service(c)
c.JupyterHub.spawner_class = DockerWorkspaceSpawner
# Containers reach the hub at the bridge's own address.
address = hub_address(settings.model_copy(update={"engine": Engine.DOCKER}))
c.JupyterHub.hub_bind_url = f"http://{address}:{hub_ports(settings.port).hub}"
c.DockerWorkspaceSpawner.site = str(settings.state)
c.DockerWorkspaceSpawner.provisioner_socket = str(settings.state / "gate.sock")
c.DockerWorkspaceSpawner.homes = str(settings.homes)
c.DockerWorkspaceSpawner.images = [
    {"name": "notebook", "reference": os.environ["CASAHUB_TEST_IMAGE"]},
    {"name": "far", "reference": "127.0.0.1:1/nowhere:1"},  # no registry listens there
]
c.DockerWorkspaceSpawner.sizes = [
    {"name": "usual", "cpus": 1.5, "memory": "1G"},
    {"name": "tiny", "cpus": 0.5, "memory": "64M"},  # Jupyter does not even load
]
c.DockerWorkspaceSpawner.pre_spawn_hook = bring_trouble
c.DockerWorkspaceSpawner.http_timeout = 60
c.DockerWorkspaceSpawner.poll_interval = 2
c.DockerWorkspaceSpawner.environment = {"JUPYTERHUB_SINGLEUSER_APP": "jupyter-server"}
