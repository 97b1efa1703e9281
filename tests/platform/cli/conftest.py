from collections.abc import Iterator
from pathlib import Path

import pytest
from casahub.provisioning import storage_options
from casahub.settings import Settings
from tests_command import Command
from tests_processes import provisioner


@pytest.fixture(scope="session")
def observation(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("observation")
    (directory / "obs.ms").mkdir()
    (directory / "obs.ms" / "table.dat").write_bytes(b"visibilities" * 1000)
    return directory


@pytest.fixture(scope="module")
def casahub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Command]:
    """The command on a state whose provisioner runs, as that of a site does."""
    state = tmp_path_factory.mktemp("state")
    settings = Settings(state=state)
    running = provisioner(settings.socket, *storage_options(settings))
    running.start("serving ")
    yield Command(state)
    running.stop()
