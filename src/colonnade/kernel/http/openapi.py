"""The API description (OpenAPI 3.1) of a product, made from its routes' signatures.

Litestar describes parameters, bodies and answers; added here is what it cannot know: security per route, the
error answers that every route can give in the product's shape, and the headers of the outermost layer.
"""

from __future__ import annotations

import copy
from typing import Any

import msgspec
from litestar import Litestar
from litestar.datastructures import UploadFile
from litestar.enums import RequestEncodingType
from litestar.handlers import HTTPRouteHandler
from litestar.routes import HTTPRoute

from colonnade.kernel.core import (
    BadRequest,
    Conflict,
    Forbidden,
    Invalid,
    MethodNotAllowed,
    NotFound,
    PayloadTooLarge,
    PreconditionFailed,
    Problem,
    TooManyRequests,
    Unauthorized,
    Unavailable,
    UnsupportedMediaType,
)
from colonnade.kernel.http.guards import Allows, SignedIn, Spends
from colonnade.kernel.http.routes import handler_guards
from colonnade.kernel.product import Product

__all__ = ["describe"]

_METHODS_WITH_BODY = {"post", "put", "patch"}
_KINDS: dict[int, type[Problem]] = {
    kind.status: kind
    for kind in (
        BadRequest,
        Unauthorized,
        Forbidden,
        NotFound,
        MethodNotAllowed,
        Conflict,
        PreconditionFailed,
        PayloadTooLarge,
        UnsupportedMediaType,
        Invalid,
        TooManyRequests,
        Problem,
        Unavailable,
    )
}
_HEADERS: dict[str, Any] = {
    "X-Request-Id": {"description": "Names this request in our logs.", "schema": {"type": "string"}},
    "RateLimit": {"description": "What is left of each budget.", "schema": {"type": "string"}},
    "RateLimit-Policy": {"description": "The budgets that apply.", "schema": {"type": "string"}},
}
_RETRY_AFTER = {
    "Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer", "minimum": 1}}
}


def describe(app: Litestar, product: Product) -> dict[str, Any]:
    """The OpenAPI document as JSON-able data."""
    document: dict[str, Any] = copy.deepcopy(app.openapi_schema.to_schema())
    components = document.setdefault("components", {})
    (reference,), extra = msgspec.json.schema_components(
        [product.envelope.failure_type()], ref_template="#/components/schemas/{name}"
    )
    components.setdefault("schemas", {}).update(extra)
    components["securitySchemes"] = {
        "bearer": {"type": "http", "scheme": "bearer", "description": "An access token (JWT) or an API key."}
    }
    components["responses"] = {f"Error{status}": _error(status, reference, product) for status in _KINDS}
    handlers = _handlers(app)
    for path, item in document["paths"].items():
        for method, operation in item.items():
            handler = handlers.get((path, method.upper()))
            if handler is not None:
                _complete(operation, handler, method, path)
                if form := handler.opt.get("form"):
                    components["schemas"].update(_describe_form(operation["requestBody"], handler, form))
    return document


def _describe_form(body: dict[str, Any], handler: HTTPRouteHandler, form: type) -> dict[str, Any]:
    """Say that a route takes the Struct `form` as multipart/form-data; its schema as a component."""
    (reference,), extra = msgspec.json.schema_components(
        [form], ref_template="#/components/schemas/{name}", schema_hook=_file_schema
    )
    if handler.parsed_data_field is not None and handler.parsed_data_field.annotation is form:
        body["content"].clear()
    body["content"][RequestEncodingType.MULTI_PART.value] = {"schema": reference}
    return extra


def _file_schema(kind: type) -> dict[str, Any]:
    if kind is UploadFile:
        return {"type": "string", "contentMediaType": "application/octet-stream"}
    raise NotImplementedError


def _handlers(app: Litestar) -> dict[tuple[str, str], HTTPRouteHandler]:
    return {
        (route.path_format, str(method)): handler
        for route in app.routes
        if isinstance(route, HTTPRoute)
        for handler in route.route_handlers
        for method in handler.http_methods
    }


def _error(status: int, reference: dict[str, Any], product: Product) -> dict[str, Any]:
    kind = _KINDS[status]
    problem = Invalid(fields={"title": "Title must be at least 5 characters"}) if kind is Invalid else kind()
    example: dict[str, Any] = msgspec.json.decode(product.envelope.failure(problem, "3f0c61d2b7a84e55"))
    headers = {**_HEADERS, **(_RETRY_AFTER if status in (429, 503) else {})}
    return {
        "description": kind.message,
        "headers": headers,
        "content": {"application/json": {"schema": reference, "example": example}},
    }


def _complete(operation: dict[str, Any], handler: HTTPRouteHandler, method: str, path: str) -> None:
    guards = handler_guards(handler)
    access = next((guard for guard in guards if isinstance(guard, Allows | SignedIn)), None)
    operation["security"] = [{"bearer": []}] if access else [{}, {"bearer": []}]
    if isinstance(access, Allows):
        text = operation.get("description") or ""
        operation["description"] = f"{text}\n\nRequires the permission `{access.permission}`.".strip()
    responses = operation["responses"]
    for status in [code for code in responses if int(code) >= 400]:
        del responses[status]
    for status in _statuses(handler, guards, access is not None, method, path):
        responses[str(status)] = {"$ref": f"#/components/responses/Error{status}"}
    for status, response in responses.items():
        if int(status) < 400:
            response.setdefault("headers", {}).update(_HEADERS)
    if handler.opt.get("redirects"):
        responses["301"] = {
            "description": "The resource has moved to another address.",
            "headers": {**_HEADERS, "Location": {"schema": {"type": "string"}}},
        }


def _statuses(
    handler: HTTPRouteHandler, guards: list[Any], restricted: bool, method: str, path: str
) -> list[int]:
    statuses = {400, 401, 405, 422, 429, 500, 503}
    if restricted:
        statuses.add(403)
    if "{" in path or handler.opt.get("missing"):
        statuses.add(404)
    statuses.update(handler.opt.get("answers", ()))
    if method in _METHODS_WITH_BODY:
        statuses |= {409, 413, 415}
    if method in {"put", "patch", "delete"}:
        statuses |= {409, 412}
    if any(isinstance(guard, Spends) for guard in guards):
        statuses.add(429)
    return sorted(statuses)
