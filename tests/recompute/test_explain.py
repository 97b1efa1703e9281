"""An explanation leads from what was computed again to what its user did."""

from collections.abc import Callable

import pytest
from hypothesis import given
from recompute.errors import UnknownStepError
from recompute.graphs import explain, find, last_difference
from recompute.history import current
from recompute.model import Step, Verdict
from tests_recompute_steps import Desk, steps_of, unmemoised, vla_twice

Script = Callable[[Desk], None]


def plain(desk: Desk, interp: str = "linear") -> None:
    desk.do("flagdata", update={"vis": "x.ms"}, mode="tfcrop")
    desk.do("gaincal", read={"vis": "x.ms"}, write={"caltable": "G"}, solint="int")
    desk.do("applycal", read={"gaintable[0]": "G"}, update={"vis": "x.ms"}, interp=interp)
    desk.do("tclean", read={"vis": "x.ms"}, write={"imagename.image": "img.image"}, niter=9)


def twice(first: Script, second: Script, raw: int = 1) -> Desk:
    """Run one script, and then another from its top on files as they were, or on others."""
    desk = Desk()
    desk.put("x.ms", 1)
    found = dict(desk.files)
    first(desk)
    desk.again("r2", found)
    if raw != 1:
        desk.put("x.ms", raw)
    second(desk)
    return desk


def told(desk: Desk, what: int | str) -> str:
    return str(explain(find(current(desk.steps), what), desk.steps))


def test_a_changed_parameter_is_the_root_of_what_follows() -> None:
    steps = vla_twice(applycal_interp=["nearest", "nearest"])
    step = find(current(steps), 11)
    assert str(explain(step, steps)) == (
        "tclean [11] was computed: 1 thing changed since tclean [11] of 2026-03-01 09:00 UTC\n"
        "  - target.ms changed, because applycal [8] was given interp=['nearest', 'nearest'] "
        "(was ['linear', 'nearest']) (by way of split [9])"
    )


def test_a_step_that_was_itself_changed_says_so() -> None:
    desk = twice(plain, lambda desk: plain(desk, "nearest"))
    assert "- applycal [3] was given interp='nearest' (was 'linear')" in told(desk, "applycal")


def test_what_did_not_change_says_where_its_result_is_from() -> None:
    desk = twice(plain, plain)
    assert told(desk, "gaincal") == (
        "gaincal [2] was cached: nothing that it depends on changed since gaincal [2] of "
        "2026-03-01 09:00 UTC\n"
        "  - its result was computed by gaincal [2] on 2026-03-01 09:00 UTC in 1.0 s"
    )


def test_a_result_from_elsewhere_is_from_the_store() -> None:
    desk = twice(plain, plain)
    desk.steps = desk.steps[4:]
    assert "was cached: it was not executed before" in told(desk, "gaincal")
    assert "its result is from the store; it took 1.0 s to compute" in told(desk, "gaincal")


def test_a_source_that_was_changed_by_others_is_named() -> None:
    desk = twice(plain, plain, raw=2)
    assert "x.ms changed, because it was changed outside of this pipeline" in told(desk, 1)
    assert "img" not in told(desk, 4)
    assert "because it was changed outside of this pipeline (by way of applycal [3]" in told(
        desk, 4
    )


def test_an_inserted_step_is_the_root() -> None:
    def longer(desk: Desk) -> None:
        desk.do("flagdata", update={"vis": "x.ms"}, mode="tfcrop")
        desk.do("statwt", update={"vis": "x.ms"})
        desk.do("gaincal", read={"vis": "x.ms"}, write={"caltable": "G"}, solint="int")

    assert "x.ms changed, because statwt [2] is new" in told(twice(plain, longer), "gaincal")


def test_a_removed_step_is_the_root() -> None:
    def shorter(desk: Desk) -> None:
        desk.do("gaincal", read={"vis": "x.ms"}, write={"caltable": "G"}, solint="int")

    def one(desk: Desk) -> None:
        desk.do("setjy", update={"vis": "x.ms"})
        plain(desk)

    desk = twice(plain, shorter)
    assert "x.ms changed, because flagdata [1] was taken out" in told(desk, "gaincal")
    desk = twice(one, plain)
    assert "because setjy [1] was taken out (by way of flagdata [1])" in told(desk, "gaincal")


def test_another_order_of_steps_is_the_root() -> None:
    def order(*tasks: str) -> Script:
        def script(desk: Desk) -> None:
            for task in tasks:
                desk.do(task, update={"vis": "x.ms"})
            desk.do("split", read={"vis": "x.ms"}, write={"outputvis": "y.ms"})

        return script

    desk = twice(order("setjy", "flagdata"), order("flagdata", "setjy"))
    assert "setjy [2] made it, in another order of steps, and not flagdata [2]" in told(
        desk, "split"
    )


def test_another_version_is_the_root() -> None:
    desk = Desk()
    desk.put("x.ms", 1)
    found = dict(desk.files)
    plain(desk)
    desk.again("r2", found)
    desk.versions = {**desk.versions, "casatasks": "6.7.6.14"}
    plain(desk)
    assert "- flagdata [1] was given casatasks 6.7.6.14 (was 6.7.0.31)" in told(desk, 1)


def test_an_output_of_another_name_is_still_the_same_step() -> None:
    def renamed(desk: Desk) -> None:
        desk.do("flagdata", update={"vis": "x.ms"}, mode="tfcrop")
        desk.do("gaincal", read={"vis": "x.ms"}, write={"caltable": "G.new"}, solint="int")

    assert "caltable='G.new' (was 'G')" in told(twice(plain, renamed), "gaincal")


