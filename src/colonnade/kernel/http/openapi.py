"""Builds the API description (OpenAPI 3.1) of a product from its routes' signatures.

Litestar describes paths and parameters. This module adds what Litestar cannot know: bodies and answers as they are
on the wire, with examples, security per route, the error answers of every route in the product's shape, and the
headers of the outermost layer.
"""

from __future__ import annotations

import copy
import inspect
from collections.abc import Sequence
from typing import Any

import msgspec
from litestar import Litestar
from litestar.handlers import HTTPRouteHandler
from litestar.routes import HTTPRoute

from colonnade.kernel.core import (
    BadGateway,
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
from colonnade.kernel.http.clashes import tag_texts
from colonnade.kernel.http.guards import Allows, SignedIn, Spends
from colonnade.kernel.http.openapi_examples import MISSING, make_example, with_fixed_moments
from colonnade.kernel.http.openapi_schemas import Shapes, clean_parameter, name_as_sent
from colonnade.kernel.http.routes import handler_guards
from colonnade.kernel.http.services import Api, DemoLogin

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
        BadGateway,
        Unavailable,
    )
}
_HEADERS: dict[str, Any] = {
    "X-Request-Id": {"description": "Names this request in our logs.", "schema": {"type": "string"}},
    "RateLimit": {"description": "What is left of each budget.", "schema": {"type": "string"}},
    "RateLimit-Policy": {"description": "The budgets that apply.", "schema": {"type": "string"}},
}
_SUCCESS = {200: "Success.", 201: "Created.", 204: "Done; the answer has no body."}
_IF_MATCH: dict[str, Any] = {
    "name": "If-Match",
    "in": "header",
    "required": False,
    # No example: pages that fill it in would send it, and be refused.
    "description": "The `ETag`, or the version, that the edit is based on; 412 if it is no longer the current one.",
    "schema": {"type": "string"},
}
_RETRY_AFTER = {
    "Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer", "minimum": 1}}
}


def describe(app: Litestar, product: Api, *, demo: bool = False) -> dict[str, Any]:
    """Return the OpenAPI document as JSON-able data; with `demo` logins have the demonstration accounts as examples."""
    document: dict[str, Any] = copy.deepcopy(app.openapi_schema.to_schema())
    handlers = _handlers(app)
    shapes = Shapes(handlers.values(), product.envelope)
    document["components"] = {
        "schemas": shapes.components,
        "securitySchemes": {
            "bearer": {
                "type": "http",
                "scheme": "bearer",
                "description": "An access token (JWT) or an API key.",
            }
        },
        "responses": {f"Error{status}": _error(status, shapes.failure, product) for status in _KINDS},
    }
    used: set[int] = set()
    for path, item in document["paths"].items():
        for method, operation in item.items():
            handler = handlers[path, method.upper()]
            _complete(operation, handler, shapes, method, path)
            if demo and handler.opt.get("signs_in"):
                _show_logins(operation, product.demo_logins)
            used.update(int(status) for status in operation["responses"] if int(status) in _KINDS)
    responses = document["components"]["responses"]
    document["components"]["responses"] = {
        f"Error{status}": responses[f"Error{status}"] for status in sorted(used)
    }
    document["tags"] = [
        {"name": name, **({"description": text} if text else {})}
        for name, text in tag_texts(handlers.values()).items()
    ]
    named: dict[str, Any] = name_as_sent(document)
    return named


def _handlers(app: Litestar) -> dict[tuple[str, str], HTTPRouteHandler]:
    return {
        (route.path_format, str(method)): handler
        for route in app.routes
        if isinstance(route, HTTPRoute)
        for handler in route.route_handlers
        if handler.resolve_include_in_schema()
        for method in handler.http_methods
    }


def _error(status: int, reference: dict[str, Any], product: Api) -> dict[str, Any]:
    kind = _KINDS[status]
    problem = Invalid(fields={"title": "Title must be at least 5 characters"}) if kind is Invalid else kind()
    example = with_fixed_moments(msgspec.json.decode(product.envelope.failure(problem, "3f0c61d2b7a84e55")))
    headers = {**_HEADERS, **(_RETRY_AFTER if status in (429, 503) else {})}
    return {
        "description": kind.message,
        "headers": headers,
        "content": {"application/json": {"schema": reference, "example": example}},
    }


def _with_zeros(handler: HTTPRouteHandler, parameter: dict[str, Any]) -> dict[str, Any]:
    """Add a minimum of 0 to the parameter, which Litestar omits if null is allowed too."""
    for name, field in handler.parsed_fn_signature.parameters.items():
        limits = field.kwarg_definition
        if parameter["name"] in (name, getattr(limits, "name", None)) and getattr(limits, "ge", None) == 0:
            parameter["schema"].setdefault("minimum", 0)
    return parameter


