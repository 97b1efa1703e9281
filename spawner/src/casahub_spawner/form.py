"""The form on the hub's spawn page: the data under the session, and what it runs in."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from jinja2 import Environment, PackageLoader
from zfs_provisioner.model import (
    Allowance,
    Checkpoint,
    CheckpointKind,
    Dataset,
    Workspace,
    WorkspaceId,
    WorkspaceState,
)

from casahub_spawner.amounts import shown
from casahub_spawner.offers import Offers
from casahub_spawner.rescue import is_full, slack

_NEWEST: Final = 20  # checkpoints of a workspace in the list; the home page has them all
_TEMPLATES: Final = Environment(
    loader=PackageLoader("casahub_spawner"), autoescape=True, trim_blocks=True, lstrip_blocks=True
)
_REASONS: Final = {
    CheckpointKind.USER: "made by you",
    CheckpointKind.AUTO: "automatic",
    CheckpointKind.FINAL: "before trash",
}
Options = dict[str, str | bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class FormFacts:
    """What the form shows.

    Attributes
    ----------
    checkpoints
        Of each live workspace, oldest first.
    allowance
        What the owner's workspaces take and may take; None where no quotas are kept.
    current
        The workspace that the session had last, if it had one.
    had
        Names of the `image` and the `size` that it had.
    """

    datasets: Sequence[Dataset]
    workspaces: Sequence[Workspace]
    checkpoints: Mapping[WorkspaceId, Sequence[Checkpoint]] = field(default_factory=dict)
    allowance: Allowance | None = None
    offers: Offers = field(default_factory=Offers)
    current: str | None = None
    had: Mapping[str, str] = field(default_factory=dict)


def render_form(facts: FormFacts) -> str:
    """Return the form's HTML.

    The id of a possible new workspace is drawn here, so that sending the form twice makes one.
    """
    live = [each for each in facts.workspaces if each.state is WorkspaceState.LIVE]
    current = facts.current
    if current not in [each.id for each in live]:
        current = None  # it was put into trash, or collected
    limited = facts.allowance if facts.allowance and facts.allowance.limit is not None else None
    return _TEMPLATES.get_template("spawn_form.html").render(
        datasets=facts.datasets,
        workspaces=live,
        branches=[(each, _newest(facts.checkpoints.get(each.id, ()))) for each in live],
        reasons=_REASONS,
        current=current,
        offers=[("image", "Image", facts.offers.images), ("size", "Size", facts.offers.sizes)],
        had=facts.had,
        allowance=limited,
        full=limited is not None and is_full(limited),
        slack=slack,
        shown=shown,
        fresh=str(uuid.uuid4()),
    )


def render_trouble(message: str) -> str:
    """Return what stands in the form's place when the choices cannot be had."""
    return _TEMPLATES.get_template("spawn_trouble.html").render(message=message)


def options_from_form(form: dict[str, list[str]]) -> Options:
    """Return user options from the form's fields.

    `choice` is `open:<workspace>`, `new:<dataset>@<release>` or `branch`, whose `checkpoint` is
    `<workspace>@<checkpoint>`; `fresh` is the id of what is new. An address may have the options
    themselves as fields.
    """
    fields = {key: values[0] for key, values in form.items() if values}
    kind, _, value = fields.pop("choice", "").partition(":")
    fresh, checkpoint = fields.pop("fresh", ""), fields.pop("checkpoint", "")
    options: dict[str, str] = {}
    if kind == "open":
        fields.pop("name", "")  # that of a new workspace
        options = {"workspace": value}
    elif kind == "new":
        fields.pop("rescue", "")  # of a workspace that exists
        dataset, _, release = value.partition("@")
        options = {"dataset": dataset, "release": release, "workspace": fresh}
    elif kind == "branch":
        fields.pop("rescue", "")
        options = {"branch": checkpoint, "workspace": fresh}
    found: Options = {key: text for key, text in {**fields, **options}.items() if text}
    return found | ({"rescue": True} if found.get("rescue") == "on" else {})


def _newest(checkpoints: Sequence[Checkpoint]) -> list[Checkpoint]:
    return list(reversed(checkpoints))[:_NEWEST]
