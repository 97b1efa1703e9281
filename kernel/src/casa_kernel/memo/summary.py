"""What a cell says of its memoised steps, as HTML and as text: pure functions."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from itertools import groupby
from typing import Final

from recompute.words import duration

# A cell that loops over a hundred steps stays readable.
_LINES_SHOWN: Final = 12
_LINE: Final = (
    "color:var(--jp-ui-font-color2, #808080);font-size:var(--jp-code-font-size, 12px);"
    "font-family:var(--jp-ui-font-family, sans-serif)"
)
_TICK: Final = '<span style="color:var(--jp-success-color1, #388e3c)">✓</span>'
_HINT: Final = '<span style="color:var(--jp-warn-color1, #c77700)">ⓘ</span>'


@dataclass(frozen=True, slots=True)
class Cached:
    """A step that was not computed.

    Attributes
    ----------
    saved : float
        Seconds.
    """

    task: str
    saved: float


def cached_lines(steps: Sequence[Cached]) -> list[str]:
    """Return such lines as ``gaincal cached · saved 41 s``.

    There is one for the steps of a task in a row; of a long loop, one for each task.
    """
    groups = [list(group) for _, group in groupby(steps, _task)]
    if len(groups) > _LINES_SHOWN:
        # In the order in which the tasks were called first.
        first = {each.task: number for number, each in reversed(list(enumerate(steps)))}
        ordered = sorted(steps, key=lambda each: first[each.task])
        groups = [list(group) for _, group in groupby(ordered, _task)]
    lines = [_line(group) for group in groups[:_LINES_SHOWN]]
    rest = [each for group in groups[_LINES_SHOWN:] for each in group]
    return [*lines, f"{len(rest)} more cached{_saved(rest)}"] if rest else lines


def bundle(steps: Sequence[Cached], notes: Sequence[str]) -> dict[str, str]:
    """Return the display of a cell, MIME type to content.

    Parameters
    ----------
    steps : sequence of Cached
        In the order of their calls.
    notes : sequence of str
        What the user has to know: sentences.
    """
    lines = cached_lines(steps)
    html = [f"<div>{_TICK} {escape(line)}</div>" for line in lines]
    html += [f"<div>{_HINT} {escape(note)}</div>" for note in notes]
    text = [f"✓ {line}" for line in lines] + [f"ⓘ {note}" for note in notes]
    return {
        "text/html": f'<div style="{_LINE}">{"".join(html)}</div>',
        "text/plain": "\n".join(text),
    }


def _task(step: Cached) -> str:
    return step.task


def _line(group: Sequence[Cached]) -> str:
    name = group[0].task if len(group) == 1 else f"{len(group)} {group[0].task}"
    return f"{name} cached{_saved(group)}"


def _saved(group: Iterable[Cached]) -> str:
    seconds = sum(each.saved for each in group)
    # A step as quick as its replay saves nothing worth a word.
    return f" · saved {duration(seconds)}" if seconds >= 0.05 else ""  # noqa: PLR2004
