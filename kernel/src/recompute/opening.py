"""Opening a session: the store, the books and the eye put together."""

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from uuid import uuid4

from recompute.content import Eye
from recompute.engine import Session, Workshop
from recompute.engine.journal import Journal
from recompute.engine.ledger import Ledger
from recompute.errors import RecomputeError, StoreError
from recompute.history import History
from recompute.store import Store, default_place
from recompute.words import bytes_of

QUOTA: Final = "RECOMPUTE_QUOTA"
LAYERS: Final = "RECOMPUTE_LAYERS"


def open_store(place: Path | None = None) -> Store:
    """Return the store that the environment asks for.

    Parameters
    ----------
    place : Path or None
        Its directory; None for ``RECOMPUTE_STORE``, or the user's own. ``RECOMPUTE_QUOTA`` is how
        much it may take (``200 GB``), ``RECOMPUTE_LAYERS`` further stores to read, with ``:``
        between.

    Raises
    ------
    StoreError
        The store cannot be used, or the quota is no size.
    """
    layers = [Path(each) for each in os.environ.get(LAYERS, "").split(os.pathsep) if each]
    quota = os.environ.get(QUOTA, "")
    try:
        limit = bytes_of(quota) if quota else None
    except RecomputeError as error:
        raise StoreError(f"{QUOTA}: {error}") from error
    return Store(place or default_place(), layers=layers, quota=limit)


def open_workshop(place: Path | None = None) -> Workshop:
    """Return what a session works with.

    Parameters
    ----------
    place : Path or None
        The store's directory; None for the user's own.

    Raises
    ------
    StoreError
        The store cannot be used.
    """
    store = open_store(place)
    return Workshop(
        place=store.place,
        store=store,
        observer=Eye(store.place / "seen"),
        ledger=Ledger(store.place / "ledger"),
        journal=Journal(store.place / "journal"),
    )


def open_history(workshop: Workshop) -> History:
    """Return the history of the pipelines that use a store."""
    return History(workshop.place / "history")


def open_session(pipeline: str, place: Path | None = None) -> Session:
    """Return a new session of a pipeline.

    Raises
    ------
    StoreError
        The store cannot be used.
    """
    workshop = open_workshop(place)
    return Session(workshop, open_history(workshop), pipeline=pipeline, run=new_run())


def new_run() -> str:
    """Return the id of a new run, which sorts by time."""
    return f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{uuid4().hex[:8]}"
