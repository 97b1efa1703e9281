"""The hub that casahub is measured against: dockerspawner as it comes, with a plain volume.

All that has nothing to do with the spawner is as in the site's own configuration for Docker.
"""

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from dockerspawner import DockerSpawner
from tests_hub import LEAN, LEAN_ARGUMENTS

load_subconfig(str(Path(__file__).with_name("hub_config_docker.py")))  # type: ignore[name-defined]  # noqa: F821  # traitlets put it here
c = get_config()  # type: ignore[name-defined]  # noqa: F821  # JupyterHub put it here

c.JupyterHub.spawner_class = DockerSpawner
c.DockerSpawner.image = os.environ["CASAHUB_TEST_IMAGE"]
c.DockerSpawner.volumes = {"bench-{username}": "/home/astronomer/work"}
c.DockerSpawner.remove = True
c.DockerSpawner.use_internal_ip = True
c.DockerSpawner.mem_limit = "1G"
c.DockerSpawner.cpu_limit = 1.5
c.DockerSpawner.http_timeout = 120
c.DockerSpawner.environment, c.DockerSpawner.args = LEAN, LEAN_ARGUMENTS
