"""A whole reduction in a session of each engine, in the image that is shipped.

Run by `test_on_engines`, where the engines are. `tests/spawner/test_reduction.py` tells the same
story of a process of this machine.
"""

import pwd
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from tests_hub import HubSite, running_hub
from tests_reduction import import_observation, reduce_and_come_back
from tests_sessions import Session


@pytest.fixture
def state() -> Iterator[Path]:
    """The site's directory, which another account can reach into, unlike pytest's own."""
    with TemporaryDirectory(prefix="casahub-reduction-") as state:
        Path(state).chmod(0o755)
        yield Path(state)


@pytest.fixture(params=["docker", "apptainer"])
def site(request: pytest.FixtureRequest, state: Path) -> Iterator[HubSite]:
    config = Path(__file__).with_name(f"hub_config_{request.param}.py")
    account = pwd.getpwnam("www-data")  # Apptainer wants one that has a name
    options = ["--session-account", f"{account.pw_uid}:{account.pw_gid}"]
    with running_hub(state, config, options=options) as running:
        import_observation(running, state)
        yield running


@pytest.mark.timeout(900)
def test_a_reduction_is_found_again_and_restored(site: HubSite) -> None:
    reduce_and_come_back(Session(site, "ada", "reduction"))
