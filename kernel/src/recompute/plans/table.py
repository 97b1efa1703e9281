"""How a plan looks: a table on a terminal, and one in a notebook."""

import json
from dataclasses import asdict
from html import escape
from typing import Final

from rich.console import Group
from rich.table import Table
from rich.text import Text

from recompute.batch.wording import steps
from recompute.plans.model import Fate, Foreseen, Plan
from recompute.words import duration

_MARKS: Final = {Fate.CACHED: "✓", Fate.RUNS: "●", Fate.DEPENDS: "◌"}
_STYLES: Final = {Fate.CACHED: "green", Fate.RUNS: "bold", Fate.DEPENDS: "yellow"}
_HEADINGS: Final = ("", "step", "task", "where", "", "time", "why")


def summary(plan: Plan) -> str:
    """Return a plan in one sentence."""
    if not plan.steps:
        return "No step is foreseen."
    parts = [f"{plan.count(fate)} {fate}" for fate in Fate if plan.count(fate)]
    sentence = f"{steps(len(plan.steps))}: {', '.join(parts)}"
    if plan.seconds:
        sentence += f", up to {duration(plan.seconds)} to compute"
    if plan.unknown:
        sentence += f"; how long {steps(plan.unknown)} will take is not known"
    return f"{sentence}."


def rows(plan: Plan) -> list[tuple[str, ...]]:
    """Return the table's rows as text."""
    return [
        (
            _MARKS[each.fate],
            str(each.number),
            each.task,
            str(each.where),
            str(each.fate),
            _time(each),
            each.why,
        )
        for each in plan.steps
    ]


def printed(plan: Plan) -> Group:
    """Return a plan for rich's console."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in _HEADINGS:
        table.add_column(heading, overflow="fold", justify="right" if heading == "time" else "left")
    for step, row in zip(plan.steps, rows(plan), strict=True):
        table.add_row(*(Text(cell) for cell in row), style=_STYLES[step.fate])
    ends = [Text(str(plan.stop), style="yellow")] if plan.stop else []
    return Group(*([table] if plan.steps else []), *ends, Text(summary(plan)))


def as_document(plan: Plan) -> str:
    """Return a plan as JSON."""
    end = str(plan.stop) if plan.stop else ""
    document = {"path": str(plan.path), "seconds": plan.seconds, "saved": plan.saved, "stop": end}
    return json.dumps({**document, "steps": [asdict(each) for each in plan.steps]}, indent=2)


def html(plan: Plan) -> str:
    """Return a plan as a table of HTML; whatever a script names is escaped."""
    head = "".join(f"<th>{each}</th>" for each in _HEADINGS)
    body = "".join(
        f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in rows(plan)
    )
    stop = f"<p>{escape(str(plan.stop))}</p>" if plan.stop else ""
    table = f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    return f"<div>{table if plan.steps else ''}{stop}<p>{escape(summary(plan))}</p></div>"


def _time(step: Foreseen) -> str:
    if step.seconds is None:
        return "?" if step.fate.costs else ""
    return duration(step.seconds) if step.fate.costs else f"({duration(step.seconds)})"
