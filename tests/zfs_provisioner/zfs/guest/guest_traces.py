"""The same deeds on OpenZFS and on the model: everybody sees the same on both, step by step."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests_guest import Open, ZfsStranger
from tests_model import ModelStorage
from tests_model_pool import ModelPool
from tests_provisioner import Clock
from tests_strangers import PoolStranger
from tests_traces import House, trace
from zfs_provisioner.storage.libzfs_core import LibZfsCore

LENGTH = 80


@pytest.fixture
def stranger(filesystem: str, tmp_path: Path) -> Iterator[ZfsStranger]:
    found = ZfsStranger(filesystem, tmp_path / "elsewhere")
    yield found
    found.stop()


@pytest.mark.parametrize("change", [LibZfsCore], indirect=True)
@pytest.mark.parametrize("seed", range(6))
def test_openzfs_does_what_the_model_does(
    seed: int, open_storage: Open, stranger: ZfsStranger, source: Path, tmp_path: Path
) -> None:
    pool = ModelPool(tmp_path / "model")
    clocks = Clock(), Clock()
    model = House(
        lambda: ModelStorage(pool), lambda found: PoolStranger(found.pool), clocks[0], source
    )
    real = House(open_storage, lambda _storage: stranger, clocks[1], source)
    answers = Counter[str]()
    for number, deed in enumerate(trace(seed, LENGTH)):
        expected = model.do(deed)
        assert real.do(deed) == expected, f"deed {number}, {deed}"
        answers[f"{deed[0]}: {expected}"] += 1
        if deed[0] == "round":
            assert real.seen() == model.seen(), f"after deed {number}, {deed}"
    print(sorted(answers.items()))
