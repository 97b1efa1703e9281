"""The site's own hub configuration on Apptainer, with trouble for sessions as tests ask for it."""

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from casahub_spawner.apptainer import ApptainerWorkspaceSpawner
from tests_hub import HUB_CONFIG
from tests_troubles import bring_troubles

load_subconfig(str(HUB_CONFIG))  # type: ignore[name-defined]  # noqa: F821  # traitlets put it here
c = get_config()  # type: ignore[name-defined]  # noqa: F821  # JupyterHub put it here

bring_troubles(
    c,
    ApptainerWorkspaceSpawner,
    usual={
        # The hub's server, whatever of the image's Python has it.
        "cmd": ["python3", "-m", "jupyterhub.singleuser"],
        "mem_limit": None,
        "cpu_limit": None,
        "image": os.environ["CASAHUB_TEST_SIF"],
        "program": "apptainer",
        "control_group": "casahub",
    },
    troubles={
        "no memory": {"mem_limit": 2**28, "cmd": ["python3", "-c", "b'x' * 2**29"]},
        "no image": {"image": "/nowhere/notebook.sif"},
        "no container": {"image": "/etc/hostname"},
        "no engine": {"program": "no-such-engine"},
        "sized": {"mem_limit": 2**30, "cpu_limit": 0.5},
        "no groups": {"mem_limit": 2**30, "control_group": "casahub/nowhere/at/all"},
    },
)
c.ApptainerWorkspaceSpawner.start_timeout = 120
