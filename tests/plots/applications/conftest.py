from collections.abc import Iterator
from pathlib import Path

import pytest
from casa_plots.applications.appimages import missing_libraries
from casa_plots.applications.places import APPLICATIONS, COMMAND, find
from casa_plots.applications.process import Application, Patience
from casacore.images import image


@pytest.fixture(scope="session", autouse=True)
def applications() -> None:
    """Skip where the applications are not, or cannot run."""
    found = find()
    if found is None:
        pytest.skip(f"casaplotms is not installed: {COMMAND}")
    missing = [each for name in APPLICATIONS for each in missing_libraries(found.tree(name))]
    if missing:
        pytest.skip(f"casaplotms and casaviewer lack {', '.join(missing)}")


@pytest.fixture(scope="session")
def observation(three_c_273: Path) -> Path:
    """A MeasurementSet of 7,669 rows with one channel and four correlations."""
    return three_c_273


@pytest.fixture(scope="session")
def sky(demo: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An image of two sources."""
    path = tmp_path_factory.mktemp("sky") / "sky.image"
    image(str(demo / "Images" / "test_image")).saveas(str(path))
    return path


@pytest.fixture(scope="module")
def casaplotms() -> Iterator[Application]:
    """A casaplotms that a module keeps."""
    application = Application("casaplotms", Patience(quiet=120))
    yield application
    application.stop()


@pytest.fixture(scope="module")
def casaviewer() -> Iterator[Application]:
    """A casaviewer that a module keeps."""
    application = Application("casaviewer", Patience(quiet=120))
    yield application
    application.stop()
