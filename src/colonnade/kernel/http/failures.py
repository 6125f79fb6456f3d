"""Turns every exception of a request into an answer in the product's error shape."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import structlog
from litestar import Request, Response
from litestar.enums import MediaType
from litestar.exceptions import (
    HTTPException,
    MethodNotAllowedException,
    NotFoundException,
    ValidationException,
)
from litestar.types import ExceptionHandlersMap

from colonnade.kernel.core import (
    BadRequest,
    Invalid,
    MethodNotAllowed,
    NotFound,
    PayloadTooLarge,
    Problem,
    UnsupportedMediaType,
)
from colonnade.kernel.db import as_problem, is_retryable
from colonnade.kernel.http.envelope import Envelope
from colonnade.kernel.http.exchange import SCOPE_KEY, Exchange
from colonnade.kernel.http.strict_json import sentence

__all__ = ["exception_handlers", "problem_of"]

log = structlog.get_logger(__name__)

LIST_METHODS = "OPTIONS?"
"""The method with which the outermost layer asks for the methods of a path: 204 and `Allow`."""

_BY_STATUS: dict[int, type[Problem]] = {
    400: BadRequest,
    404: NotFound,
    405: MethodNotAllowed,
    413: PayloadTooLarge,
    415: UnsupportedMediaType,
}


def problem_of(error: BaseException, names: Mapping[str, str] | None = None) -> Problem:
    """Return the Problem to answer for `error`; an unforeseen error is logged and answered without details.

    `names` maps the handler's parameters to the names that clients use, if they differ.
    """
    if isinstance(error, Problem):
        if error.__cause__ is not None:
            log.warning("request failed", code=error.code, cause=repr(error.__cause__))
        return error
    if (problem := as_problem(error)) is not None:
        log.warning("request failed", code=problem.code, cause=repr(error))
        return problem
    if isinstance(error, ValidationException):
        return _invalid_parameters(error, names or {})
    if isinstance(error, NotFoundException):
        return NotFound()
    if isinstance(error, MethodNotAllowedException):
        return MethodNotAllowed(headers={"Allow": _allowed(error)})
    if isinstance(error, HTTPException) and error.status_code in _BY_STATUS:
        return _BY_STATUS[error.status_code]()
    log.error("unhandled error", exc_info=error)
    return Problem()


def _allowed(error: MethodNotAllowedException) -> str:
    """Return the methods of the path; a route for GET answers HEAD as well."""
    named = next((value for name, value in (error.headers or {}).items() if name.lower() == "allow"), "")
    methods = {method.strip() for method in named.split(",") if method}
    return ", ".join(sorted(methods | {"HEAD"} if "GET" in methods else methods))


def _invalid_parameters(error: ValidationException, names: Mapping[str, str]) -> Problem:
    fields: dict[str, str] = {}
    for item in error.extra if isinstance(error.extra, list) else []:
        if isinstance(item, dict):
            key = str(item.get("key", "request")).removeprefix("query.")
            if key == "data":
                return BadRequest("A JSON body is required.")
            name = names.get(key, key)
            fields[name] = sentence(name, str(item.get("message", "")))
    if not fields and error.detail.startswith("Missing required"):
        name = error.detail.split("'")[1] if "'" in error.detail else "request"
        fields[name] = f"{name} is required"
    return Invalid(fields=fields or None)


def exception_handlers(envelope: Envelope) -> ExceptionHandlersMap:
    """Build Litestar's map that turns every exception into an answer in `envelope`."""

    def handle(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
        exchange: Exchange = request.scope[SCOPE_KEY]  # type: ignore[literal-required]
        if request.scope["method"] == LIST_METHODS and isinstance(error, MethodNotAllowedException):
            exchange.headers.append((b"allow", _allowed(error).encode()))
            return Response(b"", status_code=204)
        if exchange.attempts_left > 0 and is_retryable(error):
            exchange.retry = True
        handler = request.scope.get("route_handler")
        problem = problem_of(error, handler.opt.get("query_names") if handler is not None else None)
        exchange.headers.extend(
            (name.lower().encode(), value.encode()) for name, value in problem.headers.items()
        )
        return Response(
            envelope.failure(problem, exchange.request_id),
            status_code=problem.status,
            media_type=MediaType.JSON,
        )

    return {Exception: handle}
