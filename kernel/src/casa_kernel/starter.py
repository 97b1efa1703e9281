"""The first notebook of a release: looks at the data, changes nothing."""

from pathlib import Path
from typing import Final

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

_KERNEL: Final = {"name": "casa", "display_name": "CASA", "language": "python"}

_INTRODUCTION: Final = """\
# {title}

The MeasurementSet `{vis}` lies beside this notebook. Run the cells from top to bottom with
Shift+Enter: they read the data and change nothing."""

_LISTOBS: Final = "listobs('{vis}')"

_FLAGS: Final = """\
summary = flagdata('{vis}', mode='summary')
for name, field in summary['field'].items():
    print(f"{{name:18}} {{field['flagged'] / field['total']:7.2%}} of visibilities flagged")"""

_PLOT: Final = """\
import matplotlib.pyplot as plt
import numpy as np

tb = table()
tb.open('{vis}')
selected = tb.query('FIELD_ID == {field_id} && ANTENNA1 != ANTENNA2')
visibilities, flags = selected.getcol('DATA'), selected.getcol('FLAG')
u, v, w = selected.getcol('UVW')
selected.close()
tb.close()

# One point for each row: the mean over channels of the first correlation.
amplitude = np.ma.abs(np.ma.masked_array(visibilities, flags)[0].mean(axis=0))
plt.figure(figsize=(8, 4))
plt.plot(np.hypot(u, v), amplitude, '.', markersize=2)
plt.xlabel('uv distance (m)')
plt.ylabel('amplitude (uncalibrated)')
plt.title('{field}')
plt.show()"""


def notebook(vis: str, title: str, fields: list[str]) -> nbformat.NotebookNode:
    """Return the notebook.

    Parameters
    ----------
    vis : str
        Name of the MeasurementSet beside it.
    title : str
        Its heading.
    fields : list of str
        Names of the fields; the plot takes the first.
    """
    cells = [
        new_markdown_cell(_INTRODUCTION.format(title=title, vis=vis)),
        new_markdown_cell("## What was observed"),
        new_code_cell(_LISTOBS.format(vis=vis)),
        new_markdown_cell("## How much of it is flagged"),
        new_code_cell(_FLAGS.format(vis=vis)),
        new_markdown_cell("## Amplitude against uv distance"),
        new_code_cell(_PLOT.format(vis=vis, field_id=0, field=fields[0])),
    ]
    for number, cell in enumerate(cells):
        cell["id"] = f"start-{number}"  # the same file each time it is made
    return new_notebook(cells=cells, metadata={"kernelspec": _KERNEL})


def write_notebook(path: Path, vis: str, title: str, fields: list[str]) -> None:
    """Write `notebook` to a file."""
    path.write_text(nbformat.writes(notebook(vis, title, fields)))
