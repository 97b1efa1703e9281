"""The table that ``inp`` shows, as HTML and as plain text: pure functions.

Styles are inline and name JupyterLab's own colour variables, as in `output.render`: the table
follows the theme, and an untrusted notebook keeps it readable. What colour says is said by a mark
or a word as well.
"""

import textwrap
from html import escape
from typing import Final

from casa_kernel.inputs.state import Input, Inputs
from casa_kernel.inputs.values import shown

_WIDTH: Final = 100
_NAME: Final = 20
_VALUE: Final = 24
_MANY_ALLOWED: Final = 12
_CHANGED: Final = "*"
_INVALID: Final = "!"

_FAINT: Final = "var(--jp-ui-font-color2, #808080)"
_BAD: Final = "var(--jp-error-color1, #d9362b)"
_NEW: Final = "var(--jp-brand-color1, #1976d2)"
_CODE: Final = "font-family:var(--jp-code-font-family, monospace)"
_TABLE: Final = "border-collapse:collapse;font-size:var(--jp-code-font-size, 13px);margin:0"
_CELL: Final = "text-align:left;vertical-align:top;padding:1px 10px 1px 4px;border:none"


def bundle(inputs: Inputs) -> dict[str, str]:
    """Return the table for display, MIME type to content."""
    return {"text/plain": text(inputs), "text/html": html(inputs)}


def text(inputs: Inputs) -> str:
    """Return the table for a terminal: ``*`` marks what was changed, ``!`` what is invalid."""
    lines = [f"# {inputs.task.name}: {inputs.task.summary}"]
    for row in inputs.rows:
        lines += _row_text(row)
    lines += [_idle(*idle) for idle in inputs.idle]
    return "\n".join([*lines, f"# {_verdict(inputs)}"])


def html(inputs: Inputs) -> str:
    """Return the table for a notebook."""
    task = inputs.task
    head = (
        f'<caption style="text-align:left;caption-side:top;padding:2px 4px"><b>{escape(task.name)}'
        f'</b> <span style="color:{_FAINT}">{escape(task.summary)}</span></caption>'
    )
    rows = "".join(_row_html(row) for row in inputs.rows)
    notes = {_verdict(inputs): _BAD if inputs.problems else _FAINT}
    notes |= {_idle(*idle).lstrip("# "): _FAINT for idle in inputs.idle}
    foot = "".join(
        f'<tr style="background:none"><td colspan="3" style="{_CELL};color:{colour}">'
        f"{escape(note)}</td></tr>"
        for note, colour in notes.items()
    )
    return f'<table style="{_TABLE}">{head}<tbody>{rows}</tbody><tfoot>{foot}</tfoot></table>'


def allowed(row: Input) -> str:
    """Return the allowed values of a parameter in one line, empty if any will do.

    It is empty as well where the problem tells them.
    """
    if row.problem:
        return ""
    values = [shown(each) for each in row.parameter.allowed]
    if values:
        return ", ".join(values[:_MANY_ALLOWED]) + (", …" if len(values) > _MANY_ALLOWED else "")
    low, high = row.parameter.minimum, row.parameter.maximum
    if low is not None and high is not None:
        return f"{low:g} to {high:g}"
    return "" if low is None else f"at least {low:g}"


def _mark(row: Input) -> str:
    return _INVALID if row.problem else _CHANGED if row.changed else " "


def _row_text(row: Input) -> list[str]:
    name = "   " * row.depth + row.name
    left = f"{_mark(row)} {name:{_NAME}} = {shown(row.value)}"
    margin = _NAME + _VALUE + 6
    # A long value has its line for itself, and the words about it begin below.
    start = f"{left:{margin}}" if len(left) < margin else f"{left}\n{'':{margin}}"
    words = row.parameter.summary
    if allowed(row):
        words += f" ({allowed(row)})"
    wrapped = textwrap.wrap(f"# {words}", _WIDTH - margin, subsequent_indent="#   ")
    lines = (start + f"\n{'':{margin}}".join(wrapped)).split("\n")
    if row.problem:
        said = textwrap.wrap(
            f"# {_INVALID} {row.problem}", _WIDTH - margin, subsequent_indent="#   "
        )
        lines += [f"{'':{margin}}{line}" for line in said]
    return [line.rstrip() for line in lines]


def _row_html(row: Input) -> str:
    bar = _BAD if row.problem else _NEW if row.changed else "transparent"
    colour = f"color:{_BAD};font-weight:600" if row.problem else ""
    if row.changed and not row.problem:
        colour = f"color:{_NEW};font-weight:600"
    indent = f"padding-left:{4 + 18 * row.depth}px"
    title = "changed from " + shown(row.default) if row.changed else "the default"
    words = escape(row.parameter.summary)
    if allowed(row):
        words += f' <span style="color:{_FAINT};{_CODE}">{escape(allowed(row))}</span>'
    if row.problem:
        words += f'<br><span style="color:{_BAD}">{_INVALID} {escape(row.problem)}</span>'
    return (
        f'<tr style="background:none">'
        f'<td style="{_CELL};{indent};{_CODE};border-left:3px solid {bar}">{escape(row.name)}</td>'
        f'<td style="{_CELL};{_CODE};{colour}" title="{escape(title)}">'
        f"{escape(shown(row.value))}{_CHANGED if row.changed else ''}</td>"
        f'<td style="{_CELL}">{words}</td></tr>'
    )


def _idle(name: str, value: str, remedy: str) -> str:
    way = f", only with {remedy}" if remedy else ""
    return f"# not used now: {name} = {value}{way}"


def _verdict(inputs: Inputs) -> str:
    invalid = len(inputs.problems)
    changed = sum(row.changed for row in inputs.rows)
    ready = f"{invalid} invalid ({_INVALID})" if invalid else "ready to go"
    return f"{ready}; {changed} changed ({_CHANGED})" if changed else ready
