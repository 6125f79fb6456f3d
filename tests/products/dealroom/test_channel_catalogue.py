"""A channel's persona and sellers answer whoever writes first; a session may have its own."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pyvips
from pydantic import SecretStr
from tests.products.dealroom.conftest import API
from tests.products.dealroom.model_server import run_model_server
from tests.products.dealroom.whatsapp import (
    JOKO,
    SARI,
    Wire,
    text_message,
    webhook,
    wire,
    wire_server,
)
from tests.products.dealroom.whatsapp import FakeProvider as Provider

from colonnade.app.testing import OpenBackend
from colonnade.kernel.testing import LiveServer
from colonnade.products.dealroom.assistant.schemas import AssistantSettings
from colonnade.products.dealroom.product import PRODUCT

__all__ = ["wire", "wire_server"]

SHOES = {
    "name": "Toko Sepatu Melati",
    "pitch": "Sepatu buatan Yogyakarta.",
    "products": [
        {
            "name": "Sepatu Kulit Anoa",
            "benefits": ["Kulit sapi asli"],
            "price": {"minMinor": 45_000_000, "maxMinor": 52_500_000, "currency": "IDR"},
        }
    ],
}
SANDALS = {
    "name": "Sandal Budi",
    "products": [
        {
            "name": "Sepatu Kulit Anoa",
            "price": {"minMinor": 9_900_000, "maxMinor": 9_900_000, "currency": "IDR"},
        }
    ],
}
SINTA = {"name": "Sinta", "phoneNumber": "+62 811 6000 123", "persona": "Ramah.", "language": "id"}


@pytest.fixture(scope="session")
async def local_server(open_backend: OpenBackend) -> AsyncIterator[Wire]:
    """Provide the server itself; use `local`."""
    provider = Provider()
    async with LiveServer(provider) as live:
        provider.url = live.url
        async with open_backend(
            PRODUCT,
            Wire,
            whatsapp_base_url=f"{live.url}/v25.0",
            rate_limit_uploads="1000/hour",
            assistant="local",
            assistant_quiet_seconds=0,
        ) as server:
            server.provider = provider
            yield server


@pytest.fixture
async def local(local_server: Wire) -> AsyncIterator[Wire]:
    """Provide an empty dealroom whose assistant answers without a model, and a channel of melati's."""
    async with local_server.for_test():
        local_server.provider.reset()
        local_server.channel = await local_server.connect()
        yield local_server


async def equip(server: Any, channel: int | None = None) -> None:
    """Give the channel its vendor and a seller."""
    path = f"{API}/channels/{channel or server.channel}"
    vendor = await server.melati.put(f"{path}/vendor", json=SINTA)
    assert vendor.status_code == 200, vendor.text
    seller = await server.melati.post(f"{path}/sellers", json=SHOES)
    assert seller.status_code == 201, seller.text


async def test_a_customer_who_writes_first_is_answered_from_the_channels_catalogue(local: Any) -> None:
    await equip(local)
    session = await local.talk("Berapa harga Sepatu Kulit Anoa?")
    await local.work()
    assert local.provider.texts == ["Sepatu Kulit Anoa: Rp450.000 - Rp525.000."]
    said = (await local.messages(session))[-1]
    assert (said["sender"], said["senderName"], said["status"]) == ("assistant", "Sinta", "sent")
    (answer,) = (await local.melati.get(f"{API}/sessions/{session}/answers")).json()["data"]
    assert [source["text"].split("\n")[0] for source in answer["sources"]] == [
        "Toko Sepatu Melati",
        "Sepatu Kulit Anoa",
    ]


