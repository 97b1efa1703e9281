"""The desk: commands of a person, and the thread that waits for them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from casa_kernel.clean.call import interactive
from casa_kernel.clean.desk import Command, Desk, Detached, Phase
from casa_kernel.clean.errors import NobodyThereError, StillOpenError
from casa_kernel.clean.kept import keep
from casa_kernel.inputs.saved import parse_saved
from casa_kernel.plots.worker import DRAWING
from casa_plots.cleaning.cleaning import Cleaning
from casa_plots.cleaning.masks import Edit
from casa_plots.inside import Outline, Shape
from plots.cleaning.conftest import VIS

Task = Callable[..., Any]


def cleaning(tclean: Task, **parameters: Any) -> Cleaning:
    given = {"vis": VIS, "imsize": 64, "cell": "20arcsec", "imagename": "ours"}
    made = Cleaning(tclean, {**given, "niter": 40, "cycleniter": 20, **parameters})
    made.begin()
    box = Outline(Shape.RECTANGLE, [(24, 24), (40, 40)])
    made.masks.edit(Edit(box, True, made.masks.every_plane()))
    return made


def test_a_run_to_the_end_ends_and_leaves_what_repeats_it(tclean: Task) -> None:
    seen: list[tuple[Phase, int]] = []
    ours = cleaning(tclean)
    desk = Desk(ours, lambda: seen.append((desk.phase, ours.cycles)))
    desk.ask(Command.RUN)
    result = desk.serve()
    assert result["iterdone"] == 40
    assert result["stopDescription"] == "iteration limit"
    assert [phase for phase, _ in seen][-2:] == [Phase.ENDING, Phase.DONE]
    assert (Phase.RUNNING, 1) in seen
    assert Path("ours.image").exists()
    script = keep(ours)
    assert script is not None
    assert script.read_text() == ours.script()
    saved = parse_saved(Path("ours.masks/cycle-01.last").read_text())
    assert (saved["mask"], saved["nmajor"]) == ("ours.masks/cycle-01.mask", 1)


def test_an_interrupt_stops_and_keeps_the_cycles_done(
    tclean: Task, capsys: pytest.CaptureFixture[str]
) -> None:
    def task(**parameters: Any) -> Any:
        if parameters.get("nmajor") == 1 and parameters["niter"] < 40:
            raise KeyboardInterrupt
        return tclean(**parameters)

    ours = cleaning(task)
    desk = Desk(ours, lambda: None)
    desk.ask(Command.RUN)
    result = desk.serve()
    assert ours.cycles == 1
    assert result["stopDescription"] == "force stop"
    assert Path("ours.image").exists()
    assert "Interrupted" in capsys.readouterr().out
    with DRAWING:
        assert not Path("ours.states").exists()


def test_what_casa_says_of_a_failed_cycle_is_told_and_it_goes_on(tclean: Task) -> None:
    def task(**parameters: Any) -> Any:
        if parameters.get("nmajor") == 1 and not problems:
            raise RuntimeError("the disk is full")
        return tclean(**parameters)

    problems: list[str] = []

    def told() -> None:
        if desk.problem and not problems:
            problems.append(desk.problem)
            desk.ask(Command.NEXT)
            desk.ask(Command.STOP)

    desk = Desk(cleaning(task), told)
    desk.ask(Command.NEXT)
    result = desk.serve()
    (problem,) = problems
    assert "the images are as they were before it: the disk is full" in problem
    assert result["iterdone"] > 0


def test_a_cell_that_cannot_wait_gets_the_result_later(tclean: Task) -> None:
    desk = Desk(cleaning(tclean), lambda: None)
    later = Detached(desk, lambda result: result)
    with pytest.raises(StillOpenError, match="press Stop"):
        later.result()
    assert "did not wait" in repr(later)
    desk.ask(Command.STOP)
    later.wait(60)
    assert later.result()["stopcode"] == 3


def test_without_anybody_it_is_refused_before_anything_is_done(tclean: Task) -> None:
    def task(*, imagename: str, interactive: bool = False) -> str:
        return f"{imagename} {interactive}"

    wrapped = interactive(task)
    assert wrapped(imagename="ours") == "ours False"
    with pytest.raises(NobodyThereError, match="interactive=False"):
        wrapped(imagename="ours", interactive=True)
