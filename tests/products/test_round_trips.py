"""GET then PUT (or PATCH) of the same object is 200 and changes nothing, for every such pair of every product."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx
import msgspec
import pytest
from tests.products.round_trips import Explorer, Pair, fields_of, find_pairs, snapshot

from colonnade.app.catalog import load_product
from colonnade.app.seeding import seed_product
from colonnade.app.testing import OpenBackend
from colonnade.kernel.core import Event, Invalidate
from colonnade.kernel.http import describe_product, handlers_of
from colonnade.kernel.realtime import Emit
from colonnade.kernel.testing import Backend

API = {name: describe_product(load_product(name)) for name in ("radio", "dealroom")}
PAIRS = [(name, pair) for name, api in API.items() for pair in find_pairs(api)]

MADE: dict[str, dict[str, Any]] = {
    "Role": {"name": "night-editor", "permissions": ["articles:create"]},
    "Override": {"kind": "cancel", "program_id": None},
    "Picture": {},
}
"""What no demonstration data has, with what the example of its POST cannot know."""
ACCOUNTS = {"dealroom": "user"}
"""Whose objects are sent back: an administrator's, where it isn't said."""
STEPS = {"PATCH /membership/registrations/{registration_id}", "PATCH /services/prayer/{prayer_id}"}
"""Updates that take a single step: the present status alone asks for a step that has been taken."""
RECORDED = {"PATCH /services/prayer/{prayer_id}": {"public.prayer_reads"}}
"""What a comparison leaves behind all the same: every reading of a prayer request is on record."""

FOLLOWING = {
    "PUT /testimonials/{testimonial_id}": {"status", "review_note", "reviewed_by", "reviewed_at"},
}
"""What a change of the text changes as well: a testimonial is to be reviewed again."""


class Demo(Backend):
    """A product with its demonstration data, and `addresses` of objects for every pair."""

    async def begin(self) -> None:
        """Write the demonstration data into a new database, and make what it lacks."""
        assert await seed_product(self.services)
        rows = await self.services.db.fetch("SELECT id, role FROM accounts")
        self.accounts = {row["role"]: row["id"] for row in rows}
        self.events: list[Event] = []
        for kind in (Invalidate, Emit):
            self.services.dispatcher.on(kind, self.events.append)
        await self._explore()

    async def client(self) -> httpx.AsyncClient:
        """Open a client that may read and write every pair."""
        return await self.http(ACCOUNTS.get(self.services.product.name, "admin"))

    async def _explore(self) -> None:
        name = self.services.product.name
        client, pairs = await self.client(), find_pairs(API[name])
        if name == "dealroom":  # a contact is made by a customer's message, or where a session gets one
            session = (await client.get("/api/v1/sessions")).json()["data"][0]["id"]
            bind = {"channelId": 1, "phoneNumber": "+62 812 3456 7890"}
            bound = await client.post(f"/api/v1/sessions/{session}/contact", json=bind)
            assert bound.status_code == 200, bound.text
        explorer = Explorer(API[name], client, pairs)
        await explorer.look()
        for pair in pairs:
            if not explorer.objects_of(pair):
                made = MADE[pair.shown]
                if pair.shown == "Override":
                    slot = (await client.get(f"/programs/slots/{explorer.values['slot_id'][0]}")).json()[
                        "data"
                    ]
                    made = {**made, "slot_id": slot["id"], "date": f"2026-12-{6 + slot['weekday']:02}"}
                await explorer.make(pair, **made)
        self.addresses = {pair: explorer.objects_of(pair) for pair in pairs}
        assert all(self.addresses.values()), "there are pairs without an object"


@pytest.fixture(scope="session")
async def demo_servers(open_backend: OpenBackend) -> AsyncIterator[dict[str, Demo]]:
    """Provide both products; use `demo`."""
    limits = {"rate_limit_uploads": "1000/hour", "rate_limit_testimonial_edits": "100000/hour"}
    async with (
        open_backend(load_product("radio"), Demo, **limits) as radio,
        open_backend(load_product("dealroom"), Demo, rate_limit_uploads="1000/hour") as dealroom,
    ):
        servers = {"radio": radio, "dealroom": dealroom}
        for each in servers.values():
            await each.begin()
        yield servers


@pytest.fixture
async def demo(demo_servers: dict[str, Demo], product: str) -> AsyncIterator[Demo]:
    """Provide the `product` with its demonstration data, which tests leave as it is."""
    yield demo_servers[product]
    await demo_servers[product].close_clients()


async def _objects(demo: Demo, pair: Pair) -> tuple[httpx.AsyncClient, list[str]]:
    demo.forget_limits()
    return await demo.client(), demo.addresses[pair]


async def _left(demo: Demo, before: dict[str, list[Any]]) -> set[str]:
    """Return the tables that have changed."""
    after = await snapshot(demo.services.db)
    return {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}


def _pairs() -> Any:
    return pytest.mark.parametrize(("product", "pair"), PAIRS, ids=[f"{name} {pair}" for name, pair in PAIRS])


def test_every_update_with_a_get_is_found() -> None:
    assert len([name for name, _ in PAIRS if name == "radio"]) >= 16
    assert len([name for name, _ in PAIRS if name == "dealroom"]) >= 6


@_pairs()
async def test_the_same_object_changes_nothing(demo: Demo, product: str, pair: Pair) -> None:
    client, addresses = await _objects(demo, pair)
    for address in addresses:
        shown = await client.get(address)
        before = await snapshot(demo.services.db)
        demo.events.clear()
        answer = await client.request(pair.method, address, json=shown.json()["data"])
        assert answer.status_code == 200, (address, answer.text)
        assert demo.events == []
        assert await _left(demo, before) == RECORDED.get(str(pair), set())
        same = answer.json()["data"]
        assert {name: shown.json()["data"][name] for name in same} == same
        if product == "dealroom" or str(pair) not in STEPS:
            assert same == shown.json()["data"]
            assert answer.headers.get("etag") in (None, shown.headers.get("etag"))
        again = await client.get(address)
        assert (again.json(), again.headers.get("etag")) == (shown.json(), shown.headers.get("etag"))


@_pairs()
async def test_each_field_by_itself_changes_nothing(demo: Demo, product: str, pair: Pair) -> None:
    client, addresses = await _objects(demo, pair)
    for address in addresses:
        shown = (await client.get(address)).json()["data"]
        if shown.get("builtIn"):
            continue
        for name in fields_of(API[product], pair.body).keys() & shown.keys():
            before = await snapshot(demo.services.db)
            demo.events.clear()
            answer = await client.request(pair.method, address, json={name: shown[name]})
            expected = (409, 422) if str(pair) in STEPS else (200,)
            assert answer.status_code in expected, (address, name, answer.text)
            assert demo.events == []
            assert await _left(demo, before) <= RECORDED.get(str(pair), set()), (address, name)


@_pairs()
async def test_the_same_object_of_an_older_version_is_refused(demo: Demo, product: str, pair: Pair) -> None:
    client, addresses = await _objects(demo, pair)
    shown = await client.get(addresses[0])
    if not shown.headers.get("etag", "").startswith('"v'):
        pytest.skip("it has no versions")
    before = await snapshot(demo.services.db)
    stale = {"If-Match": '"v999"'}
    answer = await client.request(pair.method, addresses[0], json=shown.json()["data"], headers=stale)
    assert answer.status_code == 412, answer.text
    assert await _left(demo, before) == set()
    current = {"If-Match": shown.headers["etag"]}
    answer = await client.request(pair.method, addresses[0], json=shown.json()["data"], headers=current)
    assert answer.status_code == 200, answer.text
    assert await _left(demo, before) == set()


@_pairs()
async def test_one_field_of_the_whole_object_is_changed(demo: Demo, product: str, pair: Pair) -> None:
    client, addresses = await _objects(demo, pair)
    wanted = {
        "title": "Judul yang lain",
        "name": "Nama Lain",
        "username": "nama-lain",
        "note": "Catatan lain",
    }
    fields = fields_of(API[product], pair.body)
    name = next((name for name in wanted if name in fields), None)
    if name is None:
        pytest.skip("it has neither a title nor a name")
    for address in addresses:
        shown = (await client.get(address)).json()["data"]
        answer = await client.request(pair.method, address, json={**shown, name: wanted[name]})
        if shown.get("builtIn"):
            assert (answer.status_code, answer.json()["error"]["code"]) == (409, "ROLE_BUILT_IN")
            continue
        assert answer.status_code == 200, (address, answer.text)
        now = (await client.get(address)).json()["data"]
        changed = {key for key in now if now[key] != shown[key]}
        assert changed <= {name, "version", "updated_at", "updatedAt"} | FOLLOWING.get(str(pair), set())
        assert now[name] == wanted[name]
        await client.request(pair.method, address, json={name: shown[name]})


@_pairs()
async def test_what_nobody_may_write_is_treated_as_an_unknown_field(
    demo: Demo, product: str, pair: Pair
) -> None:
    client, addresses = await _objects(demo, pair)
    shown = (await client.get(addresses[0])).json()["data"]
    if str(pair) in STEPS or shown.get("builtIn"):
        pytest.skip("its status by itself is a step")
    unwritable = shown.keys() - fields_of(API[product], pair.body).keys()
    for name in unwritable:
        other = "nonsense" if not isinstance(shown[name], int) else shown[name] + 1_000
        before = await snapshot(demo.services.db)
        demo.events.clear()
        answer = await client.request(pair.method, addresses[0], json={**shown, name: other})
        assert answer.status_code == (422 if product == "dealroom" else 200), (name, answer.text)
        assert await _left(demo, before) == set(), name
        assert demo.events == []


@pytest.mark.parametrize(("product", "refuses"), [("radio", False), ("dealroom", True)])
def test_unknown_fields_are_treated_alike_in_every_route_of_a_product(product: str, refuses: bool) -> None:
    bodies = {
        handler.data
        for handler in handlers_of(load_product(product))
        if f"products.{product}." in handler.name and isinstance(handler.data, msgspec.structs.StructMeta)
    }
    assert len(bodies) >= 20
    odd = [one.__name__ for one in bodies if one.__struct_config__.forbid_unknown_fields is not refuses]
    assert odd == []
