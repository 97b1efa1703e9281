from pathlib import Path

import pytest
from casa_kernel.simulation import evn


@pytest.fixture(scope="session")
def experiment(tmp_path_factory: pytest.TempPathFactory) -> evn.Experiment:
    """The simulated experiment's files; tests copy what they change."""
    return evn.make(Path(tmp_path_factory.mktemp("evn")))
