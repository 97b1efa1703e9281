"""A cell's log as HTML for the notebook and as plain text for everything else: pure functions.

Styles are inline and name JupyterLab's own colour variables: they follow the light or dark theme,
and survive the sanitizer that strips ``<style>`` elements from notebooks that are not trusted yet.
"""

from html import escape
from typing import Final

from casa_kernel.log import Excerpt, LogRecord, Severity

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


def summary(excerpt: Excerpt) -> str:
    """Return the line above the log, such as ``CASA log · 34 messages · 1 warning``."""
    parts = ["CASA log", _count(excerpt.messages, "message")]
    if excerpt.errors:
        parts.append(_count(excerpt.errors, "error"))
    if excerpt.warnings:
        parts.append(_count(excerpt.warnings, "warning"))
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


def render_text(excerpt: Excerpt, log_file: str) -> str:
    """Return the finished block as plain text."""
    lines = [line_text(record) for record in excerpt.head]
    if excerpt.omitted:
        lines.append(omission(excerpt, log_file))
    lines += [line_text(record) for record in excerpt.tail]
    return "\n".join([summary(excerpt), *lines])


def render_html(excerpt: Excerpt, log_file: str) -> str:
    """Return the finished block: collapsed, or open if it holds a warning or an error."""
    lines = [line_html(record) for record in excerpt.head]
    if excerpt.omitted:
        note = escape(omission(excerpt, log_file))
        lines.append(f'<em style="color:{_FAINT}">{note}</em>')
    lines += [line_html(record) for record in excerpt.tail]
    return _details(excerpt, lines, log_file)


def render_live(excerpt: Excerpt, log_file: str) -> dict[str, str]:
    """Return the block of a running cell: the newest message and the last few lines.

    Returns
    -------
    dict of str to str
        MIME type to content, as Jupyter's display messages take it.
    """
    kept = [*excerpt.head, *excerpt.tail][-_LIVE_LINES:]
    last = line_text(excerpt.last)[10:] if excerpt.last else ""
    html = _details(excerpt, [line_html(record) for record in kept], log_file, running=last)
    text = "\n".join([summary(excerpt), *(line_text(record) for record in kept)])
    return {"text/plain": text, "text/html": html}


def render_final(excerpt: Excerpt, log_file: str) -> dict[str, str]:
    """Return the block of a finished cell, MIME type to content."""
    return {
        "text/plain": render_text(excerpt, log_file),
        "text/html": render_html(excerpt, log_file),
    }


def _details(excerpt: Excerpt, lines: list[str], log_file: str, running: str = "") -> str:
    worst = (
        Severity.SEVERE if excerpt.errors else Severity.WARN if excerpt.warnings else Severity.INFO
    )
    colour = _COLOURS.get(worst, "var(--jp-border-color2, #a0a0a0)")
    state = " open" if worst >= Severity.WARN else ""
    tail = f" · <i>{escape(running[:120])}</i>" if running else ""
    return (
        f'<details{state} style="{_BOX.format(colour=colour)}">'
        f'<summary style="{_SUMMARY}" title="{escape(log_file)}">{summary(excerpt)}{tail}</summary>'
        f'<pre style="{_PRE}">' + "\n".join(lines) + "</pre></details>"
    )
