"""Every refusal and failure has one form, whoever refuses: the routes, FastAPI or the layers."""

from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from zfs_provisioner.api.models import ErrorAnswer
from zfs_provisioner.calls import CALL
from zfs_provisioner.errors import (
    InvalidRequestError,
    ProvisionerError,
    UnauthorizedError,
    UnknownRouteError,
)

_NO_SUCH_ROUTE = (404, 405)


def error_answer(error: ProvisionerError) -> ErrorAnswer:
    """Return the wire form of an error."""
    return ErrorAnswer(error=error.code, message=error.message, retry=error.retry)


def refusal(error: ProvisionerError, status: int | None = None) -> JSONResponse:
    """Return the answer to a request that ends in an error."""
    # RFC 9110, 11.6.1: a 401 says how to show who one is.
    headers = {"WWW-Authenticate": "Bearer"} if isinstance(error, UnauthorizedError) else None
    content = error_answer(error).model_dump()
    return JSONResponse(content, status_code=status or error.status, headers=headers)


def add_refusals(app: FastAPI) -> None:
    """Let every error of the application be answered in the project's form."""

    @app.exception_handler(ProvisionerError)
    async def refused(_request: Request, error: ProvisionerError) -> JSONResponse:
        return refusal(error)

    @app.exception_handler(RequestValidationError)
    async def misshapen(_request: Request, error: RequestValidationError) -> JSONResponse:
        found = "; ".join(_sentence(each) for each in error.errors())
        return refusal(InvalidRequestError(f"{found}. /openapi.json says what is possible."))

    @app.exception_handler(HTTPException)
    async def unknown(request: Request, error: HTTPException) -> JSONResponse:
        if error.status_code in _NO_SUCH_ROUTE:
            said = f"There is no {request.method} {request.url.path!r}: /docs shows what there is."
            return refusal(UnknownRouteError(said), error.status_code)
        return refusal(InvalidRequestError(str(error.detail)), error.status_code)

    @app.exception_handler(Exception)
    async def failed(_request: Request, _error: Exception) -> JSONResponse:
        call = CALL.get()
        named = f" under the request id {call.request_id}" if call else ""
        said = f"The provisioner failed in a way that nobody foresaw; its log says more{named}."
        return refusal(ProvisionerError(said))


def _sentence(found: Any) -> str:  # noqa: ANN401 - pydantic's own description of an error
    """Return where in the request something is wrong, and what; never what was sent."""
    return f"{'.'.join(str(part) for part in found['loc'])}: {found['msg']}"
