"""The tests' hub configuration, with a reconciler in a hurry."""

from pathlib import Path

load_subconfig(str(Path(__file__).with_name("hub_config.py")))  # type: ignore[name-defined]  # noqa: F821
c = get_config()  # type: ignore[name-defined]  # noqa: F821  # JupyterHub put it here

for service in c.JupyterHub.services:
    if service["name"] == "reconciler":
        service["environment"] = service["environment"] | {"CASAHUB_PERIOD": "1"}
