"""The hub of the session here, with a server that is up in a moment on this slow processor, too."""

import sys
from pathlib import Path

load_subconfig(str(Path(__file__).with_name("hub_config.py")))  # type: ignore[name-defined]  # noqa: F821  # traitlets put it here
c = get_config()  # type: ignore[name-defined]  # noqa: F821  # JupyterHub put it here

small = Path(__file__).parents[3] / "spawner" / "small_server.py"
c.LocalWorkspaceSpawner.cmd = [sys.executable, str(small)]
# A refusal is to be an answer, however long it takes here.
c.JupyterHub.tornado_settings = {"slow_spawn_timeout": 120, "slow_stop_timeout": 120}
