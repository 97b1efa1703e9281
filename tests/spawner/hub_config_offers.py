"""The hub of the other tests here, with images and sizes on an engine that shows what it is told.

A local process has neither, so its environment says which it would have.
"""

import sys
from pathlib import Path

from casahub_spawner.local import LocalWorkspaceSpawner
from casahub_spawner.offers import Image

load_subconfig(str(Path(__file__).with_name("hub_config.py")))  # type: ignore[name-defined]  # noqa: F821  # traitlets put it here
c = get_config()  # type: ignore[name-defined]  # noqa: F821  # JupyterHub put it here


class TellingSpawner(LocalWorkspaceSpawner):
    """Starts the server with its image and size in its environment."""

    def use_image(self, image: Image) -> None:
        self.image = image.reference

    def get_args(self) -> list[str]:
        return []

    def get_env(self) -> dict[str, str]:
        env: dict[str, str] = super().get_env()
        given = f"{self.image} {self.cpu_limit:g} {self.mem_limit}"
        return env | {"GIVEN": given}


c.JupyterHub.spawner_class = TellingSpawner
# What it is started with is looked at here, not what it does.
c.TellingSpawner.cmd = [sys.executable, str(Path(__file__).with_name("small_server.py"))]
c.LocalWorkspaceSpawner.images = [
    {"name": "casa", "title": "CASA 6.7", "reference": "casahub/notebook:1"},
    {"name": "plain", "reference": "python:slim"},
]
c.LocalWorkspaceSpawner.sizes = [
    {"name": "small", "cpus": 0.5, "memory": "1G"},
    {"name": "large", "cpus": 8, "memory": "16G"},
]
