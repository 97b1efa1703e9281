"""The site's own hub configuration on Apptainer, with what tests need to bring sessions in trouble.

`<state>/trouble/<name of a server>` names the trouble that its next start has.
"""

import os
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))

from casahub.settings import load_settings
from casahub_spawner.apptainer import ApptainerWorkspaceSpawner
from tests_hub import HUB_CONFIG, add_test_service

load_subconfig(str(HUB_CONFIG))  # type: ignore[name-defined]  # noqa: F821  # traitlets put it here
c = get_config()  # type: ignore[name-defined]  # noqa: F821  # JupyterHub put it here
settings = load_settings()

TROUBLES: dict[str, dict[str, Any]] = {
    "silence": {"cmd": ["sleep", "600"]},
    "words": {"cmd": ["sh", "-c", "echo There is no licence for the sky; exit 3"]},
    "no memory": {"mem_limit": 2**28, "cmd": ["python3", "-c", "b'x' * 2**29"]},
    "no image": {"image": "/nowhere/notebook.sif"},
    "no container": {"image": "/etc/hostname"},
    "no program": {"cmd": ["/there/is/none"]},
    "no engine": {"program": "no-such-engine"},
    "sized": {"mem_limit": 2**30, "cpu_limit": 0.5},
    "no groups": {"mem_limit": 2**30, "control_group": "casahub/nowhere/at/all"},
}
# The hub's server, whatever of the image's Python has it.
SERVER = ["python3", "-m", "jupyterhub.singleuser"]
USUAL: dict[str, Any] = {
    "cmd": SERVER,
    "mem_limit": None,
    "cpu_limit": None,
    "image": os.environ["CASAHUB_TEST_SIF"],
    "program": "apptainer",
    "control_group": "casahub",
}


def bring_trouble(spawner: ApptainerWorkspaceSpawner) -> None:
    told = settings.state / "trouble" / spawner.name
    trouble = TROUBLES[told.read_text()] if told.exists() else {}
    for name, value in (USUAL | trouble).items():
        setattr(spawner, name, value)


add_test_service(c)
c.JupyterHub.spawner_class = ApptainerWorkspaceSpawner
c.ApptainerWorkspaceSpawner.site = str(settings.state)
c.ApptainerWorkspaceSpawner.provisioner_socket = str(settings.state / "gate.sock")
c.ApptainerWorkspaceSpawner.homes = str(settings.homes)
c.ApptainerWorkspaceSpawner.pre_spawn_hook = bring_trouble
c.ApptainerWorkspaceSpawner.start_timeout = 120
c.ApptainerWorkspaceSpawner.http_timeout = 60
c.ApptainerWorkspaceSpawner.poll_interval = 2
# JupyterLab is not looked at here, and takes long to load.
c.ApptainerWorkspaceSpawner.environment = {"JUPYTERHUB_SINGLEUSER_APP": "jupyter-server"}
