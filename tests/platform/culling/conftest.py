from collections.abc import Iterator
from pathlib import Path

import pytest
from tests_gate import Gate
from tests_hub import HubSite, running_hub

CONFIG = Path(__file__).with_name("hub_config.py")


@pytest.fixture(scope="module")
def gate(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gate]:
    """The gate between the culler and the provisioner; the site is beside it."""
    state = tmp_path_factory.mktemp("site")
    with Gate(state / "gate.sock", state / "run" / "provisioner.sock").listening() as gate:
        yield gate


@pytest.fixture(scope="module")
def site(gate: Gate, monkeypatch_module: pytest.MonkeyPatch) -> Iterator[HubSite]:
    monkeypatch_module.setenv("CASAHUB_IDLE_STOP", "PT15S")
    with running_hub(gate.path.parent, CONFIG) as running:
        yield running


@pytest.fixture(scope="module")
def monkeypatch_module() -> Iterator[pytest.MonkeyPatch]:
    with pytest.MonkeyPatch.context() as patch:
        yield patch
