"""Vendors, one per session; sellers with their products, unique by name."""

from __future__ import annotations

import asyncio
import io
from typing import Any

import httpx
import pyvips

from colonnade.kernel.testing import count_statements, error_code

API = "/api/v1"
STALE = (412, "PRECONDITION_FAILED")


def refusal(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, error_code(answer)


def picture(width: int = 40) -> bytes:
    return pyvips.Image.black(width, 30, bands=3).copy(interpretation="srgb").jpegsave_buffer()


async def test_a_session_has_one_vendor(room: Any) -> None:
    session = await room.session()
    body = {
        "sessionId": session,
        "name": "Sinta",
        "phoneNumber": "+62 (811) 6000-123",
        "persona": "Ramah dan singkat.",
        "language": "id",
    }
    vendor = (await room.melati.post(f"{API}/vendors", json=body)).json()["data"]
    assert vendor == {
        "id": 1,
        "sessionId": session,
        "name": "Sinta",
        "phoneNumber": "+628116000123",
        "phoneNumberTyped": "+62 (811) 6000-123",
        "persona": "Ramah dan singkat.",
        "language": "id",
        "version": 1,
        "createdAt": vendor["createdAt"],
        "updatedAt": vendor["updatedAt"],
        "channelId": None,
    }
    again = await room.melati.post(f"{API}/vendors", json={**body, "name": "Lain"})
    assert (again.status_code, again.json()["message"]) == (409, "A vendor already exists for this session")
    assert (await room.melati.get(f"{API}/vendors/session/{session}")).json()["data"] == vendor
    assert (await room.melati.get(f"{API}/vendors/1")).json()["data"] == vendor


async def test_of_twenty_vendors_at_once_one_is_made(room: Any) -> None:
    session = await room.session()
    body = {"sessionId": session, "name": "Sinta"}
    answers = await asyncio.gather(*(room.melati.post(f"{API}/vendors", json=body) for _ in range(20)))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 19
    assert await room.services.db.fetch_value("SELECT count(*) FROM vendors") == 1


async def test_of_twenty_sellers_at_once_one_is_made(room: Any) -> None:
    session = await room.session()
    names = ["Toko Melati", "toko melati", "TOKO MELATI", "Toko MELATI"] * 5
    made = [room.melati.post(f"{API}/sellers", json={"sessionId": session, "name": name}) for name in names]
    answers = await asyncio.gather(*made)
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 19
    messages = {answer.json()["message"] for answer in answers if answer.status_code == 409}
    assert messages == {"Seller already exists in this session"}
    assert await room.services.db.fetch_value("SELECT count(*) FROM sellers") == 1


async def test_a_vendor_is_changed_and_removed(room: Any) -> None:
    session = await room.session()
    await room.melati.post(
        f"{API}/vendors", json={"sessionId": session, "name": "Sinta", "phoneNumber": "+628116000123"}
    )
    changed = await room.melati.patch(f"{API}/vendors/1", json={"name": "Rini", "phoneNumber": None})
    data = changed.json()["data"]
    assert (data["name"], data["phoneNumber"], data["phoneNumberTyped"], data["version"]) == (
        "Rini",
        None,
        None,
        2,
    )
    stale = await room.melati.patch(f"{API}/vendors/1", json={"name": "X"}, headers={"If-Match": "1"})
    assert refusal(stale) == STALE
    stale = await room.melati.delete(f"{API}/vendors/1", headers={"If-Match": "1"})
    assert refusal(stale) == STALE
    assert (await room.melati.get(f"{API}/vendors/session/{session}")).json()["data"]["name"] == "Rini"
    gone = await room.melati.delete(f"{API}/vendors/1", headers={"If-Match": "2"})
    assert gone.status_code == 204
    assert (await room.melati.get(f"{API}/vendors/session/{session}")).status_code == 404
    assert (
        await room.melati.post(f"{API}/vendors", json={"sessionId": session, "name": "Baru"})
    ).status_code == 201


async def test_sellers_with_products_newest_first(room: Any) -> None:
    session = await room.session()
    product = {
        "name": "Sepatu Kulit",
        "description": "Pantofel kulit sapi.",
        "benefits": ["Kulit asli", "Sol anti selip"],
        "imageUrl": "https://cdn.example.org/sepatu.jpg",
        "price": {"minMinor": 45_000_000, "maxMinor": 52_500_000, "currency": "IDR"},
    }
    first = await room.melati.post(
        f"{API}/sellers",
        json={"sessionId": session, "name": "Melati", "pitch": "Sejak 1987.", "products": [product]},
    )
    assert first.status_code == 201
    seller = first.json()["data"]
    assert seller["pitch"] == "Sejak 1987."
    shown = seller["products"][0]
    assert {key: shown[key] for key in product} == product
    assert (shown["id"], shown["sellerId"], shown["version"]) == (1, 1, 1)
    await room.melati.post(f"{API}/sellers", json={"sessionId": session, "name": "Rawat Kulit"})
    with count_statements(room.services.db) as statements:
        listed = (await room.melati.get(f"{API}/sellers/session/{session}")).json()
    assert statements.count == 4  # who asks, whose session, sellers, products
    assert listed["results"] == 2
    assert [one["name"] for one in listed["data"]] == ["Rawat Kulit", "Melati"]
    assert listed["data"][1] == seller


async def test_products_are_unique_per_seller(room: Any) -> None:
    session = await room.session()
    for name in ("Melati", "Rawat"):
        await room.melati.post(f"{API}/sellers", json={"sessionId": session, "name": name})
    assert (await room.melati.post(f"{API}/sellers/1/products", json={"name": "Sepatu"})).status_code == 201
    again = await room.melati.post(f"{API}/sellers/1/products", json={"name": "SEPATU"})
    assert (again.status_code, again.json()["code"]) == (409, "PRODUCT_EXISTS")
    assert (await room.melati.post(f"{API}/sellers/2/products", json={"name": "Sepatu"})).status_code == 201
    sandal = (await room.melati.post(f"{API}/sellers/1/products", json={"name": "Sandal"})).json()["data"][
        "id"
    ]
    renamed = await room.melati.patch(f"{API}/sellers/1/products/{sandal}", json={"name": "sepatu"})
    assert renamed.status_code == 409
    twice = {"sessionId": session, "name": "Baru", "products": [{"name": "A"}, {"name": "a"}]}
    assert (await room.melati.post(f"{API}/sellers", json=twice)).status_code == 409
    assert await room.services.db.fetch_value("SELECT count(*) FROM sellers") == 2


async def test_a_product_is_changed_field_by_field(room: Any) -> None:
    session = await room.session()
    price = {"minMinor": 100, "maxMinor": 200, "currency": "IDR"}
    body = {"sessionId": session, "name": "Melati", "products": [{"name": "Sepatu", "price": price}]}
    await room.melati.post(f"{API}/sellers", json=body)
    path = f"{API}/sellers/1/products/1"
    changed = (await room.melati.patch(path, json={"price": None, "benefits": ["Ringan"]})).json()["data"]
    assert (changed["price"], changed["benefits"], changed["version"]) == (None, ["Ringan"], 2)
    stale = await room.melati.patch(path, json={"name": "X"}, headers={"If-Match": '"v1-abc"'})
    assert refusal(stale) == STALE
    for bad in (
        {"price": {"minMinor": 200, "maxMinor": 100, "currency": "IDR"}},
        {"price": {"minMinor": -1, "maxMinor": 100, "currency": "IDR"}},
        {"price": {"minMinor": 1, "maxMinor": 100, "currency": "idr"}},
        {"sellerId": 2},
        {"benefits": ["x"] * 21},
    ):
        assert (await room.melati.patch(path, json=bad)).status_code == 422, bad
    assert refusal(await room.melati.delete(path, headers={"If-Match": "1"})) == STALE
    assert (await room.melati.delete(path, headers={"If-Match": "2"})).status_code == 204
    assert (await room.melati.patch(path, json={"name": "X"})).status_code == 404
    assert refusal(await room.melati.delete(f"{API}/sellers/1", headers={"If-Match": "9"})) == STALE
    assert await room.services.db.fetch_value("SELECT count(*) FROM sellers") == 1
    assert (await room.melati.delete(f"{API}/sellers/1", headers={"If-Match": "1"})).status_code == 204
    assert await room.services.db.fetch_value("SELECT count(*) FROM sellers") == 0


async def test_addresses_inside_a_network_are_refused(room: Any) -> None:
    session = await room.session()
    await room.melati.post(f"{API}/sellers", json={"sessionId": session, "name": "Melati"})
    for url in (
        "http://cdn.example.org/a.jpg",
        "https://localhost/a.jpg",
        "https://127.0.0.1/a.jpg",
        "https://10.0.0.1/a.jpg",
        "https://169.254.169.254/latest/meta-data",
        "https://[::1]/a.jpg",
        "https://[::ffff:127.0.0.1]/a.jpg",
        "https://2130706433/a.jpg",
        "https://0x7f.1/a.jpg",
        "https://127.1/a.jpg",
        "https://printer.local/a.jpg",
        "https://intranet/a.jpg",
        "https://user:pass@cdn.example.org/a.jpg",
        "javascript:alert(1)",
    ):
        product = {"name": f"P {url}"[:150], "imageUrl": url}
        refused = await room.melati.post(f"{API}/sellers/1/products", json=product)
        assert (refused.status_code, list(refused.json()["errors"])) == (422, ["imageUrl"]), url
        message = {"sessionId": session, "sender": "human", "type": "image", "mediaUrl": url}
        refused = await room.melati.post(f"{API}/messages", json=message)
        assert (refused.status_code, list(refused.json()["errors"])) == (422, ["mediaUrl"]), url
    assert await room.services.db.fetch_value("SELECT count(*) FROM seller_products") == 0


async def test_a_picture_is_stored_anew_and_given_up_with_its_product(room: Any) -> None:
    session = await room.session()
    body = {"sessionId": session, "name": "Melati", "products": [{"name": "Sepatu"}]}
    await room.melati.post(f"{API}/sellers", json=body)
    path = f"{API}/sellers/1/products/1"
    file = {"file": ("sepatu.jpg", io.BytesIO(picture()), "image/jpeg")}
    uploaded = await room.melati.put(f"{path}/image", files=file)
    assert uploaded.status_code == 200, uploaded.text
    url = uploaded.json()["data"]["imageUrl"]
    fetched = await room.visitor.get(url)
    assert (fetched.status_code, fetched.headers["content-type"]) == (200, "image/jpeg")
    bad = await room.melati.put(
        f"{path}/image", files={"file": ("x.jpg", io.BytesIO(b"<svg/>"), "image/jpeg")}
    )
    assert bad.status_code == 415
    other = await room.budi.put(
        f"{path}/image", files={"file": ("x.jpg", io.BytesIO(picture()), "image/jpeg")}
    )
    assert other.status_code == 404
    assert (await room.melati.delete(f"{API}/sellers/1")).status_code == 204
    await room.work()
    assert (await room.visitor.get(url)).status_code == 404
    assert await room.services.db.fetch_value("SELECT count(*) FROM stored_files") == 0