def _complete(
    operation: dict[str, Any], handler: HTTPRouteHandler, shapes: Shapes, method: str, path: str
) -> None:
    guards = handler_guards(handler)
    access = next((guard for guard in guards if isinstance(guard, Allows | SignedIn)), None)
    # If a token is optional, a generated client must not demand one.
    operation["security"] = [{"bearer": []}] if access else []
    if "tags" in operation:
        operation["tags"] = [str(tag) for tag in operation["tags"]]
    operation["summary"], operation["description"] = _texts(handler, guards)
    if "parameters" in operation:
        operation["parameters"] = [
            _with_zeros(handler, clean_parameter(parameter)) for parameter in operation["parameters"]
        ]
    if handler.opt["takes_version"]:
        operation.setdefault("parameters", []).append(_IF_MATCH)
    body = {media: _content(schema, shapes) for media, schema in shapes.body(handler).items()}
    if body:
        operation["requestBody"] = {"required": True, "content": body}
    operation["responses"] = _responses(handler, guards, shapes, method, path)


def _show_logins(operation: dict[str, Any], logins: Sequence[DemoLogin]) -> None:
    """Replace the generated example of a login's body by the demonstration accounts."""
    for content in operation["requestBody"]["content"].values() if logins else ():
        made = content.pop("example", {})
        content["examples"] = {
            login.role: {"value": {**made, "email": login.email, "password": login.password}}
            for login in logins
        }


def _texts(handler: HTTPRouteHandler, guards: list[Any]) -> tuple[str, str]:
    """Return the route's summary (its docstring's first clause) and its description."""
    text = inspect.getdoc(handler.fn) or ""
    first = text.partition("\n\n")[0].replace("\n", " ")
    summary = _first_clause(first)
    notes = ["A bearer token is optional here."] if handler.opt["optional_bearer"] else []
    notes += [
        f"Requires the permission `{guard.permission}`." for guard in guards if isinstance(guard, Allows)
    ]
    notes += [
        f"Each request costs one of the budget `{guard.budget}`."
        for guard in guards
        if isinstance(guard, Spends)
    ]
    return summary, "\n\n".join([text, *notes])


def _first_clause(sentence: str) -> str:
    """Return `sentence` up to its first full stop, semicolon or colon outside brackets."""
    depth = 0
    for index, character in enumerate(sentence):
        depth += (character == "(") - (character == ")")
        if depth == 0 and character in ".;:" and sentence[index + 1 : index + 2] in ("", " "):
            return sentence[:index]
    return sentence


def _content(schema: dict[str, Any], shapes: Shapes) -> dict[str, Any]:
    example = make_example(schema, shapes.components)
    return {"schema": schema} if example is MISSING else {"schema": schema, "example": example}


def _responses(
    handler: HTTPRouteHandler, guards: list[Any], shapes: Shapes, method: str, path: str
) -> dict[str, Any]:
    success: dict[str, Any] = {
        "description": _SUCCESS.get(handler.status_code, "Success."),
        "headers": _HEADERS,
    }
    schema = shapes.answer(handler)
    if schema is not None:
        media = handler.opt.get("bare", ("application/json",))
        success["content"] = {one: _content(schema, shapes) for one in media}
    responses: dict[str, Any] = {str(handler.status_code): success}
    if handler.opt.get("redirects"):
        responses["301"] = {
            "description": "The resource has moved to another address.",
            "headers": {**_HEADERS, "Location": {"schema": {"type": "string"}}},
        }
    if handler.opt.get("sends_on"):
        responses.pop("204", None)
        responses["303"] = {
            "description": "The browser is sent on to another page.",
            "headers": {**_HEADERS, "Location": {"schema": {"type": "string", "format": "uri"}}},
        }
    if method == "get":
        responses["304"] = {
            "description": "Unchanged since the `ETag` in `If-None-Match`.",
            "headers": _HEADERS,
        }
    restricted = any(isinstance(guard, Allows | SignedIn) for guard in guards)
    for status in _statuses(handler, guards, restricted, method, path):
        responses[str(status)] = {"$ref": f"#/components/responses/Error{status}"}
    return responses


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
        statuses |= {413, 415}
    if method != "get":
        statuses |= {409, 412}
    if any(isinstance(guard, Spends) for guard in guards):
        statuses.add(429)
    return sorted(statuses)
