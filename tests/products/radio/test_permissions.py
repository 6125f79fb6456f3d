"""Every route and every role, held against the reviewed file `permissions.txt`; a route that is not in it fails."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from colonnade.kernel.http import Route, build_litestar, list_routes
from colonnade.products.radio.product import PRODUCT

REVIEWED = Path(__file__).with_name("permissions.txt")
ROLES = ("visitor", "penyiar", "editor", "admin")
EVERYBODY = frozenset(ROLES)
LISTENERS = frozenset({"listener"})
"""Chat guests, who bring a token of their own: the route is open, and answers 401 to all who have none."""
VALUES = {
    "int": "999999",
    "str": "tidak-ada",
    "path": "tidak/ada",
    "uuid": "00000000-0000-4000-8000-000000000000",
}


def _read() -> dict[tuple[str, str], frozenset[str]]:
    """Who may call which route, as reviewed."""
    reviewed: dict[tuple[str, str], frozenset[str]] = {}
    for number, line in enumerate(REVIEWED.read_text().splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        method, path, *roles = line.split()
        assert (method, path) not in reviewed, f"line {number} repeats {method} {path}"
        assert roles, f"line {number} names nobody"
        assert set(roles) in (LISTENERS, EVERYBODY & set(roles)), f"line {number} names an unknown role"
        reviewed[method, path] = frozenset(roles)
    return reviewed


def _allowed(route: Route) -> frozenset[str]:
    """Who may call a route, as the code says."""
    if route.access == "anyone":
        return EVERYBODY
    if route.access == "signed in":
        return EVERYBODY - {"visitor"}
    return frozenset(role for role, names in PRODUCT.policy.roles.items() if route.access in names)


ROUTES = list_routes(build_litestar(PRODUCT))


def test_the_roles_are_the_reviewed_ones():
    assert set(PRODUCT.policy.roles) == set(ROLES) - {"visitor"}


def test_every_route_is_reviewed_and_every_line_is_a_route():
    written = {(route.method, route.path): _allowed(route) for route in ROUTES}
    reviewed = _read()
    assert sorted(written.keys() - reviewed.keys()) == [], "routes that nobody reviewed"
    assert sorted(reviewed.keys() - written.keys()) == [], "lines without a route"
    reached = {key: EVERYBODY if roles == LISTENERS else roles for key, roles in reviewed.items()}
    assert {key: sorted(roles) for key, roles in reached.items() if roles != written[key]} == {}


def test_every_permission_is_used_and_granted():
    used = {route.access for route in ROUTES} - {"anyone", "signed in"}
    granted = frozenset().union(*PRODUCT.policy.roles.values())
    assert used <= granted
    assert PRODUCT.policy.roles["admin"] == set(PRODUCT.policy.permissions)


def _fill(path: str) -> str:
    return re.sub(r"\{\w+:(\w+)\}", lambda match: VALUES[match[1]], path)


@pytest.mark.parametrize("role", ROLES)
async def test_each_route_answers_each_role_as_reviewed(radio, role):
    wrong = []
    for (method, path), roles in _read().items():
        radio.services.limiter._meters.clear()
        # Signed in anew: some routes end the session that calls them.
        client = await radio.http(None if role == "visitor" else role)
        body = {"json": {}} if method in ("POST", "PUT", "PATCH") else {}
        answer = await client.request(method, _fill(path), **body)
        code = ""
        if answer.headers.get("content-type") == "application/json" and answer.status_code >= 400:
            code = answer.json().get("error", {}).get("code", "")
        refused = {401: "UNAUTHORIZED", 403: "FORBIDDEN"}
        anonymous = role == "visitor" or roles == LISTENERS
        expected = None if role in roles else 401 if anonymous else 403
        if expected is None:
            fine = answer.status_code < 500 and refused.get(answer.status_code) != code
        else:
            fine = answer.status_code == expected and code == refused[expected]
        if not fine:
            wrong.append(
                f"{role}: {method} {path} is {answer.status_code} {code}, expected {expected or 'to pass'}"
            )
    assert wrong == []
