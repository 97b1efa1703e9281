"""A running task's bar and a finished task's time, as HTML and as text: pure functions."""

from collections.abc import Sequence
from html import escape
from itertools import groupby
from typing import Final

from casa_kernel.output.progress import Finished, Gauge

_LINE: Final = (
    "display:flex;align-items:center;gap:8px;margin:0 0 2px 0;"
    "font-family:var(--jp-ui-font-family, sans-serif);font-size:var(--jp-code-font-size, 12px)"
)
_TROUGH: Final = (
    "display:inline-block;width:160px;height:8px;border-radius:4px;overflow:hidden;"
    "background:var(--jp-layout-color3, #bdbdbd)"
)
_FILL: Final = "display:block;height:8px;width:{width}%;background:var(--jp-brand-color1, #1976d2)"
# The title of a block is one line.
_NAMES_SHOWN: Final = 4
_MINUTE: Final = 60
# Of "2026-11-24 19:02:31", as CASA writes it.
_TO_THE_MINUTE: Final = 16


def clock_text(seconds: float) -> str:
    """Return a duration as ``0:07``, ``12:05`` or ``1:02:03``."""
    minutes, rest = divmod(int(seconds), _MINUTE)
    hours, minutes = divmod(minutes, _MINUTE)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def percent(done: float) -> int:
    """Return a share in whole per cent; 100 only when all is done."""
    return 100 if done >= 1 else min(99, round(100 * done))


def times_text(gauge: Gauge) -> str:
    """Return ``0:12 elapsed, about 0:18 left``; the estimate only where there is one."""
    text = f"{clock_text(gauge.elapsed)} elapsed"
    if gauge.remaining is None:
        return text
    return f"{text}, about {clock_text(round(gauge.remaining))} left"


def gauge_text(gauge: Gauge) -> str:
    """Return such a line as ``applycal  40 %  0:12 elapsed, about 0:18 left``."""
    share = [] if gauge.done is None else [f"{percent(gauge.done)} %"]
    detail = [gauge.detail] if gauge.detail else []
    return "  ".join([gauge.name, *share, times_text(gauge), *detail])


def gauge_html(gauge: Gauge) -> str:
    """Return the line with a bar in it."""
    bar = ""
    if gauge.done is not None:
        width = percent(gauge.done)
        bar = (
            f'<span role="progressbar" aria-valuenow="{width}" aria-valuemin="0"'
            f' aria-valuemax="100" aria-label="{escape(gauge.name)}" style="{_TROUGH}">'
            f'<span style="{_FILL.format(width=width)}"></span></span><span>{width} %</span>'
        )
    detail = f"<span>{escape(gauge.detail)}</span>" if gauge.detail else ""
    return (
        f'<div style="{_LINE}"><b>{escape(gauge.name)}</b>{bar}'
        f"<span>{times_text(gauge)}</span>{detail}</div>"
    )


def seconds_text(seconds: float) -> str:
    """Return how long a task took: ``12.3 s``, and ``2:05`` above a minute."""
    return f"{seconds:.1f} s" if seconds < _MINUTE else clock_text(seconds)


def finished_text(finished: Sequence[Finished]) -> str:
    """Return such a line as ``applycal 12.3 s, 20 visstat 3.1 s``; empty without tasks.

    A task that did not run is ``split replayed from 2026-11-24 19:02``.
    """
    groups = [list(group) for _, group in groupby(finished, _kind)]
    parts = [_group_text(group) for group in groups[:_NAMES_SHOWN]]
    if len(groups) > _NAMES_SHOWN:
        left = sum(len(group) for group in groups[_NAMES_SHOWN:])
        parts.append(f"{left} more")
    return ", ".join(parts)


def _kind(one: Finished) -> tuple[str, bool, bool]:
    return one.name, one.stopped, bool(one.replayed)


def _group_text(group: Sequence[Finished]) -> str:
    name = group[0].name if len(group) == 1 else f"{len(group)} {group[0].name}"
    if group[0].replayed:
        return f"{name} replayed from {group[0].replayed[:_TO_THE_MINUTE]}"
    stopped = " stopped after" if group[0].stopped else ""
    return f"{name}{stopped} {seconds_text(sum(one.seconds for one in group))}"
