"""Files in messages: recognised by their bytes, hidden from others, deleted with the message."""

from __future__ import annotations

import io
from typing import Any

import pytest
import pyvips

API = "/api/v1"
PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n"
OGG = b"OggS" + bytes(64)


def picture() -> bytes:
    image = pyvips.Image.black(64, 48, bands=3).copy(interpretation="srgb")
    image.set_type(
        pyvips.GValue.gstr_type,
        "exif-ifd0-Model",
        "Kamera Rahasia (Kamera Rahasia, ASCII, 15 components, 15 bytes)",
    )
    return image.jpegsave_buffer()


async def send(client: Any, session: str, name: str, data: bytes, **fields: Any) -> Any:
    form = {"sessionId": session, "sender": "customer", **fields}
    return await client.post(f"{API}/messages/media", data=form, files={"file": (name, io.BytesIO(data))})


@pytest.mark.parametrize(
    ("name", "data", "kept"),
    [
        ("IMG_3.HEIC", picture(), "IMG_3.jpg"),
        ("evil.php", picture(), "evil.jpg"),
        ("x.svg", b"%PDF-1.7 x", "x.pdf"),
        ("daftar.csv", b"a,b", "daftar.csv"),
        ("Ibu Sari", picture(), "Ibu Sari"),
    ],
)
async def test_a_file_is_called_by_what_it_is(room: Any, name: str, data: bytes, kept: str) -> None:
    session = await room.session()
    answer = await send(room.melati, session, name, data)
    assert (answer.status_code, answer.json()["data"]["fileName"]) == (201, kept)


async def test_a_picture_is_stored_anew_and_seen_by_its_owner_alone(room: Any) -> None:
    session = await room.session()
    answer = await send(
        room.melati, session, "sepatu saya.jpg", picture(), content="Seperti ini", senderName="Ibu Sari"
    )
    assert answer.status_code == 201, answer.text
    message = answer.json()["data"]
    assert (message["type"], message["content"], message["seq"]) == ("image", "Seperti ini", 1)
    assert (message["mediaMimeType"], message["fileName"]) == ("image/jpeg", "sepatu saya.jpg")
    assert message["mediaUrl"] == f"{API}/messages/1/media"
    file = await room.melati.get(message["mediaUrl"])
    assert (file.status_code, file.headers["content-type"]) == (200, "image/jpeg")
    assert len(file.content) == message["fileSizeBytes"]
    assert b"Kamera Rahasia" not in file.content
    assert file.headers["content-disposition"] == "inline; filename*=UTF-8''sepatu%20saya.jpg"
    assert file.headers["x-content-type-options"] == "nosniff"
    assert (await room.budi.get(message["mediaUrl"])).status_code == 404
    assert (await room.visitor.get(message["mediaUrl"])).status_code == 401
    assert (await room.visitor.get(f"{message['mediaUrl']}?token=abc")).status_code == 404


async def test_a_link_opens_one_file(room: Any) -> None:
    session = await room.session()
    first = (await send(room.melati, session, "nota.pdf", PDF)).json()["data"]
    second = (await send(room.melati, session, "lain.pdf", PDF + b"2")).json()["data"]
    link = (await room.melati.get(f"{API}/messages/{first['id']}/media-link")).json()["data"]["url"]
    opened = await room.visitor.get(link)
    assert (opened.status_code, opened.content) == (200, PDF)
    assert opened.headers["content-disposition"].startswith("attachment;")
    token = link.partition("?token=")[2]
    assert (await room.visitor.get(f"{second['mediaUrl']}?token={token}")).status_code == 404
    assert (await room.budi.get(f"{API}/messages/{first['id']}/media-link")).status_code == 404
    refused = await room.visitor.get(f"{API}/users/me", headers={"Authorization": f"Bearer {token}"})
    assert refused.status_code == 401


