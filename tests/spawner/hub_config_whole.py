"""The site's own hub configuration, and a token for the tests."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests_hub import HUB_CONFIG, add_test_service

load_subconfig(str(HUB_CONFIG))  # type: ignore[name-defined]  # noqa: F821  # traitlets put it here
add_test_service(get_config())  # type: ignore[name-defined]  # noqa: F821  # JupyterHub put it here
