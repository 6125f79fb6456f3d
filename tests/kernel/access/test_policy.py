"""Roles and permissions, and routes that declare who may call them."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest

from colonnade.kernel.access import Policy, check_allowed, may
from colonnade.kernel.core import Forbidden, Unauthorized
from colonnade.kernel.http import (
    Ok,
    Router,
    SuccessEnvelope,
    allows,
    anyone,
    get,
    list_routes,
    post,
    signed_in,
    spends,
)
from colonnade.kernel.limits import Budget
from colonnade.kernel.product import Product, Slice

PERMISSIONS = {"things:read": "read things", "things:write": "write things"}


@dataclasses.dataclass
class Caller:
    """The part of a principal that permissions need."""

    permissions: frozenset[str]

    def may(self, permission: str) -> bool:
        return permission in self.permissions


def test_a_role_has_what_the_policy_says():
    policy = Policy(PERMISSIONS, {"admin": PERMISSIONS, "reader": ["things:read"], "nobody": []})
    assert policy.of("admin") == {"things:read", "things:write"}
    assert policy.of("reader") == {"things:read"}
    assert policy.of("nobody") == policy.of("unknown") == policy.of("") == policy.of("Admin") == frozenset()


def test_a_role_cannot_name_an_unknown_permission():
    with pytest.raises(ValueError, match="things:reed"):
        Policy(PERMISSIONS, {"reader": ["things:reed"]})


def test_the_administrators_role_is_one_of_the_roles():
    assert Policy(PERMISSIONS, {"reader": []}).admin_role is None
    assert Policy(PERMISSIONS, {"chief": PERMISSIONS}, admin_role="chief").admin_role == "chief"
    with pytest.raises(ValueError, match="'boss'"):
        Policy(PERMISSIONS, {"chief": PERMISSIONS}, admin_role="boss")


def test_check_allowed():
    reader: Any = Caller(frozenset({"things:read"}))
    assert check_allowed(reader, "things:read") is reader
    with pytest.raises(Forbidden):
        check_allowed(reader, "things:write")
    with pytest.raises(Unauthorized):
        check_allowed(None, "things:read")
    assert may(reader, "things:read")
    assert not may(reader, "things:write")
    assert not may(None, "things:read")


def _product(*guards: Any) -> Product:
    @get("/things", guards=list(guards))
    async def show() -> Ok[None]:
        """Things."""
        return Ok(None)

    return Product(
        name="small",
        title="Small",
        description="A product with one route.",
        envelope=SuccessEnvelope(),
        policy=Policy(PERMISSIONS, {"reader": ["things:read"]}),
        migrations=Path("/nonexistent"),
        slices=[
            Slice(
                name="things",
                routes=[Router("/", route_handlers=[show])],
                budgets=[Budget("few", "2/hour")],
            )
        ],
    )


def _with_routes(*handlers: Any) -> Product:
    things = Slice(
        name="things",
        routes=[Router("/", route_handlers=list(handlers))],
        budgets=[Budget("few", "2/hour")],
    )
    return dataclasses.replace(_product(anyone()), slices=[things])


@pytest.mark.parametrize(
    ("guards", "complaint"),
    [
        ((), "GET /things does not say who may call it"),
        ((spends("few"),), "GET /things does not say who may call it"),
        ((allows("things:reed"),), "GET /things asks for the unknown permission 'things:reed'"),
        ((anyone(), spends("many")), "GET /things spends unknown budgets: many"),
        ((anyone(), allows("things:read")), "GET /things says twice who may call it"),
        ((allows("things:read"), allows("things:write")), "GET /things says twice who may call it"),
    ],
)
def test_a_route_that_does_not_say_who_may_call_it_does_not_start(guards, complaint):
    with pytest.raises(ValueError, match=complaint):
        list_routes(_product(*guards))


def test_a_route_without_the_global_budget_has_one_of_its_own():
    @post("/hooks/{name:str}", guards=[anyone(), spends("few")], unmetered=True)
    async def take(name: str) -> Ok[None]:
        """A call."""
        return Ok(None)

    @post("/hooks/all", guards=[anyone()])
    async def take_all() -> Ok[None]:
        """At a path of the same pattern, with the global budget: it would not be spent."""
        return Ok(None)

    @get("/hooks/all", guards=[anyone()])
    async def list_hooks() -> Ok[None]:
        """Another method, which spends the global budget."""
        return Ok(None)

    @post("/free/{name:str}", guards=[anyone()], unmetered=True)
    async def free(name: str) -> Ok[None]:
        """Nothing limits it."""
        return Ok(None)

    def build(*handlers: Any) -> Any:
        return list_routes(_with_routes(*handlers))

    routes = [route for route in build(take, list_hooks) if route.path.startswith("/hooks")]
    assert {route.method: route.budgets for route in routes} == {"POST": ("few",), "GET": ("global",)}
    with pytest.raises(ValueError, match="POST /hooks/all is unmetered: it needs its own budget"):
        build(take, take_all)
    with pytest.raises(ValueError, match=r"POST /free/.* is unmetered: it needs its own budget"):
        build(free)


def test_the_table_of_routes():
    @get("/things", guards=[anyone()])
    async def list_things() -> Ok[None]:
        """Things."""
        return Ok(None)

    @post("/things", guards=[allows("things:write"), spends("few")])
    async def add_thing() -> Ok[None]:
        """A thing."""
        return Ok(None)

    @get("/things/{thing_id:int}", guards=[signed_in()])
    async def show_thing(thing_id: int) -> Ok[None]:
        """A thing."""
        return Ok(None)

    product = _with_routes(list_things, add_thing, show_thing)
    table = [
        (route.method, route.path, route.access, route.budgets)
        for route in list_routes(product)
        if route.path.startswith("/things")
    ]
    assert table == [
        ("GET", "/things", "anyone", ("global",)),
        ("POST", "/things", "things:write", ("global", "few")),
        ("GET", "/things/{thing_id:int}", "signed in", ("global",)),
    ]