def test_a_cell_is_compared_with_its_last_execution() -> None:
    desk = Desk(pipeline="n.ipynb")
    desk.put("x.ms", 1)
    desk.do("gaincal", read={"vis": "x.ms"}, write={"caltable": "G"}, cell="a", solint="int")
    desk.do("bandpass", read={"gaintable[0]": "G"}, write={"caltable": "B"}, cell="b")
    del desk.files[desk.path("G")]
    desk.do("gaincal", read={"vis": "x.ms"}, write={"caltable": "G"}, cell="a", solint="9s")
    del desk.files[desk.path("B")]
    desk.do("bandpass", read={"gaintable[0]": "G"}, write={"caltable": "B"}, cell="b")
    assert "G changed, because gaincal [3] was given solint='9s' (was 'int')" in told(
        desk, "bandpass"
    )


def test_why_it_was_not_memoised_or_failed_is_said() -> None:
    desk = Desk()
    desk.put("x.ms", 1)
    desk.do("plotms", read={"vis": "x.ms"})
    desk.steps[-1] = unmemoised(desk.steps[-1], "it shows a window")
    assert "plotms [1] was not memoised" in told(desk, "plotms")
    assert "it shows a window" in told(desk, "plotms")


def test_an_evicted_result_is_noticed() -> None:
    def evicted(desk: Desk) -> None:
        desk.known.clear()
        plain(desk)

    desk = twice(plain, evicted)
    assert find(current(desk.steps), 1).verdict is Verdict.COMPUTED
    assert "its stored result was not there any more" in told(desk, 1)


def test_html_has_no_tag_of_a_name() -> None:
    desk = Desk()
    desk.put("<script>", 1)
    for mode in ("<b>", "<i>"):
        desk.again(mode)
        desk.do("flagdata", update={"vis": "<script>"}, mode=mode)
    shown = explain(desk.steps[-1], desk.steps)._repr_html_()
    assert "mode=&#x27;&lt;i&gt;&#x27;" in shown
    assert not {"<script>", "<i>"} & set(shown.replace("<", " <").replace(">", "> ").split())


@given(steps_of())
def test_every_step_can_be_explained(steps: list[Step]) -> None:
    for each in steps:
        shown = explain(each, steps)
        str(shown).encode()
        assert shown.step is each
        assert len(str(shown).splitlines()[0]) > len(each.task.encode(errors="replace").decode())


@pytest.mark.parametrize(
    ("what", "number"),
    [(12, 12), ("12", 12), ("tclean [11]", 11), ("[3]", 3), ("setjy", 3), ("tclean:2", 11),
     ("gaincal:1", 4), ("G0", 4), ("img.image", 11), ("img.*", 11), ("data.ms", 8),
     ("/home/ann/3c391/B0", 5), ("listobs.txt", 1), (" F1 ", 7)],
)  # fmt: skip
def test_a_step_is_found_by_what_a_user_calls_it(what: int | str, number: int) -> None:
    assert find(current(vla_twice()), what).number == number


@pytest.mark.parametrize(
    "what", [0, 14, "plotms", "tclean:3", "tclean:0", "split [3]", "", "nothing.ms"]
)
def test_what_is_not_there_is_answered_with_what_is(what: int | str) -> None:
    with pytest.raises(UnknownStepError, match=r"listobs \[1\], flagdata \[2\]"):
        find(current(vla_twice()), what)


def test_a_task_that_was_done_twice_has_to_be_told_apart() -> None:
    with pytest.raises(
        UnknownStepError, match=r"tclean \[10\] target.ms → dirty.\*; tclean \[11\]"
    ):
        find(current(vla_twice()), "tclean")


def test_nothing_recorded_is_said() -> None:
    with pytest.raises(UnknownStepError, match="nothing was recorded yet"):
        find([], "tclean")


def test_a_run_is_summed_up_beside_the_one_before() -> None:
    def longer(desk: Desk) -> None:
        plain(desk, "nearest")
        desk.do("exportfits", read={"imagename": "img.image"}, write={"fitsimage": "img.fits"})

    desk = twice(plain, longer)
    summary = last_difference(desk.steps[4:], desk.steps[:4])
    assert str(summary) == (
        "2 cached, 3 computed · took 3.0 s · saved 2.0 s · stored 0 B\n"
        "  added: exportfits [5]\n"
        "  changed: applycal [3] with interp='nearest' (was 'linear')"
    )
    assert last_difference(desk.steps[:4], desk.steps[4:]).removed == ("exportfits [5]",)
    assert last_difference(desk.steps[:4], []).added[0] == "flagdata [1]"


def test_a_step_that_is_neither_where_nor_what_it_was_is_another() -> None:
    def gaincal(desk: Desk, table: str) -> None:
        desk.do("gaincal", read={"vis": "x.ms"}, write={"caltable": table})

    def first(desk: Desk) -> None:
        gaincal(desk, "G")
        desk.do("split", read={"vis": "x.ms"}, write={"outputvis": "y.ms"})

    def second(desk: Desk) -> None:
        desk.do("split", read={"vis": "x.ms"}, write={"outputvis": "y.ms"})
        gaincal(desk, "H")

    desk = twice(first, second)
    summary = last_difference(desk.steps[2:], desk.steps[:2])
    assert (summary.added, summary.removed) == (("gaincal [2]",), ("gaincal [1]",))
