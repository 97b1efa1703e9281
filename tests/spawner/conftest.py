from collections.abc import Iterator
from pathlib import Path

import pytest
from tests_gate import Gate
from tests_hub import HubSite, running_hub

CONFIG = Path(__file__).with_name("hub_config.py")


@pytest.fixture(scope="session")
def gate(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gate]:
    """The gate between the hub and the provisioner; the site is beside it."""
    state = tmp_path_factory.mktemp("site")
    with Gate(state / "gate.sock", state / "run" / "provisioner.sock").listening() as gate:
        yield gate


@pytest.fixture(scope="session")
def site(gate: Gate) -> Iterator[HubSite]:
    with running_hub(gate.path.parent, CONFIG) as running:
        yield running
