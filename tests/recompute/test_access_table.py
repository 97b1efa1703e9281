"""The table of declarations against the casatasks that is installed."""

import inspect
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest
from recompute.access import Declaration, Given, declaration, known_tasks, request
from recompute.access.definitions import Kind, Type, defaults_in, directory, parameters_of
from recompute.model import Json

CASATASKS: Final = directory()
assert CASATASKS is not None
TASKS: Final = sorted(file.stem for file in (CASATASKS / "__xml__").glob("*.xml"))


def declared(task: str) -> Declaration:
    found = declaration(task)
    assert found is not None
    return found


def conditions(known: Declaration) -> list[Given]:
    of_accesses = [condition for each in known.accesses for condition in each.when]
    return [*of_accesses, *(condition for each in known.refusals for condition in each.when)]


def test_every_task_of_casatasks_is_declared_and_no_other() -> None:
    assert known_tasks() == set(TASKS)


@pytest.mark.parametrize("task", TASKS)
def test_every_parameter_that_is_named_is_one_of_the_task(task: str) -> None:
    known = declared(task)
    named = {each.parameter for each in known.accesses}
    named |= {condition.parameter for condition in conditions(known)}
    parameters: dict[str, Json] = {"nterms": 2, "deconvolver": "mtmfs"}
    named |= {each.parameter for each in known.more(parameters)} if known.more else set()
    assert named <= set(parameters_of(task) or {})


# They sound like paths, and are choices or names within a table.
CHOICES: Final = {
    "maskedcolor",
    "maskmode",
    "maskwidth",
    "oldname",
    "plotmasked",
    "savemodel",
    "spwlist",
    "usemask",
    "versionname",
    "bandname",
    "name",
}
PATH_LIKE: Final = re.compile(
    r"file|image|table|vis$|mask|region|model$|callib|taql|msselect|name$|complist|list$"
)


@pytest.mark.parametrize("task", TASKS)
def test_no_parameter_that_may_name_a_path_is_forgotten(task: str) -> None:
    known = declared(task)
    if any(not each.when for each in known.refusals):
        return
    further = known.more({"nterms": 2}) if known.more else ()
    named = {each.parameter for each in (*known.accesses, *further)}
    texts = {Kind.PATH, Kind.TEXT, Kind.ANY}
    forgotten = {
        each.name
        for each in (parameters_of(task) or {}).values()
        if PATH_LIKE.search(each.name) or Type(Kind.PATH) in each.types
        if any(known_type.kind in texts for known_type in each.types)
    }
    assert forgotten - named - CHOICES == set()


def test_conditions_are_in_lower_case_as_they_are_compared() -> None:
    values = [
        value
        for task in TASKS
        for condition in conditions(declared(task))
        for value in condition.values
    ]
    assert [each for each in values if isinstance(each, str) and each != each.lower()] == []


def test_a_task_that_is_always_refused_has_no_reads_or_writes() -> None:
    for task in TASKS:
        if any(not each.when for each in declared(task).refusals):
            assert declared(task).accesses == ()


def test_a_reason_is_given_where_a_task_changes_more_than_it_is_asked_for() -> None:
    # Side effects on inputs, found by comparing all files; see shared notes on CASA.
    for task in ("fluxscale", "concat", "testconcat", "uvmodelfit", "impbcor", "sdimaging"):
        assert declared(task).why


def test_defaults_are_those_of_the_tasks_that_are_called(tmp_path: Path) -> None:
    script = """
import inspect, json, sys
from datetime import UTC, datetime
from casa_kernel import site
site.apply(site.prepare(datetime.now(UTC)), "/dev/null")
import casatasks
from pathlib import Path
from recompute.access import known_tasks, request
differing = []
for task in sorted(known_tasks()):
    signature = inspect.signature(getattr(casatasks, task))
    def asks(given):
        return request(task, {}, signature=given, cwd=Path.cwd(), versions={})
    asked = [asks(signature), asks(None)]
    if asked[0] != asked[1] or not asked[0].parameters and signature.parameters:
        differing.append(task)
print(json.dumps(differing))
"""
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=tmp_path,
        env={"CASA_KERNEL_LOG": str(tmp_path), "PATH": "", "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1]) == []


@pytest.mark.parametrize(
    "text",
    ["def __call__( self, a=int(-1), b=[ float(1) ], c={'value': float(2)}, d=True )"],
)
def test_a_tasks_own_code_is_read_without_running_it(text: str) -> None:
    assert defaults_in(f"    {text}:\n") == {"a": -1, "b": [1.0], "c": {"value": 2.0}, "d": True}


def test_an_unknown_task_is_not_memoised() -> None:
    signature = inspect.signature(lambda vis: vis)
    asked = request("plotms", {"vis": "a"}, signature=signature, cwd=Path("/tmp"), versions={})
    assert "not declared" in asked.why_not
    assert declaration("plotms") is None
