"""The tests' hub, which asks for its servers once an hour: what it learns, events told it."""

from pathlib import Path

load_subconfig(str(Path(__file__).with_name("hub_config.py")))  # type: ignore[name-defined]  # noqa: F821
c = get_config()  # type: ignore[name-defined]  # noqa: F821  # JupyterHub put it here

c.LocalWorkspaceSpawner.poll_interval = 3600
