"""In value style nothing that was made is ever changed, with CASA itself."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from tests_recompute_casa import Reduction, forked

IMPORT = {"constobsid": True, "specframe": "TOPO", "scanreindexgap_s": 50.0}


@pytest.fixture
def valued(reduction: Reduction) -> Callable[[Callable[[], object]], list[str]]:
    """Does something in a process of its own, in the reduction's directory, with its store."""

    def run(work: Callable[[], object]) -> list[str]:
        def here() -> object:
            os.chdir(reduction.live)
            os.environ["RECOMPUTE_STORE"] = str(reduction.store)
            return work()

        return forked(here)

    return run


def chain() -> list[str]:
    from recompute import values as v  # noqa: PLC0415 - CASA is loaded by the fixture

    raw = v.importfitsidi(["sim02.fits"], vis="raw.ms", **IMPORT)
    flagged = v.flagdata(raw, mode="quack", quackinterval=15.0, flagbackup=False)
    gains = v.gaincal(flagged, field="3C286", refant="N01", solint="inf")
    before = v.flagdata(raw, mode="summary")
    after = v.flagdata(flagged, mode="summary")
    assert before["flagged"] < after["flagged"]
    assert not Path("raw.ms").exists()
    made = [raw, flagged, gains]
    return [*(f"{each.name} {each.cached}" for each in made), str(gains), str(flagged)]


def test_a_chain_of_values_is_known_the_second_time(
    valued: Callable[[Callable[[], object]], list[str]],
) -> None:
    first, again = valued(chain), valued(chain)
    names = ["raw.importfitsidi", "raw.importfitsidi.flagdata"]
    names.append("raw.importfitsidi.flagdata.gaincal")
    assert first[:3] == [f"{each} False" for each in names]
    assert again[:3] == [f"{each} True" for each in names]
    assert first[3:] == again[3:]
    assert Path(first[3]).is_dir()


def test_a_value_that_somebody_changed_is_put_back(
    valued: Callable[[Callable[[], object]], list[str]],
) -> None:
    flagged = Path(valued(chain)[4])
    (flagged / "table.info").write_text("somebody was here\n")
    valued(chain)
    assert "somebody" not in (flagged / "table.info").read_text()
