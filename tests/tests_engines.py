"""What tests on Docker and on Apptainer have in common."""

import pwd
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import tests_apptainer
import tests_docker
from tests_hub import HubSite, running_hub

_CONFIGS: Final = Path(__file__).parent / "spawner" / "engines"
# What sessions of a site left, in whose state it is.
LEFT_BEHIND: Final[dict[str, Callable[[Path], list[str]]]] = {
    "docker": lambda _state: tests_docker.left_behind(),
    "apptainer": tests_apptainer.left_behind,
}


@contextmanager
def open_directory() -> Iterator[Path]:
    """Make a directory for the block that another account can reach into, unlike pytest's own."""
    with TemporaryDirectory(prefix="casahub-engine-") as directory:
        Path(directory).chmod(0o755)
        yield Path(directory)


@contextmanager
def hub_on(engine: str, state: Path) -> Iterator[HubSite]:
    """Run a hub on an engine in the block; sessions have an account that is not the hub's."""
    account = pwd.getpwnam("www-data")  # Apptainer wants one that has a name
    options = ["--session-account", f"{account.pw_uid}:{account.pw_gid}"]
    with running_hub(state, _CONFIGS / f"hub_config_{engine}.py", options=options) as site:
        yield site
