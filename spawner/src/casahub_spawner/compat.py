"""What differs between the versions of JupyterHub that the spawners run under: 5.4 to 6."""

from typing import Any, cast

from jupyterhub import spawner
from tornado.web import HTTPError


def refused(sentence: str, reason: str, status: int = 400) -> HTTPError:
    """Return the exception that refuses a start; people read the sentence.

    Version 6 has a class for it, which it counts by its reason instead of as an error of its own.
    """
    refusal: Any = (
        spawner.SpawnException(sentence, reason=reason, status_code=status)
        if hasattr(spawner, "SpawnException")
        else HTTPError(status, sentence)
    )
    refusal.jupyterhub_message = sentence  # else the progress page shows the exception's class
    return cast("HTTPError", refusal)
