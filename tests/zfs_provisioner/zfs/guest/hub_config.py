"""The site's own hub configuration with a token for the test, and patience for a slow processor."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[3]))

from tests_hub import HUB_CONFIG, LEAN, LEAN_ARGUMENTS, add_test_service

load_subconfig(str(HUB_CONFIG))  # type: ignore[name-defined]  # noqa: F821  # traitlets put it here
c = get_config()  # type: ignore[name-defined]  # noqa: F821  # JupyterHub put it here

add_test_service(c)
c.LocalWorkspaceSpawner.http_timeout = 600
c.LocalWorkspaceSpawner.environment, c.LocalWorkspaceSpawner.args = LEAN, LEAN_ARGUMENTS
