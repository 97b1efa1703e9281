"""The tests' hub, which asks once an hour, and waits as long: what it learns, events told it."""

from pathlib import Path

import casahub_spawner.refusals

load_subconfig(str(Path(__file__).with_name("hub_config.py")))  # type: ignore[name-defined]  # noqa: F821
c = get_config()  # type: ignore[name-defined]  # noqa: F821  # JupyterHub put it here

c.LocalWorkspaceSpawner.poll_interval = 3600
casahub_spawner.refusals.PATIENCE = 3600.0  # type: ignore[misc]
