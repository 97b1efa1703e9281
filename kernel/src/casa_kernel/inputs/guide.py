"""Help as tables and pages: all tasks, all tools, one task. Pure functions."""

from collections.abc import Iterable, Mapping
from html import escape
from typing import Final

from casa_kernel.inputs.check import words
from casa_kernel.inputs.definition import Parameter, TaskDefinition
from casa_kernel.inputs.values import shown

_FAINT: Final = "var(--jp-ui-font-color2, #808080)"
_CODE: Final = "font-family:var(--jp-code-font-family, monospace)"
_TABLE: Final = "border-collapse:collapse;font-size:var(--jp-ui-font-size1, 13px);margin:0 0 4px 0"
_CELL: Final = "text-align:left;vertical-align:top;padding:1px 14px 1px 4px;border:none"
_TEXT: Final = "white-space:pre-wrap;margin:0;padding:0;background:none;color:inherit;" + _CODE
_WIDTH: Final = 18


def by_category(tasks: Iterable[TaskDefinition]) -> dict[str, dict[str, str]]:
    """Return category to task to its line; a task may be in several."""
    found: dict[str, dict[str, str]] = {}
    for task in tasks:
        for category in task.categories:
            found.setdefault(category, {})[task.name] = task.summary
    return {category: found[category] for category in sorted(found)}


def tools_by_group(tools: Mapping[str, type]) -> dict[str, dict[str, str]]:
    """Return group to tool to its line, as casatools has them on its classes."""
    found: dict[str, dict[str, str]] = {}
    for name in sorted(tools):
        group = getattr(tools[name], "_info_group_", "") or "other"
        line = " ".join(getattr(tools[name], "_info_desc_", "").split())
        found.setdefault(group, {})[name] = line
    return {group: found[group] for group in sorted(found)}


def groups_bundle(groups: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    """Return tables of names and lines below headings, MIME type to content."""
    plain = "\n\n".join(
        "\n".join(
            [f"{heading}:", *(f"  {name:{_WIDTH}} {line}".rstrip() for name, line in lines.items())]
        )
        for heading, lines in groups.items()
    )
    html = "".join(
        f'<details open><summary style="cursor:pointer;font-weight:600">{escape(heading)} '
        f'<span style="color:{_FAINT}">{len(lines)}</span></summary>{_lines_table(lines)}</details>'
        for heading, lines in groups.items()
    )
    return {"text/plain": plain, "text/html": html}


def names_bundle(groups: Mapping[str, Iterable[str]]) -> dict[str, str]:
    """Return names only, a paragraph for each heading, MIME type to content."""
    plain = "\n".join(f"{heading}: {' '.join(names)}" for heading, names in groups.items())
    html = "".join(
        f"<div><b>{escape(heading)}</b> "
        f'<span style="{_CODE}">{escape(" ".join(names))}</span></div>'
        for heading, names in groups.items()
    )
    return {"text/plain": plain, "text/html": html}


def task_text(task: TaskDefinition) -> str:
    """Return a task's help for a terminal."""
    parts = [task.summary, task.description, "Parameters"]
    parts += [
        f"{parameter.name}: {_facts(parameter)}\n{_indented(_explained(parameter))}"
        for parameter in task.parameters
        if parameter.name not in task.internal
    ]
    return "\n\n".join(part for part in parts if part.strip())


def task_html(task: TaskDefinition) -> str:
    """Return a task's help for a notebook: what it does, and its parameters as a table."""
    rows = "".join(
        f'<tr style="background:none"><td style="{_CELL};{_CODE};font-weight:600">'
        f"{escape(parameter.name)}</td>"
        f'<td style="{_CELL}"><span style="color:{_FAINT}">{escape(_facts(parameter))}</span>'
        f'<pre style="{_TEXT}">{escape(_explained(parameter))}</pre></td></tr>'
        for parameter in task.parameters
        if parameter.name not in task.internal
    )
    return (
        f"<p><b>{escape(task.summary)}</b></p>"
        f'<pre style="{_TEXT}">{escape(task.description)}</pre><h4>Parameters</h4>'
        f'<table style="{_TABLE}">{rows}</table>'
    )


def _lines_table(lines: Mapping[str, str]) -> str:
    rows = "".join(
        f'<tr style="background:none"><td style="{_CELL};{_CODE}">{escape(name)}</td>'
        f'<td style="{_CELL}">{escape(line)}</td></tr>'
        for name, line in lines.items()
    )
    return f'<table style="{_TABLE}">{rows}</table>'


def _facts(parameter: Parameter) -> str:
    facts = [words(parameter.kinds), f"default {shown(parameter.default)}"]
    if parameter.allowed:
        facts.append("one of " + ", ".join(shown(each) for each in parameter.allowed))
    if parameter.minimum is not None:
        facts.append(f"at least {parameter.minimum:g}")
    if parameter.maximum is not None:
        facts.append(f"at most {parameter.maximum:g}")
    return "; ".join(facts)


def _explained(parameter: Parameter) -> str:
    # Most descriptions begin with the summary, some are nothing but it.
    return parameter.description or parameter.summary


def _indented(text: str) -> str:
    return "\n".join(f"    {line}".rstrip() for line in text.splitlines())
