"""How much a channel, or a session, may offer; and that all of it vouches for an answer, and nothing else."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any

import pytest
from tests.products.dealroom.conftest import API, Room
from tests.products.dealroom.model_server import ModelServer
from tests.products.dealroom.test_assistant import answers, model, model_server

from colonnade.kernel.testing import count_statements, error_code, until_waiting
from colonnade.products.dealroom.sellers.queries import lock_parent
from colonnade.products.dealroom.sellers.schemas import MAX_PRODUCTS, MAX_SELLERS, MAX_TEXT_BYTES

__all__ = ["model", "model_server"]

CHANNEL = {
    "name": "Toko Melati",
    "phoneNumberId": "106540352242922",
    "phoneNumber": "+62 811 6000 123",
    "accessToken": "EAAJB-token-melati",
    "appSecret": "0123456789abcdef0123456789abcdef",
    "verifyToken": "kata-sandi-webhook",
}


async def parent(room: Room, kind: str) -> tuple[str, str, dict[str, Any]]:
    """Make a channel or a session; return where its sellers are listed, where they are added, and what is added."""
    if kind == "session":
        session = await room.session()
        return f"{API}/sellers/session/{session}", f"{API}/sellers", {"sessionId": session}
    made = await room.melati.post(f"{API}/channels", json=CHANNEL)
    assert made.status_code == 201, made.text
    where = f"{API}/channels/{made.json()['data']['id']}/sellers"
    return where, where, {}


async def add_seller(room: Room, where: str, **values: Any) -> int:
    made = await room.melati.post(where, json=values)
    assert made.status_code == 201, made.text
    return made.json()["data"]["id"]


async def fill(room: Room, seller: int, products: int, description: str = "") -> None:
    """Give a seller many products, as nobody could within a test by requests."""
    await room.services.db.execute(
        """
        INSERT INTO seller_products (seller_id, name, description, price_min_minor, price_max_minor, currency)
        SELECT $1, 'Sepatu ' || n, $3, 100000 * n, 100000 * n, 'IDR' FROM generate_series(1, $2::int) n
        """,
        seller,
        products,
        description or None,
    )


@pytest.mark.parametrize("kind", ["session", "channel"])
async def test_a_catalogue_has_so_many_products_whoever_adds_the_last(room: Room, kind: str) -> None:
    listed, where, own = await parent(room, kind)
    one, other = [await add_seller(room, where, name=name, **own) for name in ("Satu", "Dua")]
    await fill(room, one, MAX_PRODUCTS - 1)
    made = await asyncio.gather(
        *(
            room.melati.post(f"{API}/sellers/{seller}/products", json={"name": f"Baru {number}"})
            for number in range(4)
            for seller in (one, other)
        )
    )
    assert Counter(answer.status_code for answer in made) == {201: 1, 409: 7}
    [refused] = {answer.text.partition('"requestId"')[0] for answer in made if answer.status_code == 409}
    assert '"code":"CATALOGUE_FULL"' in refused
    assert "100 sellers, 1,000 products and 512 KiB" in refused
    more = {"name": "Tiga", "products": [{"name": "Sandal"}], **own}
    assert error_code(await room.melati.post(where, json=more)) == "CATALOGUE_FULL"
    products = [len(seller["products"]) for seller in (await room.melati.get(listed)).json()["data"]]
    assert len(products) == 2
    assert sum(products) == MAX_PRODUCTS
    gone = await room.melati.delete(f"{API}/sellers/{one}/products/1")
    assert gone.status_code == 204, gone.text
    assert (await room.melati.post(where, json=more)).status_code == 201


@pytest.mark.parametrize("kind", ["session", "channel"])
@pytest.mark.parametrize(
    ("method", "what", "values", "room_for"),
    [
        ("POST", "", {"name": "Satu lagi", "products": [{"name": "Sandal"}]}, 1),
        ("PATCH", "/{seller}", {"pitch": "Kulit asli"}, 0),
        ("POST", "/{seller}/products", {"name": "Sandal"}, 1),
        ("PATCH", "/{seller}/products/1", {"description": "Rotan"}, 0),
    ],
)
async def test_whoever_makes_a_catalogue_larger_waits_for_whoever_does(
    room: Room, kind: str, method: str, what: str, values: dict[str, Any], room_for: int
) -> None:
    _, where, own = await parent(room, kind)
    seller, other = [await add_seller(room, where, name=name, **own) for name in ("Satu", "Dua")]
    await fill(room, seller, MAX_PRODUCTS - room_for)
    url = where if not what else f"{API}/sellers{what.format(seller=seller)}"
    body = {**values, **own} if not what else values
    async with room.services.db.transaction() as tx:
        await lock_parent(tx, other)
        adding = asyncio.create_task(room.melati.request(method, url, json=body))
        await until_waiting(room.services.db, adding)
        await tx.execute("INSERT INTO seller_products (seller_id, name) VALUES ($1, 'Yang lain')", other)
    assert error_code(await adding) == "CATALOGUE_FULL"


@pytest.mark.parametrize("kind", ["session", "channel"])
async def test_a_catalogue_has_so_much_text(room: Room, kind: str) -> None:
    _, where, own = await parent(room, kind)
    seller = await add_seller(room, where, name="Satu", products=[{"name": "Sandal"}], **own)
    await fill(room, seller, MAX_TEXT_BYTES // 2_000, "é" * 990)
    product = f"{API}/sellers/{seller}/products/1"
    long = {"description": "é" * 2_000}
    assert error_code(await room.melati.patch(product, json=long)) == "CATALOGUE_FULL"
    assert (
        error_code(await room.melati.patch(product, json={"benefits": ["é" * 300] * 20})) == "CATALOGUE_FULL"
    )
    assert error_code(await room.melati.patch(f"{API}/sellers/{seller}", json={"pitch": "é" * 2_000})) == (
        "CATALOGUE_FULL"
    )
    assert (await room.melati.get(product)).json()["data"]["description"] is None
    assert (await room.melati.patch(product, json={"description": "Kulit"})).status_code == 200


async def test_a_catalogue_that_is_too_large_already_may_become_smaller(room: Room) -> None:
    _, where, _ = await parent(room, "channel")
    seller = await add_seller(room, where, name="Satu", products=[{"name": "Sandal", "description": "Rotan"}])
    await fill(room, seller, MAX_PRODUCTS + 50)
    product = f"{API}/sellers/{seller}/products/1"
    for less in ({"description": "Kain"}, {"price": {"minMinor": 1, "maxMinor": 2, "currency": "IDR"}}):
        changed = await room.melati.patch(product, json=less)
        assert changed.status_code == 200, changed.text
    assert (
        error_code(await room.melati.patch(product, json={"description": "Rotan asli"})) == "CATALOGUE_FULL"
    )


async def test_a_catalogue_has_so_many_sellers(room: Room) -> None:
    listed, where, _ = await parent(room, "channel")
    await add_seller(room, where, name="Satu")
    await room.services.db.execute(
        "INSERT INTO sellers (channel_id, name) SELECT channel_id, 'Toko ' || n FROM sellers, generate_series(2, $1) n",
        MAX_SELLERS,
    )
    assert error_code(await room.melati.post(where, json={"name": "Satu lagi"})) == "CATALOGUE_FULL"
    assert len((await room.melati.get(listed)).json()["data"]) == MAX_SELLERS


async def test_a_page_of_sellers_is_bounded_by_their_products(room: Room) -> None:
    sellers = []
    for products in (10, 250, 40, 500, 5):
        _, where, own = await parent(room, "session")
        sellers.append(await add_seller(room, where, name="Toko", **own))
        await fill(room, sellers[-1], products)
    pages, before = [], {}
    while True:
        with count_statements(room.services.db) as statements:
            page = (await room.melati.get(f"{API}/sellers", params=before)).json()
        assert statements.count == 3  # who asks, sellers, products
        pages.append([len(seller["products"]) for seller in page["data"]])
        if page.get("nextCursor") is None:
            break
        before = {"beforeId": page["nextCursor"]}
    assert pages == [[5], [500], [40, 250, 10]]


async def test_all_of_a_large_catalogue_vouches_and_nothing_else(room: Room, model: ModelServer) -> None:
    """A prompt shows the first 60,000 characters of it; what is behind them is checked all the same."""
    _, where, own = await parent(room, "session")
    seller = await add_seller(room, where, name="Toko", **own)
    await fill(
        room, seller, 900, "Kulit sapi asli, dijahit tangan, warna hitam dan cokelat, ukuran 38 sampai 44."
    )
    states, shown = [], set()
    for number, amount in ((3, 3), (900, 900), (900, 3)):
        model.reset()
        model.says(f"Sepatu {number} harganya Rp{amount}.000, Kak.")
        await room.say(own["sessionId"], f"Sepatu {number} berapa?")
        await room.work()
        shown.add(model.requests[0]["messages"][0]["content"])
        states.append((await answers(room, own["sessionId"]))[0]["state"])
    assert states == ["sent", "sent", "held"]
    [system] = shown
    assert 60_000 < len(system) < 110_000
    assert '"Sepatu 3\\n' in system
    assert '"Sepatu 900\\n' not in system
