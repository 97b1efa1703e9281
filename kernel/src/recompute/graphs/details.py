"""What is told of one step, as rows of plain text; each way of drawing puts them on its page."""

from collections.abc import Iterable
from dataclasses import dataclass

from recompute.graphs import roles
from recompute.graphs.looks import LOOKS, look, saved
from recompute.graphs.nodes import Node
from recompute.graphs.words import amount, duration, moment, name_of, printable, state, value
from recompute.model import Change, Step, Verdict


@dataclass(frozen=True, slots=True)
class Detail:
    """A table of a step's details: what it is about, its columns' names, its rows."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def flow(step: Step) -> str:
    """Return a step's inputs and outputs in one line, ``x.ms, B0 → G1``."""
    strands = roles.strands([step])
    read = _names(each for each in roles.inputs(step) if not each.use.writes)
    updated = dict.fromkeys(strands[each.path] for each in roles.outputs(step))
    written = [roles.strand_name(each) for each in updated]
    return " → ".join(part for part in (", ".join(read), ", ".join(written)) if part)


def times(node: Node) -> tuple[str, str, str]:
    """Return what a step took, saved and stored; empty where there is nothing to say."""
    spared = saved(node)
    return (
        duration(node.step.seconds),
        f"saved {duration(spared)}" if spared else "",
        f"+{amount(node.step.stored)}" if node.step.stored else "",
    )


def verdict(node: Node) -> str:
    """Return what became of a step, in words."""
    word = LOOKS[node.step.verdict].word
    return word if look(node).word == word else f"{word}, {look(node).word}"


def reason(node: Node) -> str:
    """Return why a step is stale, was not memoised or failed; empty if there is nothing to say."""
    return "; ".join(printable(each) for each in (node.stale, node.step.why) if each)


def remark(node: Node) -> str:
    """Return what a reader has to know of a step at once; empty if all is well."""
    if node.step.verdict is Verdict.FAILED:
        return printable(node.step.why)
    return node.stale if node.is_root else ""


def details(node: Node) -> tuple[Detail, ...]:
    """Return a step's parameters, inputs, outputs and circumstances; empty tables are left out."""
    step = node.step
    tables = (
        Detail("parameters", ("name", "value"), _parameters(step)),
        Detail("inputs", ("parameter", "path", "state"), _states(roles.inputs(step), before=True)),
        Detail("outputs", ("parameter", "path", "state", "size"), _outputs(step)),
        Detail("execution", ("", ""), _execution(node)),
    )
    return tuple(each for each in tables if each.rows)


def tooltip(node: Node) -> str:
    """Return a step's details as lines of text."""
    head = [f"{verdict(node)}, {', '.join(each for each in times(node) if each)}", reason(node)]
    lines = [
        f"{table.title}: " + "  ".join(each for each in row if each)
        for table in details(node)[:-1]
        for row in table.rows
    ]
    return "\n".join(each for each in (*head, *lines) if each)


def _names(changes: Iterable[Change]) -> list[str]:
    return list(dict.fromkeys(name_of(each.path) for each in changes))


def _parameters(step: Step) -> tuple[tuple[str, ...], ...]:
    return tuple((printable(name), value(each, 200)) for name, each in step.parameters.items())


def _states(changes: Iterable[Change], *, before: bool) -> tuple[tuple[str, ...], ...]:
    return tuple(
        (
            printable(each.name),
            printable(each.path),
            state(each.before if before else each.after),
        )
        for each in changes
    )


def _outputs(step: Step) -> tuple[tuple[str, ...], ...]:
    written = roles.outputs(step)
    rows = _states(written, before=False)
    return tuple(
        (
            *row[:2],
            f"{row[2]}{'' if each.before != each.after else ' (as before)'}",
            amount(each.size),
        )
        for row, each in zip(rows, written, strict=True)
    )


def _execution(node: Node) -> tuple[tuple[str, ...], ...]:
    step = node.step
    rows = [
        ("verdict", verdict(node)),
        ("why", reason(node)),
        ("started", moment(step.started)),
        ("took", duration(step.seconds)),
        ("saved", duration(saved(node)) if step.verdict is Verdict.CACHED else ""),
        ("stored", amount(step.stored) if step.stored else ""),
        ("key", state_of_key(step)),
        *((f"version of {printable(name)}", printable(of)) for name, of in step.versions.items()),
    ]
    return tuple(row for row in rows if row[1])


def state_of_key(step: Step) -> str:
    """Return the beginning of a step's key."""
    return printable(step.key[:12])