async def test_a_change_of_the_catalogue_reaches_open_sessions_and_no_answer_of_before(local: Any) -> None:
    await equip(local)
    session = await local.talk("Berapa harga Sepatu Kulit Anoa?")
    await local.work()
    (seller,) = (await local.melati.get(f"{API}/channels/{local.channel}/sellers")).json()["data"]
    product = f"{API}/sellers/{seller['id']}/products/{seller['products'][0]['id']}"
    price = {"minMinor": 30_000_000, "maxMinor": 30_000_000}
    changed = await local.melati.patch(product, json={"price": price})
    assert (changed.status_code, changed.json()["data"]["price"]["currency"]) == (200, "IDR")
    named = await local.melati.patch(f"{API}/channels/{local.channel}/vendor", json={"name": "Rini"})
    assert named.status_code == 200
    await local.talk("Jadi berapa harganya sekarang?")
    await local.work()
    assert local.provider.texts == [
        "Sepatu Kulit Anoa: Rp450.000 - Rp525.000.",
        "Sepatu Kulit Anoa: Rp300.000.",
    ]
    assert (await local.messages(session))[-1]["senderName"] == "Rini"
    new, old = (await local.melati.get(f"{API}/sessions/{session}/answers")).json()["data"]
    assert "Rp450.000 - Rp525.000" in old["sources"][1]["text"]
    assert "Rp300.000" in new["sources"][1]["text"]


