"""The parameters as CASA's XML, for the kernel's ``inp plotms``, and as a table for people.

``definitions/plotms.xml`` and ``docs/users/plots/parameters.md`` are what these functions return; a
test holds them against each other. ``python -m casa_plots.plotms.definition`` writes the first one.
"""

from collections.abc import Iterator
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

from casa_plots.plotms.parameters import PARAMETERS, Honoured, Kind, Parameter

_DESCRIPTION = (
    "Plots any quantity of a MeasurementSet or calibration table against any other. The picture is "
    "shown below the cell; where the front end can, it is zoomed, looked into and flagged in."
)
FILE = Path(__file__).parent.parent / "definitions" / "plotms.xml"


def xml() -> str:
    """Return the definition of the task in the format of casatasks' ``__xml__`` directory."""
    return "\n".join(
        [
            '<?xml version="1.0" encoding="UTF-8"?>',
            "<!-- Written by casa_plots.plotms.definition; change the table of parameters. -->",
            '<casaxml xmlns="http://casa.nrao.edu/schema/psetTypes.html">',
            '<task type="function" name="plotms" category="visualization">',
            "<shortdescription>Plot visibilities and calibration solutions</shortdescription>",
            f"<description>{_DESCRIPTION}</description>",
            "<input>",
            *(_param(each) for each in PARAMETERS),
            "<constraints>",
            *_constraints(),
            "</constraints>",
            "</input>",
            '<returns type="any"/>',
            "</task>",
            "</casaxml>",
            "",
        ]
    )


def table() -> str:
    """Return the parameters and who honours them as a table in Markdown."""
    lines = [
        "| parameter | default | what it does | casahub | casaplotms |",
        "|---|---|---|---|---|",
    ]
    for each in PARAMETERS:
        own = f"{each.ours}: {each.remark}" if each.remark else str(each.ours)
        theirs = "no effect: not of CASA" if each.name == "engine" else "yes"
        if each.ours is Honoured.SILENT:
            theirs = each.ours
        lines.append(f"| `{each.name}` | `{each.default!r}` | {each.summary} | {own} | {theirs} |")
    return "\n".join(lines) + "\n"


def _param(parameter: Parameter) -> str:
    kinds = parameter.kind.split("|")
    kind = "path" if parameter.name in {"vis", "caltable"} else kinds[0]
    types = "".join(f"<type>{each}</type>" for each in kinds) if len(kinds) > 1 else ""
    sub = ' subparam="true"' if parameter.under else ""
    allowed = "".join(f"<value>{escape(each)}</value>" for each in parameter.allowed)
    listed = f'<allowed kind="enum">{allowed}</allowed>' if allowed and not types else ""
    summary = escape(parameter.summary)
    return (
        f"<param type={quoteattr('any' if types else kind)} name={quoteattr(parameter.name)}{sub}>"
        f"{types}<shortdescription>{summary}</shortdescription>"
        f"<description>{summary}.</description>{_value(parameter)}{listed}</param>"
    )


def _value(parameter: Parameter) -> str:
    default = parameter.default
    if isinstance(default, list):
        first = "double" if parameter.kind is Kind.NUMBERS else "string"
        return f'<value type="{first}Vec"/>'
    kind = parameter.kind.split("|", maxsplit=1)[0]
    return f'<value type="{kind}">{escape(str(default))}</value>' if default != "" else "<value/>"


def _constraints() -> Iterator[str]:
    """Yield which parameters come into force with which values of another one."""
    found: dict[tuple[str, object], list[Parameter]] = {}
    for each in PARAMETERS:
        for condition in each.under:
            found.setdefault(condition, []).append(each)
    for name in dict.fromkeys(name for name, _ in found):
        yield f"<when param={quoteattr(name)}>"
        for (other, value), under in found.items():
            if other == name:
                yield _when(value, under)
        yield "</when>"


def _when(value: object, under: list[Parameter]) -> str:
    tag, text, kind = "equals", str(value), "bool" if isinstance(value, bool) else "string"
    if value is ...:
        tag, text = "notequals", ""
    inside = "".join(f'<default param="{each.name}">{_value(each)}</default>' for each in under)
    return f"<{tag} type={quoteattr(kind)} value={quoteattr(text)}>{inside}</{tag}>"


if __name__ == "__main__":
    FILE.write_text(xml(), encoding="utf-8")
