"""Compares every route and every role of a product with a reviewed file.

A line of the file is a method, a path and the roles that may call it. `visitor` is anybody without a token. Further
names (`guests`) are those whom an open route admits by a token of its own: roles not named there get 401.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Collection, Mapping
from pathlib import Path
from typing import Any

import httpx

from colonnade.kernel.access import VerificationNeeded
from colonnade.kernel.db import Database
from colonnade.kernel.http import Route, list_routes
from colonnade.kernel.product import Product
from colonnade.kernel.testing.answers import error_code, repeated_headers

__all__ = ["Permissions", "draft_permissions"]

VISITOR = "visitor"
_VALUES = {
    "int": "999999",
    "str": "tidak-ada",
    "path": "tidak/ada",
    "uuid": "00000000-0000-4000-8000-000000000000",
}
_REFUSED = {401: "UNAUTHORIZED", 403: "FORBIDDEN"}

Key = tuple[str, str]

# What decides who may open somebody else's account, and what they may do with it; not when it was last used.
_RIGHTS = """
SELECT 'account' AS kind, id::text AS id, concat_ws(
    ' ', email, role, name, password_hash, is_active, email_verified_at, suspended_reason, deleted_at) AS state
FROM accounts WHERE id <> $1
UNION ALL SELECT 'session', id::text, revoked_at::text FROM account_sessions WHERE account_id <> $1
UNION ALL SELECT 'key', id::text, concat_ws(' ', scopes, revoked_at, expires_at) FROM api_keys WHERE account_id <> $1
UNION ALL SELECT 'app', account_id::text, confirmed_at::text FROM account_totp WHERE account_id <> $1
UNION ALL SELECT 'recovery', account_id::text, used_at::text FROM account_recovery_codes WHERE account_id <> $1
UNION ALL SELECT 'passkey', id::text, '' FROM account_passkeys WHERE account_id <> $1
UNION ALL SELECT 'identity', id::text, '' FROM account_identities WHERE account_id <> $1
ORDER BY kind, id, state
"""
_FACTOR = "INSERT INTO account_totp (account_id, secret, confirmed_at) VALUES ($1, 'x', now())"
_AGE = "UPDATE account_sessions SET created_at = now() - make_interval(mins => $1)"


class Permissions:
    """The reviewed `file` and the product's routes. Raises ValueError for an invalid line.

    `guests` are the names of those whose token is not that of an account.
    """

    def __init__(self, product: Product, file: Path, *, guests: Collection[str] = ()) -> None:
        self.roles = (VISITOR, *product.policy.roles)
        self._product = product
        self._guests = frozenset(guests)
        self._routes = list_routes(product)
        self._reviewed = self._read(file)

    def complaints(self) -> list[str]:
        """Return routes that nobody reviewed, lines without a route, and lines that contradict the code."""
        written = {(route.method, route.path): self._allowed(route.access) for route in self._routes}
        found = [
            f"{method} {path} is not reviewed" for method, path in written.keys() - self._reviewed.keys()
        ]
        found += [f"{method} {path} is no route" for method, path in self._reviewed.keys() - written.keys()]
        for key in written.keys() & self._reviewed.keys():
            roles = self._reviewed[key]
            reviewed = frozenset(self.roles) if roles & self._guests else roles
            if reviewed != written[key]:
                found.append(f"{' '.join(key)} lets in {sorted(written[key])}, reviewed: {sorted(reviewed)}")
        return sorted(found)

    def ungranted(self) -> list[str]:
        """Return the permissions that administrators lack; if the policy has no `admin_role`, that no role has."""
        policy = self._product.policy
        roles = policy.roles.values() if policy.admin_role is None else [policy.of(policy.admin_role)]
        return sorted(policy.permissions.keys() - frozenset().union(*roles))

    async def wrong_answers(
        self, role: str, client_of: Callable[[str | None], Awaitable[httpx.AsyncClient]]
    ) -> list[str]:
        """Return the routes that do not answer `role` as reviewed, or that repeat a header.

        `client_of(role)`, or of None for a visitor, signs in again for each: some routes end the caller's session.
        """
        wrong = []
        for (method, path), roles in self._reviewed.items():
            client = await client_of(None if role == VISITOR else role)
            body: dict[str, Any] = {"json": {}} if method in ("POST", "PUT", "PATCH") else {}
            answer = await client.request(method, _fill(path), **body)
            expected = None if role in roles else 401 if role == VISITOR or roles & self._guests else 403
            if not self._is_fine(answer, expected):
                said = f"{answer.status_code} {error_code(answer)}"
                wrong.append(f"{role}: {method} {path} is {said}, expected {expected or 'to pass'}")
            if twice := repeated_headers(answer):
                wrong.append(f"{role}: {method} {path} repeats {', '.join(twice)}")
        return wrong

    async def ignored_conditions(self, client: httpx.AsyncClient) -> list[str]:
        """Return the writes that do not refuse (412) an edit based on a version that there never was.

        `client` is signed in as somebody who may call them all; routes for guests refuse before they ask who it is.
        """
        ignored = []
        for method, path in self._reviewed:
            if method == "GET":
                continue
            body: dict[str, Any] = {} if method == "DELETE" else {"json": {}}
            answer = await client.request(method, _fill(path), headers={"If-Match": '"x"'}, **body)
            if (answer.status_code, error_code(answer)) != (412, "PRECONDITION_FAILED"):
                ignored.append(f"{method} {path} is {answer.status_code} {error_code(answer)}")
        return ignored

    async def storable(self, client: httpx.AsyncClient) -> list[str]:
        """Return the GETs whose answer to `client`, who is signed in, a cache may store.

        Those are the routes that say so themselves, and what they answer is nobody's in particular.
        """
        found = []
        for route in self._routes:
            if route.method == "GET":
                answer = await client.get(_fill(route.path, {**_VALUES, "int": "1"}))
                if "no-store" not in answer.headers["cache-control"]:
                    found.append(route.path)
        return found

    async def changes_of_rights(
        self,
        db: Database,
        client_of: Callable[[], Awaitable[tuple[httpx.AsyncClient, int, int]]],
        *,
        minutes: int,
    ) -> dict[str, str | None]:
        """Call every write that asks who is calling, and return those after which others' rights are different.

        Rights are other accounts, their sessions, factors and keys. `client_of` gives, anew for each call, the client
        of an administrator, whose session is made so many `minutes` old, its account's id, and that of another account,
        which gets a second factor and stands wherever a path has a number; a name in a path is that of a role, and the
        body is the description's example, or where that is refused each of its fields alone. The value is the code of
        the error, None for a success; a refusal for want of a recent proof (STEP_UP_REQUIRED) is among them too.
        """
        found: dict[str, str | None] = {}
        document: dict[str, Any] | None = None
        role = next(iter(self._product.policy.roles))
        for route in self._routes:
            if route.method == "GET" or route.access == "anyone":
                continue
            client, caller, other = await client_of()
            await db.execute(_FACTOR, other)
            await db.execute(_AGE, minutes)
            if document is None:
                document = (await client.get("/openapi.json")).json()
            path = _fill(route.path, {**_VALUES, "int": str(other), "str": role})
            before = await db.fetch(_RIGHTS, caller)
            code: str | None = None
            for body in _examples(document, route):
                answer = await client.request(route.method, path, **body)
                code = None if answer.is_success else error_code(answer)
                if code in (None, VerificationNeeded.code):
                    break
            if await db.fetch(_RIGHTS, caller) != before or code == VerificationNeeded.code:
                found[f"{route.method} {route.path}"] = code
        return found

    def _is_fine(self, answer: httpx.Response, expected: int | None) -> bool:
        code = error_code(answer)
        if expected is None:
            return answer.status_code < 500 and _REFUSED.get(answer.status_code) != code
        return answer.status_code == expected and code == _REFUSED[expected]

    def _allowed(self, access: str) -> frozenset[str]:
        return frozenset(_allowed(self._product, access))

    def _read(self, file: Path) -> dict[Key, frozenset[str]]:
        reviewed: dict[Key, frozenset[str]] = {}
        for number, line in enumerate(file.read_text().splitlines(), 1):
            if not line.strip() or line.startswith("#"):
                continue
            method, path, *names = line.split()
            roles = frozenset(names)
            if (method, path) in reviewed:
                raise ValueError(f"line {number} repeats {method} {path}")
            if not roles or not roles <= self._guests.union(self.roles):
                raise ValueError(f"line {number} names nobody, or an unknown role")
            reviewed[method, path] = roles
        return reviewed


def draft_permissions(product: Product) -> str:
    """Return a first file for `product`, as its routes are: to be reviewed line by line."""
    routes = list_routes(product)
    width = max(len(route.path) for route in routes)
    lines = [
        f"# Who may call which route of {product.name}. Reviewed by hand: a route that is not here fails the tests.",
        f"# `{VISITOR}` is anybody without a token.",
    ]
    group = ""
    for route in routes:
        if route.path.split("/")[1] != group:
            group = route.path.split("/")[1]
            lines.append("")
        roles = " ".join(_allowed(product, route.access))
        lines.append(f"{route.method:<6} {route.path:<{width}} {roles}")
    return "\n".join(lines) + "\n"


def _allowed(product: Product, access: str) -> list[str]:
    """Return the roles that a route admits, in the order of the policy, the visitor first."""
    if access in ("anyone", "signed in"):
        return [*([VISITOR] if access == "anyone" else []), *product.policy.roles]
    return [role for role, names in product.policy.roles.items() if access in names]


def _fill(path: str, values: Mapping[str, str] = _VALUES) -> str:
    return re.sub(r"\{\w+:(\w+)\}", lambda match: values[match[1]], path)


def _examples(document: Mapping[str, Any], route: Route) -> list[dict[str, Any]]:
    """Return the description's example of a body, then each of its fields alone; a form has none."""
    operation = document["paths"].get(re.sub(r":\w+\}", "}", route.path), {}).get(route.method.lower(), {})
    content = operation.get("requestBody", {}).get("content", {}).get("application/json")
    if content is None:
        return [{}]
    example = content["example"]
    return [{"json": body} for body in (example, *({name: value} for name, value in example.items()))]
