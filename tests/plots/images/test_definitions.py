"""What `inp` shows is what the functions take."""

import inspect
from pathlib import Path

import casa_plots
import pytest
from casa_kernel.inputs.definitions import Definitions
from casa_plots import images

DEFINITIONS = Definitions(Path(casa_plots.__file__).parent / "definitions")


@pytest.mark.parametrize("name", images.__all__)
def test_definitions_have_the_parameters_of_the_function(name: str) -> None:
    taken = list(inspect.signature(getattr(images, name)).parameters)
    described = [each.name for each in DEFINITIONS[name].parameters]
    assert sorted(described) == sorted(taken)
    assert DEFINITIONS[name].summary
