"""Builds the API description (OpenAPI 3.1) of a product from its routes' signatures.

Paths and parameters, bodies and answers as they are on the wire, with examples, security per route, the error answers
of every route in the product's shape, and the headers of the outermost layer.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import msgspec

from colonnade.kernel import core
from colonnade.kernel.http.guards import Allows, SignedIn, Spends
from colonnade.kernel.http.handlers import Handler
from colonnade.kernel.http.openapi_examples import MISSING, make_example, with_fixed_moments
from colonnade.kernel.http.openapi_schemas import Shapes, describe_parameter, name_as_sent, texts_of
from colonnade.kernel.http.routes import tag_texts
from colonnade.kernel.http.services import Api, DemoLogin

__all__ = ["describe"]

_METHODS = ("get", "put", "post", "delete", "patch")
"""In the order of the standard's path item."""
_METHODS_WITH_BODY = {"POST", "PUT", "PATCH"}
_KINDS: dict[int, type[core.Problem]] = {
    kind.status: kind
    for kind in (
        core.BadRequest,
        core.Unauthorized,
        core.Forbidden,
        core.NotFound,
        core.MethodNotAllowed,
        core.Conflict,
        core.PreconditionFailed,
        core.PayloadTooLarge,
        core.UnsupportedMediaType,
        core.Invalid,
        core.TooManyRequests,
        core.Problem,
        core.BadGateway,
        core.Unavailable,
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


def describe(handlers: Sequence[Handler], product: Api, *, demo: bool = False) -> dict[str, Any]:
    """Return the OpenAPI document as JSON-able data; with `demo` logins have the demonstration accounts as examples."""
    shown = [handler for handler in handlers if handler.options.get("include_in_schema", True)]
    shapes = Shapes(shown, product.envelope)
    paths: dict[str, dict[str, Any]] = {}
    for handler in shown:
        operation = _operation(handler, shapes)
        if demo and handler.options.get("signs_in"):
            _show_logins(operation, product.demo_logins)
        paths.setdefault(handler.template, {})[handler.method.lower()] = operation
    used = {
        int(status)
        for item in paths.values()
        for operation in item.values()
        for status in operation["responses"]
    }
    document = {
        "info": {"title": product.title, "version": product.version, "description": product.description},
        "openapi": "3.1.0",
        "servers": [{"url": "/"}],
        "paths": {
            path: {method: item[method] for method in _METHODS if method in item}
            for path, item in paths.items()
        },
        "components": {
            "schemas": shapes.components,
            "securitySchemes": {
                "bearer": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "An access token (JWT) or an API key.",
                }
            },
            "responses": {
                f"Error{status}": _error(status, shapes.failure, product)
                for status in sorted(used & _KINDS.keys())
            },
        },
        "tags": [
            {"name": name, **({"description": text} if text else {})}
            for name, text in tag_texts(shown).items()
        ],
    }
    named: dict[str, Any] = name_as_sent(document)
    return named


def _error(status: int, reference: dict[str, Any], product: Api) -> dict[str, Any]:
    kind = _KINDS[status]
    problem = (
        core.Invalid(fields={"title": "Title must be at least 5 characters"})
        if kind is core.Invalid
        else kind()
    )
    example = with_fixed_moments(msgspec.json.decode(product.envelope.failure(problem, "3f0c61d2b7a84e55")))
    headers = {**_HEADERS, **(_RETRY_AFTER if status in (429, 503) else {})}
    return {
        "description": kind.message,
        "headers": headers,
        "content": {"application/json": {"schema": reference, "example": example}},
    }


def _operation(handler: Handler, shapes: Shapes) -> dict[str, Any]:
    summary, description = _texts(handler)
    parameters = [describe_parameter(one) for one in handler.parameters]
    if handler.takes_version:
        parameters.append(_IF_MATCH)
    body = {media: _content(schema, shapes) for media, schema in shapes.body(handler).items()}
    restricted = any(isinstance(guard, Allows | SignedIn) for guard in handler.guards)
    return {
        **({"tags": list(dict.fromkeys(map(str, handler.tags)))} if handler.tags else {}),
        "summary": summary,
        "description": description,
        "operationId": _operation_id(handler),
        **({"parameters": parameters} if parameters else {}),
        **({"requestBody": {"required": True, "content": body}} if body else {}),
        "responses": _responses(handler, shapes, restricted),
        "deprecated": False,
        # If a token is optional, a generated client must not demand one.
        "security": [{"bearer": []}] if restricted else [],
    }


def _operation_id(handler: Handler) -> str:
    """Return a name of words from path and function, each once: `PATCH /auth/me` is `AuthMeUpdateMe`.

    What `mirrored` adds begins with its method: `PutAuthMeUpdateMe`.
    """
    words = handler.method.title() if handler.options.get("mirrored") else ""
    for part in handler.path.split("/"):
        word = part.strip("{}").partition(":")[0].title()
        if word not in words:
            words += word
    return re.sub(r"[!#$%&'*+\-.^_`|~:]+", "", words + handler.function.__name__.title())


def _show_logins(operation: dict[str, Any], logins: Sequence[DemoLogin]) -> None:
    """Replace the generated example of a login's body by the demonstration accounts."""
    for content in operation["requestBody"]["content"].values() if logins else ():
        made = content.pop("example", {})
        content["examples"] = {
            login.role: {"value": {**made, "email": login.email, "password": login.password}}
            for login in logins
        }


def _texts(handler: Handler) -> tuple[str, str]:
    """Return the route's summary (its docstring's first clause) and its description."""
    summary, text = texts_of(handler.function)
    notes = ["A bearer token is optional here."] if handler.optional_bearer else []
    notes += [
        f"Requires the permission `{guard.permission}`."
        for guard in handler.guards
        if isinstance(guard, Allows)
    ]
    notes += [
        f"Each request costs one of the budget `{guard.budget}`."
        for guard in handler.guards
        if isinstance(guard, Spends)
    ]
    return summary, "\n\n".join([text, *notes])


def _content(schema: dict[str, Any], shapes: Shapes) -> dict[str, Any]:
    example = make_example(schema, shapes.components)
    return {"schema": schema} if example is MISSING else {"schema": schema, "example": example}


def _responses(handler: Handler, shapes: Shapes, restricted: bool) -> dict[str, Any]:
    success: dict[str, Any] = {
        "description": _SUCCESS.get(handler.status, "Success."),
        "headers": _HEADERS,
    }
    schema = shapes.answer(handler)
    if schema is not None:
        media = handler.options.get("bare", ("application/json",))
        success["content"] = {one: _content(schema, shapes) for one in media}
    responses: dict[str, Any] = {str(handler.status): success}
    if handler.options.get("redirects"):
        responses["301"] = {
            "description": "The resource has moved to another address.",
            "headers": {**_HEADERS, "Location": {"schema": {"type": "string"}}},
        }
    if handler.options.get("sends_on"):
        responses.pop("204", None)
        responses["303"] = {
            "description": "The browser is sent on to another page.",
            "headers": {**_HEADERS, "Location": {"schema": {"type": "string", "format": "uri"}}},
        }
    if handler.method == "GET":
        responses["304"] = {
            "description": "Unchanged since the `ETag` in `If-None-Match`.",
            "headers": _HEADERS,
        }
    for status in _statuses(handler, restricted):
        responses[str(status)] = {"$ref": f"#/components/responses/Error{status}"}
    return responses


def _statuses(handler: Handler, restricted: bool) -> list[int]:
    statuses = {400, 401, 405, 422, 429, 500, 503}
    if restricted:
        statuses.add(403)
    if "{" in handler.path or handler.options.get("missing"):
        statuses.add(404)
    statuses.update(handler.options.get("answers", ()))
    if handler.method in _METHODS_WITH_BODY:
        statuses |= {413, 415}
    if handler.method != "GET":
        statuses |= {409, 412}
    return sorted(statuses)
