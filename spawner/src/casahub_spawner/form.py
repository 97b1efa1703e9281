"""The form on the hub's spawn page: which data should be under the session."""

import uuid
from typing import Final

from jinja2 import Environment, PackageLoader
from zfs_provisioner.model import Dataset, Workspace, WorkspaceState

_TEMPLATES: Final = Environment(
    loader=PackageLoader("casahub_spawner"), autoescape=True, trim_blocks=True, lstrip_blocks=True
)


def render_form(datasets: list[Dataset], workspaces: list[Workspace], current: str | None) -> str:
    """Return the form's HTML; `current` is the workspace that the session had last, if it had one.

    The id of a possible new workspace is drawn here, so that sending the form twice makes one.
    """
    live = [each for each in workspaces if each.state is WorkspaceState.LIVE]
    if current not in [each.id for each in live]:
        current = None  # it was put into trash, or collected
    return _TEMPLATES.get_template("spawn_form.html").render(
        datasets=datasets, workspaces=live, current=current, fresh=str(uuid.uuid4())
    )


def render_trouble(message: str) -> str:
    """Return what stands in the form's place when the choices cannot be had."""
    return _TEMPLATES.get_template("spawn_trouble.html").render(message=message)


def options_from_form(form: dict[str, list[str]]) -> dict[str, str]:
    """Return user options from the form's fields: `choice`, `fresh` and `name`.

    `choice` is `open:<workspace>` or `new:<dataset>@<release>`.
    """
    fields = {key: values[0] for key, values in form.items() if values}
    kind, _, value = fields.get("choice", "").partition(":")
    if kind == "open":
        return {"workspace": value}
    if kind == "new":
        dataset, _, release = value.partition("@")
        options = {
            "dataset": dataset,
            "release": release,
            "name": fields.get("name", ""),
            "workspace": fields.get("fresh", ""),
        }
        return {key: value for key, value in options.items() if value}
    return {key: value for key, value in fields.items() if key not in {"choice", "fresh"}}
