"""A cell's log as HTML for the notebook and as plain text for everything else: pure functions.

Styles are inline and name JupyterLab's own colour variables: they follow the light or dark theme,
and survive the sanitizer that strips ``<style>`` elements from notebooks that are not trusted yet.
"""

from collections.abc import Iterable, Sequence
from html import escape
from itertools import groupby
from typing import Final

from casa_kernel.output.controls import FILTERS, STAYING_OPEN
from casa_kernel.output.gauge import finished_text, gauge_html, gauge_text
from casa_kernel.output.log import Excerpt, LogRecord, Severity
from casa_kernel.output.progress import Finished, Gauge

# The fallbacks are readable on white and on black: exported HTML has no theme.
_COLOURS: Final = {
    Severity.DEBUG: "var(--jp-ui-font-color3, #8a8a8a)",
    Severity.WARN: "var(--jp-warn-color1, #c77700)",
    Severity.SEVERE: "var(--jp-error-color1, #d9362b)",
}
_FAINT: Final = "var(--jp-ui-font-color2, #808080)"
_BOX: Final = (
    "margin:0 0 4px 0;font-size:var(--jp-code-font-size, 12px);"
    "border-left:3px solid {colour};padding-left:8px"
)
_PRE: Final = (
    "max-height:24em;overflow:auto;margin:2px 0 0 0;padding:0;background:none;"
    "white-space:pre;line-height:1.35;font-size:inherit;"
    "font-family:var(--jp-code-font-family, monospace)"
)
_SUMMARY: Final = (
    "cursor:pointer;white-space:nowrap;overflow:hidden;text-overflow:ellipsis;"
    f"color:{_FAINT};font-family:var(--jp-ui-font-family, sans-serif)"
)
# While a task runs the block is sent again and again; these few lines keep each sending small.
_LIVE_LINES: Final = 40


def _count(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


def summary(excerpt: Excerpt, finished: Sequence[Finished] = ()) -> str:
    """Return the line above the log, such as ``CASA log · 34 messages · split 2.1 s``."""
    parts = ["CASA log", _count(excerpt.messages, "message")]
    if excerpt.errors:
        parts.append(_count(excerpt.errors, "error"))
    if excerpt.warnings:
        parts.append(_count(excerpt.warnings, "warning"))
    if finished:
        parts.append(finished_text(finished))
    return " · ".join(parts)


def omission(excerpt: Excerpt, log_file: str) -> str:
    """Return the sentence that stands for the lines left out of a long log."""
    return f"… {_count(excerpt.omitted, 'line')} left out here; all of them are in {log_file} …"


def line_text(record: LogRecord) -> str:
    """Return one line as text: time of day, priority if it matters, origin, message."""
    clock = record.time[11:19]
    if record.continued:
        return f"{'':8}  {record.message}"
    mark = f"{record.priority} " if record.severity is not Severity.INFO else ""
    # Only the first and last words of `task::Class::function` tell something to an astronomer.
    words = [word for word in record.origin.split("::") if word and word != "casa"]
    origin = f"{words[0]}: " if words else ""
    return f"{clock:8}  {mark}{origin}{record.message}".rstrip()


def line_html(record: LogRecord) -> str:
    """Return one line as escaped HTML, coloured by its severity."""
    text = escape(line_text(record))
    colour = _COLOURS.get(record.severity)
    if colour is None:
        return text
    weight = ";font-weight:600" if record.severity is Severity.SEVERE else ""
    return f'<span style="color:{colour}{weight}">{text}</span>'


def has_choices(excerpt: Excerpt) -> bool:
    """Whether the lines differ in severity or in task, so that a filter would be of use."""
    kinds = {(each.severity, each.task) for each in (*excerpt.head, *excerpt.tail)}
    severities = {severity for severity, _ in kinds}
    tasks = {task for _, task in kinds if task}
    return len(severities) > 1 or len(tasks) > 1


def lines_html(records: Iterable[LogRecord]) -> list[str]:
    """Return lines in one element for each stretch of the same severity and task.

    The attributes are what the controls of a trusted notebook choose by; a sanitizer may drop them.
    """
    return [
        f'<span data-level="{int(severity)}" data-task="{escape(task)}">'
        + "".join(f"{line_html(record)}\n" for record in group)
        + "</span>"
        for (severity, task), group in groupby(records, lambda each: (each.severity, each.task))
    ]


def render_text(excerpt: Excerpt, log_file: str, finished: Sequence[Finished] = ()) -> str:
    """Return the finished block as plain text."""
    lines = [line_text(record) for record in excerpt.head]
    if excerpt.omitted:
        lines.append(omission(excerpt, log_file))
    lines += [line_text(record) for record in excerpt.tail]
    return "\n".join([summary(excerpt, finished), *lines])


def render_html(
    excerpt: Excerpt, log_file: str, finished: Sequence[Finished] = (), key: str = ""
) -> str:
    """Return the finished block: collapsed, or open if it holds a warning or an error."""
    lines = lines_html(excerpt.head)
    if excerpt.omitted:
        note = escape(omission(excerpt, log_file))
        lines.append(f'<em style="color:{_FAINT}">{note}</em>\n')
    lines += lines_html(excerpt.tail)
    controls = FILTERS if has_choices(excerpt) else ""
    title = escape(summary(excerpt, finished))
    return _details(excerpt, lines, log_file, title, controls, key)


def render_live(
    excerpt: Excerpt, log_file: str, gauge: Gauge | None = None, key: str = ""
) -> dict[str, str]:
    """Return the block of a running cell: its progress, the newest message, the last few lines.

    What the reader opened stays open in the next block of the same key.

    Returns
    -------
    dict of str to str
        MIME type to content, as Jupyter's display messages take it.
    """
    kept = [*excerpt.head, *excerpt.tail][-_LIVE_LINES:]
    title = escape(summary(excerpt))
    if excerpt.last:
        title += f" · <i>{escape(line_text(excerpt.last)[10:][:120])}</i>"
    html = _details(excerpt, lines_html(kept), log_file, title, key=key)
    first = [summary(excerpt)]
    if gauge is not None:
        html = gauge_html(gauge) + html
        first.append(gauge_text(gauge))
    text = "\n".join([*first, *(line_text(record) for record in kept)])
    return {"text/plain": text, "text/html": html}


def render_final(
    excerpt: Excerpt, log_file: str, finished: Sequence[Finished] = (), key: str = ""
) -> dict[str, str]:
    """Return the block of a finished cell, MIME type to content."""
    return {
        "text/plain": render_text(excerpt, log_file, finished),
        "text/html": render_html(excerpt, log_file, finished, key),
    }


def _details(
    excerpt: Excerpt, lines: list[str], log_file: str, title: str, controls: str = "", key: str = ""
) -> str:
    worst = (
        Severity.SEVERE if excerpt.errors else Severity.WARN if excerpt.warnings else Severity.INFO
    )
    colour = _COLOURS.get(worst, "var(--jp-border-color2, #a0a0a0)")
    state = " open" if worst >= Severity.WARN else ""
    keyed = f' data-key="{escape(key)}"' if key else ""
    controls += STAYING_OPEN if key else ""
    return (
        f'<details{state} style="{_BOX.format(colour=colour)}"{keyed}>'
        f'<summary style="{_SUMMARY}" title="{escape(log_file)}">{title}</summary>'
        f'<pre style="{_PRE}">' + "".join(lines) + f"</pre>{controls}</details>"
    )
