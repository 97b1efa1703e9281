"""What the lists of `tasks_*.py` are made of."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Step:
    """One call of a task.

    Attributes
    ----------
    call : str
        The call as a user writes it.
    returns : str
        Type of what the task returns; ``dict`` includes the kernel's own `TaskResult`.
    holds : str
        Expression that is true afterwards; ``result`` is what the task returned.
    """

    call: str
    returns: str = "NoneType"
    holds: str = "True"

    @property
    def task(self) -> str:
        return self.call.partition("(")[0]

    @property
    def cell(self) -> str:
        return f"result = {self.call}\nkind(result), bool({self.holds})"


@dataclass(frozen=True, slots=True)
class Refusal(Step):
    """One call that must fail, because what the task wants cannot be had in a test.

    Attributes
    ----------
    error : str
        Name of the exception's type.
    words : str
        Part of its text.
    because : str
        Why nothing better than the refusal is asserted.
    """

    error: str = "RuntimeError"
    words: str = ""
    because: str = ""


@dataclass(frozen=True, slots=True)
class Family:
    """Steps in their order; a plain string among them is a cell that only prepares.

    Attributes
    ----------
    name : str
        The test's id.
    steps : tuple
        Later ones use what earlier ones made; no family needs another.
    """

    name: str
    steps: tuple[Step | str, ...]

    @property
    def tasks(self) -> set[str]:
        return {step.task for step in self.steps if isinstance(step, Step)}


TOOLBOX = """\
import os, shutil
import numpy as np
from os.path import exists
from pathlib import Path
from casa_kernel.site import find_data
DEMO = str(find_data([]) / 'demo')

def kind(result):
    return 'dict' if isinstance(result, dict) else type(result).__name__

def column(path, name):
    tb = table()
    tb.open(path)
    try:
        return tb.getcol(name)
    finally:
        tb.close()

def columns(path):
    tb = table()
    tb.open(path)
    try:
        return tb.colnames()
    finally:
        tb.close()

def pixels(path):
    ia = image()
    ia.open(path)
    try:
        return ia.getchunk()
    finally:
        ia.close()

def image_of(path, values, units='Jy/pixel', frequency='100GHz', width='10MHz'):
    # One arcsecond for each pixel, at J2000 12:00:00 -23.00.00.
    ia, cs, qa = image(), coordsys(), quanta()
    coordinates = cs.newcoordsys(direction=True, stokes=['I'], spectral=True)
    coordinates.setunits(['rad', 'rad', '', 'Hz'])
    cell = qa.convert('1arcsec', 'rad')['value']
    hertz = [qa.convert(each, 'Hz')['value'] for each in (frequency, width)]
    coordinates.setincrement([-cell, cell], 'direction')
    coordinates.setreferencevalue([np.pi, np.radians(-23)], 'direction')
    coordinates.setreferencepixel([n // 2 for n in values.shape[:2]], 'direction')
    coordinates.setreferencevalue(hertz[0], 'spectral')
    coordinates.setrestfrequency(hertz[0])
    coordinates.setreferencepixel(0, 'spectral')
    coordinates.setincrement(hertz[1], 'spectral')
    ia.fromarray(path, values, csys=coordinates.torecord(), overwrite=True)
    ia.setbrightnessunit(units)
    ia.close()
"""
