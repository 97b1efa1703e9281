"""Run the tests beside this file on Docker and Apptainer, which are in the lab's namespaces.

Each file has engines of its own. What it waits for is mostly CASA, so two of them run side by side.
"""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest
from tests_lab import Engines, Inside, run_tests

FILES = sorted(Path(__file__).parent.glob("engine_*.py"))


@pytest.fixture(scope="module")
def runs(
    engines: Engines, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Future[Inside]]]:
    """The run of each file that is tested, begun at once."""
    asked = [
        file
        for item in request.session.items
        if isinstance(item, pytest.Function) and item.path == request.path
        if isinstance(file := item.callspec.params["file"], Path)
    ]
    with ThreadPoolExecutor(max_workers=2) as pool:
        yield {
            file.stem: pool.submit(
                run_tests,
                engines,
                file,
                pattern="engine_*.py",
                directory=tmp_path_factory.mktemp(file.stem),
            )
            for file in asked
        }


@pytest.mark.timeout(3600)  # the first run builds the image, when nothing else runs
@pytest.mark.parametrize("file", FILES, ids=[file.stem for file in FILES])
def test_sessions_on_real_engines(file: Path, runs: dict[str, Future[Inside]]) -> None:
    runs[file.stem].result().require()
