"""Files that come in: fetched, kept privately, and messages whose file cannot be kept."""

from __future__ import annotations

from typing import Any

import pytest
import pyvips
from tests.products.dealroom.test_channels_inbound import API, picture
from tests.products.dealroom.whatsapp import (
    SARI,
    webhook,
    wire,
    wire_server,
)

from colonnade.kernel.jobs import count_jobs

__all__ = ["wire", "wire_server"]


async def test_a_picture_is_fetched_and_kept_privately(wire: Any) -> None:
    wire.provider.files["media-1"] = picture()
    image = {"id": "media-1", "mime_type": "image/png", "sha256": "x", "caption": "Yang ini?"}
    plain = {"id": "media-1", "mime_type": "image/png"}
    body = webhook(
        {"from": SARI, "id": "wamid.1", "type": "image", "image": image},
        {"from": SARI, "id": "wamid.2", "type": "image", "image": plain},
    )
    assert (await wire.deliver(body)).status_code == 200
    (session,) = await wire.sessions()
    before = await wire.messages(session["id"])
    assert [(m["type"], m["content"], m["mediaUrl"]) for m in before] == [
        ("image", "Yang ini?", None),
        ("image", "[image]", None),
    ]
    await wire.work()
    after = await wire.messages(session["id"])
    assert [(m["type"], m["content"], m["mediaUrl"], m["mediaMimeType"], m["fileName"]) for m in after] == [
        ("image", "Yang ini?", f"{API}/messages/1/media", "image/png", "image-1.png"),
        ("image", None, f"{API}/messages/2/media", "image/png", "image-2.png"),
    ]
    shown = await wire.melati.get(after[0]["mediaUrl"])
    assert (shown.status_code, shown.headers["content-type"]) == (200, "image/png")
    assert pyvips.Image.new_from_buffer(shown.content, "").width == 8
    assert (await wire.budi.get(after[0]["mediaUrl"])).status_code == 404
    assert (await wire.visitor.get(after[0]["mediaUrl"])).status_code == 401
    assert set(wire.provider.tokens) == {"Bearer EAAJB-the-access-token-of-melati"}
    # The record is whole, although the files came after the words.
    integrity = (await wire.melati.get(f"{API}/sessions/{session['id']}/integrity")).json()["data"]
    assert (integrity["intact"], integrity["count"]) == (True, 2)
    await wire.services.db.execute("UPDATE messages SET content = 'lain' WHERE id = 2")
    integrity = (await wire.melati.get(f"{API}/sessions/{session['id']}/integrity")).json()["data"]
    assert (integrity["intact"], integrity["brokenAt"]) == (False, 2)


async def test_a_document_keeps_its_name_and_a_file_that_cannot_be_kept_leaves_the_message(wire: Any) -> None:
    wire.provider.files = {
        "pdf": b"%PDF-1.4 nota",
        "exe": b"MZ\x00\x01",
        "big": b"\0\0\0\x18ftypmp42" + b"x" * (16 * 2**20),
    }
    body = webhook(
        {"from": SARI, "id": "w1", "type": "document", "document": {"id": "pdf", "filename": "nota.pdf"}},
        {"from": SARI, "id": "w2", "type": "document", "document": {"id": "exe", "filename": "../x.pdf"}},
        {"from": SARI, "id": "w3", "type": "video", "video": {"id": "big", "mime_type": "video/mp4"}},
        {"from": SARI, "id": "w4", "type": "document", "document": {"id": "gone", "filename": "hilang.pdf"}},
    )
    assert (await wire.deliver(body)).status_code == 200
    await wire.work()
    (session,) = await wire.sessions()
    found = await wire.messages(session["id"])
    assert [(m["content"], m["fileName"], m["mediaUrl"]) for m in found] == [
        (None, "nota.pdf", f"{API}/messages/1/media"),
        (None, "x.pdf", f"{API}/messages/2/media"),
        ("[video]", None, None),
        ("[document]", None, None),
    ]
    assert [m.get("mediaError") for m in found] == [
        None,
        None,
        "The file is larger than 16 MiB",
        "100: Unknown",
    ]
    kept = await wire.services.db.fetch_value("SELECT count(*) FROM stored_files WHERE state = 'kept'")
    assert kept == 2
    assert (await count_jobs(wire.services.db)).held == 0


@pytest.mark.parametrize(
    ("size", "error"),
    [
        ("9" * 5_000, "The file is larger than 100 MiB"),
        ("0" * 5_000 + "7", None),
        ("-1", None),
        ("\u00b2", None),
    ],
)
async def test_a_size_may_have_any_number_of_digits(wire: Any, size: str, error: str | None) -> None:
    """Of more than 4,300 digits Python makes no number: the file was tried again for hours."""
    wire.provider.files["pdf"] = b"%PDF-1.4 nota"
    wire.provider.said_size = size
    await wire.deliver(webhook({"from": SARI, "id": "w1", "type": "document", "document": {"id": "pdf"}}))
    await wire.work()
    (session,) = await wire.sessions()
    (found,) = await wire.messages(session["id"])
    assert (found.get("mediaState"), found.get("mediaError")) == ("failed" if error else None, error)
    assert (found["mediaUrl"] is None) == (error is not None)


async def test_a_message_that_was_deleted_gets_no_file(wire: Any) -> None:
    wire.provider.files["pdf"] = b"%PDF-1.4 nota"
    await wire.deliver(webhook({"from": SARI, "id": "w1", "type": "document", "document": {"id": "pdf"}}))
    assert (await wire.melati.delete(f"{API}/messages/1")).status_code == 204
    await wire.work()
    (session,) = await wire.sessions()
    (found,) = await wire.messages(session["id"])
    assert (found["mediaUrl"], found["content"], found["version"]) == (None, None, 2)
    assert await wire.services.db.fetch_value("SELECT count(*) FROM stored_files WHERE state = 'kept'") == 0
