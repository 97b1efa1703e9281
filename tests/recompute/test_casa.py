"""The law, with CASA itself: after any edits, what stands there is as from scratch."""

import os
import shutil
import signal
import tempfile
import threading
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests_recompute_casa import Reduction, differences, execute
from tests_recompute_chain import FITS, VIS, Call, Imaging, chain, script
from tests_recompute_killing import killed_at

QUICK = Imaging(niter=60, imsize=96)

WEIGHTS = """\
from casatools import table
tb = table()
tb.open("sim02.ms", nomodify=False)
tb.putcol("WEIGHT", 1.5 * tb.getcol("WEIGHT"))
tb.close()
"""
BANDPASS = WEIGHTS.replace("sim02.ms", "sim02.bandpass").replace("WEIGHT", "CPARAM")

# What people put between the steps of a reduction; the number is the step before which it stands.
INSERTED: Sequence[tuple[int, Call | str]] = (
    (1, Call("flagmanager", {"vis": VIS, "mode": "save", "versionname": "raw"})),
    (2, Call("flagdata", {"vis": VIS, "mode": "clip", "clipminmax": [0.0, 9.0]})),
    (3, Call("flagdata", {"vis": VIS, "mode": "summary"})),
    (4, Call("setjy", {"vis": VIS, "field": "1", "standard": "manual", "fluxdensity": [2.3]})),
    (4, WEIGHTS),
    (8, "import shutil; shutil.rmtree('sim02.phase')"),
    (10, Call("statwt", {"vis": VIS, "datacolumn": "data"})),
    (12, Call("imstat", {"imagename": "snr.image"})),
    (12, Call("impbcor", {"imagename": "snr.image", "pbimage": "snr.pb", "outfile": "snr.cor"})),
)
VERSIONS = (
    chain(QUICK),
    chain(QUICK, quack=25.0),
    chain(QUICK, solint="60s"),
    chain(QUICK, beam="80arcsec"),
    chain(Imaging(niter=40, imsize=96)),
)


def with_inserted(calls: tuple[Call, ...], numbers: frozenset[int], without: frozenset[int]) -> str:
    """Return a reduction with some more steps, and without some of its own."""
    lines: list[Call | str] = []
    for number, call in enumerate(calls):
        lines += [
            what
            for index, (before, what) in enumerate(INSERTED)
            if before == number and index in numbers
        ]
        if number not in without:
            lines.append(call)
    return script(lines)


def agrees(reduction: Reduction, text: str) -> list[str]:
    """Run a reduction memoised and from scratch, and return in what they differ."""
    reduction.run(text)
    scratch = reduction.from_scratch(text)
    found = differences(reduction.live, scratch, reduction.live.parent / "seen")
    shutil.rmtree(scratch)
    return found


@settings(max_examples=3, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.lists(
        st.tuples(
            st.sampled_from(VERSIONS),
            st.frozensets(st.integers(0, len(INSERTED) - 1), max_size=3),
            st.frozensets(st.sampled_from([1, 2, 12]), max_size=2),
        ),
        min_size=2,
        max_size=3,
    )
)
def test_after_any_edits_what_stands_there_is_as_from_scratch(
    observation: Path, versions: list[tuple[tuple[Call, ...], frozenset[int], frozenset[int]]]
) -> None:
    with tempfile.TemporaryDirectory() as place:
        reduction = Reduction(Path(place), observation)
        for calls, inserted, without in versions[:-1]:
            reduction.run(with_inserted(calls, inserted, without))
        text = with_inserted(*versions[-1])
        assert agrees(reduction, text) == []
        again = reduction.run(text)
        assert [each for each in again if not each.endswith(" cached")] == []


@pytest.mark.parametrize("deed", [400, 1500])
def test_a_run_that_was_killed_is_as_if_it_had_not_been(reduction: Reduction, deed: int) -> None:
    reduction.run(script(chain(QUICK, solint="60s")))
    text = script(chain(QUICK, quack=25.0))
    killed_at(deed, partial(reduction.run_here, text))
    assert agrees(reduction, text) == []


def test_a_run_that_was_killed_inside_casa_is_as_if_it_had_not_been(reduction: Reduction) -> None:
    text = script(chain(Imaging(niter=4000, imsize=384)))
    child = os.fork()
    if child == 0:
        os.setsid()
        threading.Thread(target=_kill_in_tclean, args=[reduction.live], daemon=True).start()
        reduction.run_here(text)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == -signal.SIGKILL
    assert agrees(reduction, script(chain(QUICK))) == []


def _kill_in_tclean(live: Path) -> None:
    poll = threading.Event()
    while not (live / "snr.residual").exists():
        poll.wait(0.01)
    os.killpg(0, signal.SIGKILL)


@pytest.mark.parametrize(
    "change",
    [
        "import shutil; shutil.rmtree('sim02.ms')",
        "import os; os.system('rm -rf sim02.bandpass snr.*')",
        BANDPASS,
    ],
)
def test_a_change_from_outside_is_noticed(reduction: Reduction, change: str) -> None:
    text = script(chain(QUICK))
    reduction.run(text)
    reduction.plainly(partial(execute, change))
    assert agrees(reduction, text) == []


def test_other_data_of_the_same_name_are_noticed(reduction: Reduction) -> None:
    text = script(chain(QUICK))
    reduction.run(text)
    fits = reduction.live / FITS
    data = bytearray(fits.read_bytes())
    data[-30000] ^= 0x40
    fits.write_bytes(data)
    reduction.observation = fits
    assert reduction.run(text)[0] == "importfitsidi computed"


def test_an_edited_step_recomputes_what_depends_on_it_alone(reduction: Reduction) -> None:
    reduction.run(script(chain(QUICK)))
    steps = reduction.run(script(chain(QUICK, solint="60s")))
    computed = [each.removesuffix(" computed") for each in steps if each.endswith(" computed")]
    assert computed == ["gaincal", "fluxscale", "applycal", "split", "tclean", "imsmooth"]


def test_flagging_what_is_flagged_leaves_all_that_follows_cached(reduction: Reduction) -> None:
    calls = list(chain(QUICK))
    reduction.run(script(tuple(calls)))
    calls.insert(3, calls[1])
    steps = reduction.run(script(tuple(calls)))
    assert [each for each in steps if each.endswith(" computed")] == ["flagdata computed"]


def test_a_virtual_model_is_not_taken_to_another_place(
    reduction: Reduction, observation: Path, tmp_path: Path
) -> None:
    virtual = (Call("setjy", {"vis": VIS, "field": "3C286", "usescratch": False}),)
    text = script(chain(QUICK)[:3] + virtual + chain(QUICK)[4:5])
    reduction.run(text)
    elsewhere = Reduction(tmp_path / "elsewhere", observation)
    elsewhere.store = reduction.store
    assert agrees(elsewhere, text) == []
