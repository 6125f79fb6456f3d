"""The API description as generators need it: every enum typed, one text per tag, names that are valid type names."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal

import msgspec
import pytest
from msgspec import Meta

from colonnade.app.compose import load_product
from colonnade.kernel.access import Policy, Principal
from colonnade.kernel.http import (
    Created,
    ExpectedVersion,
    Ok,
    Router,
    SuccessEnvelope,
    Tag,
    anyone,
    describe_product,
    get,
    post,
    put,
    signed_in,
)
from colonnade.kernel.http.openapi_schemas import short_names
from colonnade.kernel.http.services import Api, DemoLogin

LOGINS = (
    DemoLogin("chief", "chief@lab.example", "chief-lab", "Chief"),
    DemoLogin("hand", "hand@lab.example", "hand-lab", "Hand"),
)


class Tool(msgspec.Struct):
    """A tool."""

    kind: Literal["saw", "file"]
    size: Literal[1, 2] | None
    sharp: Literal[True]
    state: Literal["new", None] = None


class Login(msgspec.Struct):
    """Credentials."""

    email: Annotated[str, Meta(max_length=254)]
    password: str
    remember: bool = False


@get("/tools", guards=[anyone()])
async def list_tools(visitor: Principal | None) -> Ok[list[Tool]]:
    """List tools."""
    return Ok([])


@post("/tools/new", guards=[signed_in()])
async def make_tool(data: Tool) -> Created[Tool]:
    """Make a tool."""
    return Created(data)


@put("/tools/{tool_id:int}", guards=[signed_in()])
async def change_tool(tool_id: int, data: Tool, expected: ExpectedVersion) -> Ok[Tool]:
    """Change a tool."""
    return Ok(data, version=(expected or 0) + 1)


@post("/login", guards=[anyone(identified=False)], signs_in=True)
async def log_in(data: Login) -> Ok[str]:
    """Sign in."""
    return Ok(data.email)


def make_api(*tags: str, about: str = "Saws and files.") -> Api:
    """Build a product with two routers, which both have the tag Tools."""
    return Api(
        name="lab",
        title="Lab",
        description="A product for tests.",
        envelope=SuccessEnvelope(),
        policy=Policy({}, {"admin": []}),
        routes=[
            Router("/", route_handlers=[log_in, make_tool, change_tool], tags=["Tools"]),
            Router("/", route_handlers=[list_tools], tags=[Tag("Tools", about), *tags]),
        ],
        demo_logins=LOGINS,
    )


def enums(schema: Any) -> Iterator[Any]:
    """Return every schema with an enum below this one."""
    if isinstance(schema, dict):
        if "enum" in schema:
            yield schema
        for value in schema.values():
            yield from enums(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from enums(value)


def test_every_enum_has_a_type():
    properties = describe_product(make_api())["components"]["schemas"]["Tool"]["properties"]
    assert properties["kind"] == {"type": "string", "enum": ["file", "saw"]}
    assert properties["size"]["anyOf"] == [{"type": "integer", "enum": [1, 2]}, {"type": "null"}]
    assert properties["sharp"] == {"type": "boolean", "const": True}
    assert properties["state"]["type"] == ["null", "string"]


@pytest.mark.parametrize("name", ["radio", "dealroom"])
def test_every_enum_of_a_product_has_a_type(name):
    found = list(enums(describe_product(load_product(name))))
    assert len(found) > 20
    assert [schema for schema in found if "type" not in schema] == []


class Loan(msgspec.Struct, rename="camel"):
    """A loan of a tool until `due_at`, extended with `Extension`.

    After `due_at` it is late, see `late_since`, `tool_kind` and `not_a_field`.
    """

    due_at: str
    late_since: str | None = None


def test_descriptions_name_fields_as_they_are_sent():
    @get("/loans", guards=[anyone()])
    async def list_loans(tool_kind: str = "saw") -> Ok[Loan]:
        """List loans, by `tool_kind`, with `due_at`."""
        return Ok(Loan("tomorrow"))

    document = describe_product(
        Api(
            name="lab",
            title="Lab",
            description="A product for tests.",
            envelope=SuccessEnvelope(),
            policy=Policy({}, {}),
            routes=[Router("/", route_handlers=[list_loans], tags=["Tools"])],
        )
    )
    assert document["components"]["schemas"]["Loan"]["description"] == (
        "A loan of a tool until `dueAt`, extended with `Extension`.\n\n"
        "After `dueAt` it is late, see `lateSince`, `tool_kind` and `not_a_field`."
    )
    operation = document["paths"]["/loans"]["get"]
    assert operation["description"].startswith("List loans, by `tool_kind`, with `dueAt`.")


def _patterns(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        if isinstance(schema.get("pattern"), str):
            yield schema["pattern"]
        for value in schema.values():
            yield from _patterns(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from _patterns(value)


@pytest.mark.parametrize("name", ["radio", "dealroom"])
def test_patterns_are_such_as_every_language_knows(name):
    """RE2 (Go) has neither look-ahead nor look-behind; a `$` is the end everywhere but in Python."""
    found = set(_patterns(describe_product(load_product(name))))
    assert len(found) > 5
    assert [pattern for pattern in found if "(?" in pattern.replace("(?:", "")] == []
    assert [pattern for pattern in found if pattern.startswith("^") and not pattern.endswith("$")] == []


def test_public_routes_ask_for_no_token():
    paths = describe_product(make_api())["paths"]
    assert paths["/tools"]["get"]["security"] == []
    assert paths["/tools"]["get"]["description"] == "List tools.\n\nA bearer token is optional here."
    assert paths["/login"]["post"]["security"] == []
    assert paths["/login"]["post"]["description"] == "Sign in."
    assert paths["/tools/new"]["post"]["security"] == [{"bearer": []}]


def test_if_match_is_described_where_it_is_taken():
    paths = describe_product(make_api())["paths"]
    (parameter,) = paths["/tools/{tool_id}"]["put"]["parameters"][1:]
    assert (parameter["name"], parameter["in"], parameter["required"]) == ("If-Match", "header", False)
    assert parameter["schema"] == {"type": "string"}
    assert "parameters" not in paths["/tools/new"]["post"]
    # Each write refuses a version that is not the present one, or that it cannot compare.
    assert "412" in paths["/tools/new"]["post"]["responses"]
    assert "412" not in paths["/tools"]["get"]["responses"]


def test_tags_have_one_text_written_where_their_router_is_made():
    document = describe_product(make_api("Others"))
    assert document["tags"] == [{"name": "Tools", "description": "Saws and files."}, {"name": "Others"}]
    assert sorted(document["paths"]["/tools"]["get"]["tags"]) == ["Others", "Tools"]
    with pytest.raises(ValueError, match=r"the tag Tools has two texts: 'Saws and files\.' and 'Hammers\.'"):
        describe_product(make_api(Tag("Tools", "Hammers.")))


def test_logins_show_the_demonstration_accounts_when_asked():
    content = describe_product(make_api())["paths"]["/login"]["post"]["requestBody"]["content"]
    assert content["application/json"]["example"]["email"] == "rina@example.org"
    content = describe_product(make_api(), demo=True)["paths"]["/login"]["post"]["requestBody"]["content"]
    assert content["application/json"]["examples"] == {
        "chief": {"value": {"email": "chief@lab.example", "password": "chief-lab", "remember": False}},
        "hand": {"value": {"email": "hand@lab.example", "password": "hand-lab", "remember": False}},
    }
    assert "example" not in content["application/json"]


def test_names_of_components_hold_no_modules_unless_they_have_to():
    assert short_names(
        [
            "Article",
            "Page_Article_",
            "Success_list_shop.cart.schemas.Line__",
            "Success_shop.cart.schemas.Cart___None_",
        ]
    ) == {
        "Article": "Article",
        "Page_Article_": "Page_Article",
        "Success_list_shop.cart.schemas.Line__": "Success_list_Line",
        "Success_shop.cart.schemas.Cart___None_": "Success_Cart_None",
    }
    assert short_names(["User", "shop.users.schemas.User", "shop.crm.schemas.User"]) == {
        "User": "User",
        "shop.users.schemas.User": "users_User",
        "shop.crm.schemas.User": "crm_User",
    }
    assert short_names(["a.crm.schemas.User", "b.crm.schemas.User"]) == {
        "a.crm.schemas.User": "a_crm_schemas_User",
        "b.crm.schemas.User": "b_crm_schemas_User",
    }
