"""The layer that lets in who may call, and only once the storage is in order."""

from dataclasses import replace
from typing import Final

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from zfs_provisioner.access import Access
from zfs_provisioner.api.refusals import refusal
from zfs_provisioner.calls import CALL
from zfs_provisioner.errors import ProvisionerError
from zfs_provisioner.readiness import Readiness

# They describe the interface and hold nothing of the site; a browser cannot send a token with them.
_OPEN: Final = ("/docs", "/openapi.json")
_OPEN_BELOW: Final = ("/docs/", "/static-offline-docs/")
# They tell how the provisioner is.
_EARLY: Final = ("/v1/health", "/v1/ready", "/metrics")


class Guarding:
    """Refuses strangers, and everybody while the storage is being put in order."""

    def __init__(self, app: ASGIApp, access: Access, readiness: Readiness) -> None:
        self._app = app
        self._access = access
        self._readiness = readiness

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer it with a refusal."""
        if scope["type"] == "http":
            try:
                self._refuse(scope)
            except ProvisionerError as error:
                await refusal(error)(scope, receive, send)
                return
        await self._app(scope, receive, send)

    def _refuse(self, scope: Scope) -> None:
        path = scope["path"]
        if path in _OPEN or path.startswith(_OPEN_BELOW):
            return
        call = CALL.get()
        assert call is not None  # noqa: S101 - set by the layer around this one
        peer = self._access.identify(call.peer, Headers(scope=scope).get("authorization"))
        CALL.set(replace(call, peer=peer))
        if path not in _EARLY:
            self._readiness.refuse_if_unprepared()
