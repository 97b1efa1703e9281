"""Definitions of all tasks, and which parameters are in force: pure functions."""

import re

import pytest
from casa_kernel.inputs import guide, table
from casa_kernel.inputs.definition import TaskDefinition
from casa_kernel.inputs.definitions import Definitions, parse
from casa_kernel.inputs.errors import DefinitionError, InvalidInputsError
from casa_kernel.inputs.paths import definition_directories, exists
from casa_kernel.inputs.state import Input, Inputs, inputs
from hypothesis import given
from hypothesis import strategies as st

DEFINITIONS = Definitions(*definition_directories())
NAMESPACE = 'xmlns="http://casa.nrao.edu/schema/psetTypes.html"'
VALUES = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.lists(st.text())


def tclean(**given: object) -> Inputs:
    return inputs(DEFINITIONS["tclean"], given, lambda path: path == "here.ms")


def row(found: Inputs, name: str) -> Input:
    return next(each for each in found.rows if each.name == name)


def test_every_file_is_read() -> None:
    read = list(DEFINITIONS.values())
    assert len(read) >= 124
    assert [each.name for each in read] == list(DEFINITIONS)
    assert [each.name for each in read if not each.parameters] == ["clearstat"]
    unexplained = {task.name for task in read for p in task.parameters if not p.summary}
    assert len(unexplained) < 10


def test_sub_parameters_follow_the_value_that_puts_them_in_force() -> None:
    plain, wide = tclean(), tclean(deconvolver="mtmfs", specmode="mfs")
    assert "nterms" not in plain.arguments
    assert (row(wide, "nterms").depth, row(wide, "nterms").value) == (1, 2)
    names = [each.name for each in wide.rows]
    assert names.index("nterms") > names.index("deconvolver")
    assert "reffreq" in names
    assert "nchan" not in names


def test_a_context_has_its_own_defaults() -> None:
    modes = DEFINITIONS["flagdata"]
    assert row(inputs(modes, {"mode": "tfcrop"}, exists), "datacolumn").default == "DATA"
    cut = {
        mode: row(inputs(modes, {"mode": mode}, exists), "freqcutoff").value for mode in ("tfcrop",)
    }
    assert cut == {"tfcrop": 3.0}
    assert not any(r.name == "freqcutoff" for r in inputs(modes, {"mode": "clip"}, exists).rows)


def test_a_negated_context() -> None:
    assert "gain" not in tclean(niter=0).arguments
    assert row(tclean(niter=1), "gain").value == 0.1


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"vis": ""}, "must be set"),
        ({"vis": "gone.ms"}, "does not exist: there is no 'gone.ms' here"),
        ({"vis": ["here.ms", "gone.ms"]}, "there is no 'gone.ms'"),
        ({"specmode": "Cube"}, "must be one of 'mfs', .*, not 'Cube'; 'cube' comes close"),
        ({"niter": 1.5}, "must be an integer, not 1.5"),
        ({"niter": None}, "must be an integer, not None"),
        ({"niter": print}, "not the builtin_function_or_method print"),
        ({"cell": object()}, "must be .* or .*, not an object of type object"),
        ({"weighting": "briggs", "robust": -3}, "must be at least -2, not -3"),
    ],
)
def test_a_problem_is_said_in_words(given: dict[str, object], problem: str) -> None:
    name = list(given)[-1]
    found = row(tclean(**given), name)
    assert re.search(problem, found.problem)
    html, text = table.html(tclean(**given)), table.text(tclean(**given))
    assert "color:var(--jp-error-color1" in html
    assert re.search(rf"^! +{name} ", text, re.MULTILINE)


def test_what_is_good_has_no_problem() -> None:
    found = tclean(vis="here.ms", imagename="x", imsize=[256, 256], cell="2arcsec")
    assert found.problems == []
    assert [each.name for each in found.rows if each.changed] == [
        *("vis", "imagename", "imsize", "cell")
    ]
    assert table.text(found).endswith("# ready to go; 4 changed (*)")


def test_a_value_out_of_force_is_told_but_not_passed() -> None:
    found = tclean(robust=0.5)
    assert "robust" not in found.arguments
    assert "not used now: robust = 0.5, only with weighting = " in table.text(found)


@given(st.data(), st.sampled_from([each for each in DEFINITIONS if each != "clearstat"]))
def test_any_values_make_a_table_of_distinct_rows(data: st.DataObject, task: str) -> None:
    definition: TaskDefinition = DEFINITIONS[task]
    given_values = data.draw(st.dictionaries(st.sampled_from(definition.names), VALUES))
    found = inputs(definition, given_values, exists)
    names = [each.name for each in found.rows]
    assert len(names) == len(set(names))
    assert {*names, *(name for name, _, _ in found.idle)} >= set(given_values)
    rendered = table.bundle(found)
    assert rendered["text/html"].count("<tr ") >= len(names)
    assert all(len(line) <= 420 for line in rendered["text/plain"].splitlines())


def test_values_are_escaped() -> None:
    html = table.html(tclean(vis="<script>alert(1)</script>"))
    assert "<script" not in html
    assert "&lt;script&gt;" in html


def test_an_error_names_every_parameter() -> None:
    error = InvalidInputsError("tclean", [("vis", "must be set"), ("niter", "must be an integer")])
    assert str(error) == (
        "tclean was not started, because of invalid inputs:\n"
        "  vis must be set\n  niter must be an integer"
    )


@pytest.mark.parametrize(
    "text",
    [
        "",
        "<casaxml/>",
        f'<casaxml {NAMESPACE}><task name="x"/></casaxml>',
        f'<casaxml {NAMESPACE}><task><input><param type="odd"/></input></task></casaxml>',
    ],
)
def test_other_files_are_refused(text: str) -> None:
    with pytest.raises(DefinitionError):
        parse(text)


def test_every_task_has_a_page() -> None:
    for definition in DEFINITIONS.values():
        assert definition.summary in guide.task_text(definition)
        html = guide.task_html(definition)
        assert html.count("<tr ") == len(set(definition.names) - definition.internal)
