"""The site's own hub configuration on Slurm, with what tests need to bring sessions in trouble.

`<state>/trouble/<name of a server>` names the trouble that its next start has.
"""

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from casahub.settings import load_settings
from casahub_spawner.slurm import SlurmWorkspaceSpawner
from tests_hub import HUB_CONFIG, add_test_service

load_subconfig(str(HUB_CONFIG))  # type: ignore[name-defined]  # noqa: F821  # traitlets put it here
c = get_config()  # type: ignore[name-defined]  # noqa: F821  # JupyterHub put it here
settings = load_settings()

ROOT = Path(__file__).parents[3]
USUAL: dict[str, object] = {
    "cmd": [sys.executable, "-m", "jupyterhub.singleuser"],
    "mem_limit": 2**30,
    "cpu_limit": 1.0,
    "image": os.environ["CASAHUB_TEST_SKELETON"],
}
TROUBLES: dict[str, dict[str, object]] = {
    "too large": {"mem_limit": 2**40},
    "words": {"cmd": ["sh", "-c", "echo There is no licence for the sky; exit 3"]},
    "no image": {"image": "/nowhere/notebook.sif"},
}


def bring_trouble(spawner: SlurmWorkspaceSpawner) -> None:
    told = settings.state / "trouble" / spawner.name
    trouble = TROUBLES[told.read_text()] if told.exists() else {}
    for name, value in (USUAL | trouble).items():
        setattr(spawner, name, value)


add_test_service(c)
c.JupyterHub.spawner_class = SlurmWorkspaceSpawner
c.SlurmWorkspaceSpawner.site = "tests"
c.SlurmWorkspaceSpawner.provisioner_socket = str(settings.socket)
c.SlurmWorkspaceSpawner.homes = str(settings.homes)
c.SlurmWorkspaceSpawner.pre_spawn_hook = bring_trouble
c.SlurmWorkspaceSpawner.poll_interval = 1
c.SlurmWorkspaceSpawner.start_timeout = 120
c.SlurmWorkspaceSpawner.http_timeout = 60
# The image has no programs of its own: it shows this machine's.
c.SlurmWorkspaceSpawner.exec_options = [
    f"--bind={shown}:{shown}:ro" for shown in ("/usr", ROOT, sys.base_prefix)
]
# JupyterLab is not looked at here, and takes long to load.
c.SlurmWorkspaceSpawner.environment = {"JUPYTERHUB_SINGLEUSER_APP": "jupyter-server"}