async def test_a_catalogue_that_changes_while_a_reply_is_written_is_the_new_one(
    wire: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    await equip(wire)
    (seller,) = (await wire.melati.get(f"{API}/channels/{wire.channel}/sellers")).json()["data"]
    product = f"{API}/sellers/{seller['id']}/products/{seller['products'][0]['id']}"
    async with run_model_server() as model:
        settings = wire.services.settings.of(AssistantSettings)
        chosen = {"assistant": "openai", "assistant_base_url": model.url, "assistant_model": "test-model"}
        other = settings.model_copy(update={**chosen, "assistant_api_key": SecretStr("sk-test-0123456789")})
        monkeypatch.setattr(wire.services, "settings", wire.services.settings.including(other))
        model.says("Sepatu Kulit Anoa mulai Rp450.000, Bu.", seller["products"][0]["id"])
        model.pause()
        session = await wire.talk("Berapa harga Sepatu Kulit Anoa?")
        working = asyncio.create_task(wire.work())
        await model.asked(1)
        price = {"minMinor": 30_000_000, "maxMinor": 30_000_000}
        assert (await wire.melati.patch(product, json={"price": price})).status_code == 200
        model.go_on()
        await working
    # The price of before went to nobody: asked again, the model said it once more, and that was held.
    assert wire.provider.texts == []
    (answer,) = (await wire.melati.get(f"{API}/sessions/{session}/answers")).json()["data"]
    assert answer["state"] == "held"
    assert any("Rp450.000" in reason for reason in answer["reasons"])
    assert "Rp300.000" in answer["sources"][1]["text"]


async def test_what_a_session_has_of_its_own_wins_each_for_itself(local: Any) -> None:
    await equip(local)
    session = await local.talk("Halo")
    await local.work()
    path = f"{API}/sessions/{session}/storefront"
    inherited = (await local.melati.get(path)).json()["data"]
    assert (inherited["vendor"]["name"], inherited["vendor"]["sessionId"]) == ("Sinta", None)
    assert inherited["vendor"]["channelId"] == local.channel
    assert [seller["channelId"] for seller in inherited["sellers"]] == [local.channel]
    own = await local.melati.post(f"{API}/sellers", json={"sessionId": session, **SANDALS})
    assert own.status_code == 201
    await local.talk("Berapa harga Sepatu Kulit Anoa?")
    await local.work()
    assert local.provider.texts[-1] == "Sepatu Kulit Anoa: Rp99.000."
    assert (await local.messages(session))[-1]["senderName"] == "Sinta"
    await local.melati.post(f"{API}/vendors", json={"sessionId": session, "name": "Dewi"})
    mixed = (await local.melati.get(path)).json()["data"]
    assert (mixed["vendor"]["name"], [one["name"] for one in mixed["sellers"]]) == ("Dewi", ["Sandal Budi"])
    # Another customer of the same channel meets the channel's.
    await local.talk("Berapa harga Sepatu Kulit Anoa?", wa_id=JOKO)
    await local.work()
    assert local.provider.texts[-1] == "Sepatu Kulit Anoa: Rp450.000 - Rp525.000."
    assert (await local.melati.delete(f"{API}/sellers/{own.json()['data']['id']}")).status_code == 204
    assert [one["name"] for one in (await local.melati.get(path)).json()["data"]["sellers"]] == [
        "Toko Sepatu Melati"
    ]


async def test_a_session_without_a_channel_has_only_its_own(local: Any) -> None:
    await equip(local)
    session = await local.session()
    alone = (await local.melati.get(f"{API}/sessions/{session}/storefront")).json()["data"]
    assert (alone["vendor"], alone["sellers"], alone["language"]) == (None, [], None)
    assert (await local.melati.get(f"{API}/vendors/session/{session}")).status_code == 404
    await local.say(session, "Berapa harga Sepatu Kulit Anoa?")
    await local.work()
    assert (await local.messages(session))[-1]["content"] == "Terima kasih, pesan Anda kami teruskan."
    foreign = await local.budi.get(f"{API}/sessions/{session}/storefront")
    assert foreign.status_code == 404


async def test_the_transcript_has_whose_catalogue_the_session_was_answered_from(local: Any) -> None:
    await equip(local)
    session = await local.talk("Halo")
    record = (await local.melati.get(f"{API}/sessions/{session}/export")).json()
    assert (record["vendor"]["name"], [one["name"] for one in record["sellers"]]) == (
        "Sinta",
        ["Toko Sepatu Melati"],
    )


async def test_the_vendor_of_a_channel_is_put_changed_removed_and_restored(wire: Any) -> None:
    path = f"{API}/channels/{wire.channel}/vendor"
    assert (await wire.melati.get(path)).status_code == 404
    stale = await wire.melati.put(path, json=SINTA, headers={"If-Match": '"v1"'})
    assert stale.status_code == 412
    nameless = await wire.melati.put(path, json={"language": "id"})
    assert (nameless.status_code, nameless.json()["errors"]) == (422, {"name": "Name is required"})
    made = await wire.melati.put(path, json=SINTA)
    vendor = made.json()["data"]
    assert (vendor["sessionId"], vendor["channelId"], vendor["version"]) == (None, wire.channel, 1)
    same = await wire.melati.put(path, json=SINTA, headers={"If-Match": '"v1"'})
    assert (same.status_code, same.json()["data"]) == (200, vendor)
    changed = {"name": "Rini", "persona": None, "phoneNumber": None}
    replaced = (await wire.melati.put(path, json=changed)).json()["data"]
    assert replaced == {**vendor, **changed, "phoneNumberTyped": None, "version": 2} | {
        "updatedAt": replaced["updatedAt"]
    }
    assert (await wire.melati.get(f"{API}/vendors/{vendor['id']}")).json()["data"] == replaced
    assert (await wire.melati.delete(path, headers={"If-Match": '"v1"'})).status_code == 412
    assert (await wire.melati.delete(path, headers={"If-Match": '"v2"'})).status_code == 204
    assert (await wire.melati.delete(path)).status_code == 404
    (entry,) = (await wire.melati.get(f"{API}/trash")).json()["data"]
    assert (entry["title"], entry["key"]) == ("Rini", str(wire.channel))
    await wire.melati.put(path, json=SINTA)
    taken = await wire.melati.post(f"{API}/trash/vendors/{vendor['id']}/restore")
    assert (taken.status_code, taken.json()["code"]) == (409, "KEY_TAKEN")
    assert taken.json()["errors"]["holder"]["title"] == "Sinta"
    assert (await wire.melati.delete(path)).status_code == 204
    assert (await wire.melati.post(f"{API}/trash/vendors/{vendor['id']}/restore")).status_code == 200
    assert (await wire.melati.get(path)).json()["data"]["name"] == "Rini"


async def test_sellers_of_a_channel_are_unique_by_name_and_managed_as_any(wire: Any) -> None:
    await equip(wire)
    path = f"{API}/channels/{wire.channel}/sellers"
    again = await wire.melati.post(path, json={"name": "TOKO SEPATU MELATI"})
    assert (again.status_code, again.json()["code"]) == (409, "SELLER_EXISTS")
    (seller,) = (await wire.melati.get(path)).json()["data"]
    assert (seller["sessionId"], seller["channelId"]) == (None, wire.channel)
    renamed = await wire.melati.patch(f"{API}/sellers/{seller['id']}", json={"name": "Toko Melati"})
    assert renamed.json()["data"]["name"] == "Toko Melati"
    other = (await wire.melati.post(path, json={"name": "Rawat Kulit"})).json()["data"]["id"]
    clash = await wire.melati.patch(f"{API}/sellers/{other}", json={"name": "toko melati"})
    assert (clash.status_code, clash.json()["code"]) == (409, "SELLER_EXISTS")
    # A session's seller may have the name of a channel's.
    session = await wire.session()
    mine = await wire.melati.post(f"{API}/sellers", json={"sessionId": session, "name": "Toko Melati"})
    assert mine.status_code == 201
    assert (await wire.melati.delete(f"{API}/sellers/{seller['id']}")).status_code == 204


async def test_the_catalogue_of_a_channel_is_its_owners(wire: Any) -> None:
    await equip(wire)
    path = f"{API}/channels/{wire.channel}"
    (seller,) = (await wire.melati.get(f"{path}/sellers")).json()["data"]
    vendor = (await wire.melati.get(f"{path}/vendor")).json()["data"]
    product = f"{API}/sellers/{seller['id']}/products/{seller['products'][0]['id']}"
    before = [dict(row) for row in await wire.services.db.fetch("SELECT * FROM sellers, vendors")]
    answers = [
        await wire.budi.get(f"{path}/vendor"),
        await wire.budi.put(f"{path}/vendor", json={"name": "Budi"}),
        await wire.budi.patch(f"{path}/vendor", json={"name": "Budi"}),
        await wire.budi.delete(f"{path}/vendor"),
        await wire.budi.get(f"{path}/sellers"),
        await wire.budi.post(f"{path}/sellers", json={"name": "Budi"}),
        await wire.budi.get(f"{path}/rules"),
        await wire.budi.put(f"{path}/rules", json={}),
        await wire.budi.patch(f"{path}/rules", json={"language": "en"}),
        await wire.budi.get(f"{API}/vendors/{vendor['id']}"),
        await wire.budi.patch(f"{API}/vendors/{vendor['id']}", json={"name": "Budi"}),
        await wire.budi.get(f"{API}/sellers/{seller['id']}"),
        await wire.budi.delete(f"{API}/sellers/{seller['id']}"),
        await wire.budi.patch(product, json={"name": "Budi"}),
        await wire.admin.get(f"{API}/sellers/{seller['id']}"),
    ]
    assert [answer.status_code for answer in answers] == [404] * 15
    assert [dict(row) for row in await wire.services.db.fetch("SELECT * FROM sellers, vendors")] == before


async def test_prices_take_the_channels_currency_and_only_real_ones(wire: Any) -> None:
    path = f"{API}/channels/{wire.channel}"
    price = {"minMinor": 100, "maxMinor": 100}
    nameless = await wire.melati.post(
        f"{path}/sellers", json={"name": "A", "products": [{"name": "P", "price": price}]}
    )
    assert (nameless.status_code, list(nameless.json()["errors"])) == (422, ["price.currency"])
    assert (await wire.melati.patch(f"{path}/rules", json={"currency": "BRL"})).status_code == 200
    made = await wire.melati.post(
        f"{path}/sellers", json={"name": "A", "products": [{"name": "P", "price": price}]}
    )
    assert made.json()["data"]["products"][0]["price"] == {**price, "currency": "BRL"}
    # The sessions of the channel as well.
    session = await wire.talk("Oi")
    own = await wire.melati.post(
        f"{API}/sellers",
        json={"sessionId": session, "name": "B", "products": [{"name": "P", "price": price}]},
    )
    assert own.json()["data"]["products"][0]["price"]["currency"] == "BRL"
    odd = {"name": "C", "products": [{"name": "P", "price": {**price, "currency": "XYZ"}}]}
    refused = await wire.melati.post(f"{path}/sellers", json=odd)
    assert refused.status_code == 422
    assert await wire.services.db.fetch_value("SELECT count(*) FROM sellers") == 2


async def test_a_channel_takes_its_catalogue_along_and_leaves_the_record(wire: Any) -> None:
    await equip(wire)
    session = await wire.talk("Halo")
    path = f"{API}/channels/{wire.channel}"
    assert (await wire.melati.delete(f"{path}/vendor")).status_code == 204
    assert (await wire.melati.delete(path)).status_code == 204
    for table in ("vendors", "sellers", "seller_products", "trash", "channel_contacts"):
        assert await wire.services.db.fetch_value(f"SELECT count(*) FROM {table}") == 0, table
    assert [m["content"] for m in await wire.messages(session)] == ["Halo"]


async def test_a_session_that_is_bound_to_a_contact_has_the_channels_catalogue(local: Any) -> None:
    await equip(local)
    session = await local.session()
    bind = {"channelId": local.channel, "phoneNumber": f"+{SARI}"}
    assert (await local.melati.post(f"{API}/sessions/{session}/contact", json=bind)).status_code == 200
    await local.deliver(webhook(text_message("wamid.1", "Berapa harga Sepatu Kulit Anoa?")))
    await local.work()
    assert local.provider.texts == ["Sepatu Kulit Anoa: Rp450.000 - Rp525.000."]


async def test_of_twenty_vendors_at_once_a_channel_has_one(wire: Any) -> None:
    path = f"{API}/channels/{wire.channel}/vendor"
    answers = await asyncio.gather(*(wire.melati.put(path, json={"name": f"V{n}"}) for n in range(20)))
    assert [answer.status_code for answer in answers] == [200] * 20
    assert len({answer.json()["data"]["id"] for answer in answers}) == 1
    assert await wire.services.db.fetch_value("SELECT count(*) FROM vendors") == 1


@pytest.mark.parametrize("goes", ["channel", "account"])
async def test_pictures_of_a_channels_products_go_with_it(wire: Any, goes: str) -> None:
    await equip(wire)
    (seller,) = (await wire.melati.get(f"{API}/channels/{wire.channel}/sellers")).json()["data"]
    picture = pyvips.Image.black(40, 30, bands=3).copy(interpretation="srgb").jpegsave_buffer()
    uploaded = await wire.melati.put(
        f"{API}/sellers/{seller['id']}/products/{seller['products'][0]['id']}/image",
        files={"file": ("sepatu.jpg", io.BytesIO(picture), "image/jpeg")},
    )
    assert uploaded.status_code == 200, uploaded.text
    url = uploaded.json()["data"]["imageUrl"]
    assert (await wire.visitor.get(url)).status_code == 200
    gone = f"channels/{wire.channel}" if goes == "channel" else f"users/{wire.accounts['melati']}"
    assert (await wire.melati.delete(f"{API}/{gone}")).status_code == 204
    await wire.work()
    assert (await wire.visitor.get(url)).status_code == 404
    for table in ("stored_files", "sellers", "vendors", "channels"):
        assert await wire.services.db.fetch_value(f"SELECT count(*) FROM {table}") == 0, table
