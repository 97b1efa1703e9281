"""What a user asks about the notebook's steps: the graph, the reasons, the history, the store."""

from html import escape
from typing import TYPE_CHECKING, Final

from recompute.words import duration, size

if TYPE_CHECKING:
    from recompute.model import Step

_STEPS_SHOWN: Final = 60
_HEADINGS: Final = ("step", "task", "became", "took", "saved", "began (UTC)")
_CELL: Final = "padding:1px 12px 1px 0;text-align:left;white-space:nowrap"


def store_line() -> str:
    """Return what the store takes, such as ``store: 213 MB for 884 MB of states, in …``."""
    from recompute import opening  # noqa: PLC0415 - the kernel starts sooner

    store = opening.open_store()
    usage = store.usage()
    quota = f", of {size(usage.quota)} at most" if usage.quota is not None else ""
    return f"store: {size(usage.real)}{quota}, for {size(usage.logical)} of data, in {store.place}"


def history_bundle(pipeline: str) -> dict[str, str]:
    """Return the newest steps of a pipeline as a table, MIME type to content."""
    from recompute.questions import history  # noqa: PLC0415 - as above

    steps = history(pipeline)
    rows = [_HEADINGS, *(_row(each) for each in steps[-_STEPS_SHOWN:])]
    left_out = len(steps) - _STEPS_SHOWN
    more = [f"{left_out} earlier steps are not shown"] if left_out > 0 else []
    return {"text/plain": "\n".join([*more, _text(rows)]), "text/html": _html(rows, more)}


def _row(step: "Step") -> tuple[str, ...]:
    saved = step.cost - step.seconds
    return (
        str(step.number),
        step.task,
        str(step.verdict),
        duration(step.seconds),
        duration(saved) if step.verdict == "cached" and saved > 0 else "",
        f"{step.started:%Y-%m-%d %H:%M:%S}",
    )


def _text(rows: list[tuple[str, ...]]) -> str:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ("  ".join(map(str.ljust, row, widths)).rstrip() for row in rows)
    return "\n".join(lines)


def _html(rows: list[tuple[str, ...]], more: list[str]) -> str:
    head, *body = rows
    titles = "".join(f'<th style="{_CELL}">{escape(each)}</th>' for each in head)
    lines = "".join(
        "<tr>" + "".join(f'<td style="{_CELL}">{escape(each)}</td>' for each in row) + "</tr>"
        for row in body
    )
    remark = "".join(f"<div>{escape(each)}</div>" for each in more)
    return f"{remark}<table><thead><tr>{titles}</tr></thead><tbody>{lines}</tbody></table>"
