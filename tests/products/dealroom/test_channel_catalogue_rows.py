"""Whose the rows of a channel's catalogue are: one session's or one channel's, and part of the owner's export."""

from __future__ import annotations

from typing import Any

import pytest
from tests.products.dealroom.conftest import API
from tests.products.dealroom.test_channel_catalogue import SANDALS, equip
from tests.products.dealroom.whatsapp import (
    text_message,
    webhook,
    wire,
    wire_server,
)

__all__ = ["wire", "wire_server"]


async def test_the_catalogue_is_part_of_the_owners_export(wire: Any) -> None:
    await equip(wire)
    session = await wire.session()
    await wire.melati.post(f"{API}/vendors", json={"sessionId": session, "name": "Dewi"})
    await wire.melati.post(f"{API}/sellers", json={"sessionId": session, **SANDALS})
    await wire.melati.post(f"{API}/account/exports")
    await wire.work()
    (export,) = (await wire.melati.get(f"{API}/account/exports")).json()["data"]
    url = (await wire.melati.get(f"{API}/account/exports/{export['id']}")).json()["data"]["url"]
    data = (await wire.melati.get(url)).json()["data"]
    assert [vendor["name"] for vendor in data["vendors"]] == ["Sinta", "Dewi"]
    assert [seller["name"] for seller in data["sellers"]] == ["Toko Sepatu Melati", "Sandal Budi"]
    assert data["sellers"][0]["products"][0]["name"] == "Sepatu Kulit Anoa"


async def test_a_row_belongs_to_one_of_the_two(wire: Any) -> None:
    session = await wire.session()
    for table in ("vendors", "sellers"):
        for columns, args in (
            ("name", ["A"]),
            ("name, session_id, channel_id", ["A", session, wire.channel]),
        ):
            marks = ", ".join(f"${number}" for number in range(1, len(args) + 1))
            with pytest.raises(Exception, match=f"{table}_parent"):
                await wire.services.db.execute(f"INSERT INTO {table} ({columns}) VALUES ({marks})", *args)


async def test_another_channel_of_the_owner_has_its_own(wire: Any) -> None:
    other = await wire.connect(phoneNumberId="106540352242999", phoneNumber="+62 811 6000 124")
    await equip(wire)
    await equip(wire, other)
    await wire.melati.put(f"{API}/channels/{other}/vendor", json={"name": "Rini"})
    session = await wire.talk("Halo")
    shown = (await wire.melati.get(f"{API}/sessions/{session}/storefront")).json()["data"]
    assert (shown["vendor"]["name"], [one["channelId"] for one in shown["sellers"]]) == (
        "Sinta",
        [wire.channel],
    )
    body = webhook(text_message("wamid.o", "Halo"), number="106540352242999")
    assert (await wire.deliver(body, channel=other)).status_code == 200
    newest = (await wire.sessions())[0]["id"]
    assert newest != session
    shown = (await wire.melati.get(f"{API}/sessions/{newest}/storefront")).json()["data"]
    assert shown["vendor"]["name"] == "Rini"