async def test_kinds_are_told_by_bytes(room: Any) -> None:
    session = await room.session()
    for name, data, kind, mimetype in (
        ("suara.bin", OGG, "audio", "audio/ogg"),
        ("video.mp4", b"\0\0\0\x18ftypmp42" + bytes(32), "video", "video/mp4"),
        ("rekam.m4a", b"\0\0\0\x18ftypM4A " + bytes(32), "audio", "audio/mp4"),
        ("daftar.xlsx", b"PK\x03\x04" + bytes(32), "document",
         "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        ("catatan.txt", b"Ukuran 41, cokelat", "document", "text/plain"),
    ):  # fmt: skip
        message = (await send(room.melati, session, name, data)).json()["data"]
        assert (message["type"], message["mediaMimeType"]) == (kind, mimetype), name
    for name, data in (
        ("halaman.jpg", b"<html><script>alert(1)</script>"),
        ("gambar.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
        ("program.txt", b"MZ\x90\x00"),
        ("arsip.zip", b"PK\x03\x04" + bytes(32)),
    ):
        refused = await send(room.melati, session, name, data)
        assert refused.status_code == 415, name
    for name, kept in (("../../etc/passwd.pdf", "passwd.pdf"), ("a\nb.pdf", "a b.pdf")):
        message = (await send(room.melati, session, name, PDF)).json()["data"]
        sql = "SELECT media_name FROM messages WHERE id = $1"
        assert await room.services.db.fetch_value(sql, message["id"]) == kept
    assert (await send(room.melati, session, "kosong.pdf", b"")).status_code == 422
    assert await room.services.db.fetch_value("SELECT count(*) FROM stored_files") == 7


async def test_sixteen_megabytes_and_no_more(room: Any) -> None:
    session = await room.session()
    most = OGG + bytes(16 * 1024 * 1024 - len(OGG))
    assert (await send(room.melati, session, "panjang.ogg", most)).status_code == 201
    assert (await send(room.melati, session, "terlalu.ogg", most + b"x")).status_code == 413
    assert (
        await send(room.melati, session, "besar.jpg", picture() + bytes(5 * 1024 * 1024))
    ).status_code == 413


async def test_a_repeated_upload_is_stored_once(room: Any) -> None:
    session = await room.session()
    first = await send(room.melati, session, "nota.pdf", PDF, clientMessageId="u-1")
    again = await send(room.melati, session, "nota.pdf", PDF, clientMessageId="u-1")
    assert again.headers["idempotent-replayed"] == "true"
    assert again.json() == first.json()
    other = await send(room.melati, session, "nota.pdf", PDF + b"2", clientMessageId="u-1")
    assert other.status_code == 409
    assert await room.services.db.fetch_value("SELECT count(*) FROM stored_files") == 1


async def test_refused_uploads_leave_nothing(room: Any) -> None:
    session = await room.session()
    foreign = await send(room.budi, session, "nota.pdf", PDF)
    assert foreign.status_code == 404
    reply = await send(room.melati, session, "nota.pdf", PDF, replyToId="99")
    assert (reply.status_code, list(reply.json()["errors"])) == (422, ["replyToId"])
    await room.melati.patch(f"{API}/sessions/{session}", json={"status": "closed"})
    assert (await send(room.melati, session, "nota.pdf", PDF)).status_code == 409
    assert await room.services.db.fetch_value("SELECT count(*) FROM stored_files") == 0


async def test_files_go_with_the_message_and_the_session(room: Any) -> None:
    session = await room.session()
    messages = [(await send(room.melati, session, f"{n}.pdf", PDF)).json()["data"] for n in range(2)]
    assert (await room.melati.delete(f"{API}/messages/{messages[0]['id']}")).status_code == 204
    assert (await room.melati.get(messages[0]["mediaUrl"])).status_code == 404
    await room.work()
    assert await room.services.db.fetch_value("SELECT count(*) FROM stored_files") == 1
    await room.melati.delete(f"{API}/sessions/{session}")
    await room.work()
    assert await room.services.db.fetch_value("SELECT count(*) FROM stored_files") == 0
