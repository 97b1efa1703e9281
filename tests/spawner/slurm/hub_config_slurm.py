"""The site's own hub configuration on Slurm, with trouble for sessions as tests ask for it."""

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from casahub_spawner.slurm import SlurmWorkspaceSpawner
from tests_hub import HUB_CONFIG
from tests_troubles import bring_troubles

load_subconfig(str(HUB_CONFIG))  # type: ignore[name-defined]  # noqa: F821  # traitlets put it here
c = get_config()  # type: ignore[name-defined]  # noqa: F821  # JupyterHub put it here

ROOT = Path(__file__).parents[3]

bring_troubles(
    c,
    SlurmWorkspaceSpawner,
    usual={
        "cmd": [sys.executable, "-m", "jupyterhub.singleuser"],
        "mem_limit": 2**30,
        "cpu_limit": 1.0,
        "image": os.environ["CASAHUB_TEST_SKELETON"],
    },
    troubles={"too large": {"mem_limit": 2**40}, "no image": {"image": "/nowhere/notebook.sif"}},
)
c.SlurmWorkspaceSpawner.site = "tests"
c.SlurmWorkspaceSpawner.poll_interval = 1
c.SlurmWorkspaceSpawner.start_timeout = 120
# The image has no programs of its own: it shows this machine's.
c.SlurmWorkspaceSpawner.exec_options = [
    f"--bind={shown}:{shown}:ro" for shown in ("/usr", ROOT, sys.base_prefix)
]
