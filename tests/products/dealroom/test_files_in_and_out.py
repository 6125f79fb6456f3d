"""Customers' files are kept whatever they are, scanned, and fetched again; ours go out in forms that WhatsApp takes."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import pyvips
from tests.products.dealroom.whatsapp import SARI, FakeProvider, Wire, webhook, wire, wire_server

from colonnade.app.testing import OpenBackend
from colonnade.kernel.core import Unavailable
from colonnade.kernel.testing import LiveServer
from colonnade.products.dealroom.messages.clients.scanning import Clamd
from colonnade.products.dealroom.product import PRODUCT

__all__ = ["wire", "wire_server"]

API = "/api/v1"
HTML = b"<!doctype html><script>alert(1)</script>"
OPUS = b"OggS" + bytes(24) + b"OpusHead" + bytes(40)
VORBIS = b"OggS" + bytes(24) + b"\x01vorbis" + bytes(40)
EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


def sent(id_: str, type_: str, **about: Any) -> dict[str, Any]:
    """Return a message with a file as the provider delivers it."""
    return {"from": SARI, "id": id_, "timestamp": "1760000000", "type": type_, type_: {"id": id_, **about}}


def picture(save: str = "webpsave_buffer", *, alpha: bool = False) -> bytes:
    image = pyvips.Image.black(64, 48, bands=3).copy(interpretation="srgb")
    if alpha:
        image = image.bandjoin(128)
    data: bytes = getattr(image, save)()
    return data


async def told(wire: Any) -> list[dict[str, Any]]:
    (session,) = await wire.sessions()
    found: list[dict[str, Any]] = await wire.messages(session["id"])
    return found


async def upload(wire: Any, session: str, name: str, data: bytes, **fields: Any) -> Any:
    form = {"sessionId": session, "sender": "human", **fields}
    return await wire.melati.post(
        f"{API}/messages/media", data=form, files={"file": (name, io.BytesIO(data))}
    )


async def test_what_customers_send_is_kept_whatever_it_is_and_never_shown_in_a_page(wire: Any) -> None:
    wire.provider.files = {
        "w1": HTML, "w2": b"MZ\x00\x01", "w3": b"PK\x03\x04" + bytes(40), "w4": b"\xff\xd8\xff not a picture",
        "w5": b"<svg xmlns='http://www.w3.org/2000/svg'/>", "w6": picture(), "w7": OPUS,
        "w8": b"%PDF-1.7" + bytes(20 * 2**20), "w9": b"\xff\xd8\xff" + bytes(6 * 2**20),
    }  # fmt: skip
    body = webhook(
        sent("w1", "document", filename="halaman.html"),
        sent("w2", "document", filename="../../program.exe"),
        sent("w3", "document", filename="foto.zip"),
        sent("w4", "image"),
        sent("w5", "document", filename="logo.svg"),
        sent("w6", "sticker", mime_type="image/webp"),
        sent("w7", "audio", voice=True),
        sent("w8", "document", filename="katalog.pdf", caption="Katalog"),
        sent("w9", "document", filename="scan.jpg"),
    )
    assert (await wire.deliver(body)).status_code == 200
    assert {m["mediaState"] for m in await told(wire)} == {"fetching"}
    await wire.work()
    found = await told(wire)
    assert [(m["content"], m["type"], m["mediaMimeType"], m["fileName"]) for m in found] == [
        (None, "document", "application/octet-stream", "halaman.html"),
        (None, "document", "application/octet-stream", "program.exe"),
        (None, "document", "application/octet-stream", "foto.zip"),
        (None, "image", "application/octet-stream", "image-4.bin"),
        (None, "document", "application/octet-stream", "logo.svg"),
        (None, "image", "image/webp", "image-6.webp"),
        (None, "audio", "audio/ogg; codecs=opus", "audio-7.ogg"),
        ("Katalog", "document", "application/pdf", "katalog.pdf"),
        (None, "document", "application/octet-stream", "scan.jpg"),
    ]
    assert {m.get("mediaState") for m in found} == {None}
    for message, data in ((found[0], HTML), (found[4], wire.provider.files["w5"])):
        shown = await wire.melati.get(message["mediaUrl"])
        assert (shown.status_code, shown.content) == (200, data)
        assert shown.headers["content-disposition"].startswith("attachment;")
        assert shown.headers["content-type"] == "application/octet-stream"
        assert (shown.headers["x-content-type-options"], shown.headers["content-security-policy"]) == (
            "nosniff",
            "default-src 'none'; sandbox",
        )
    whole = await wire.melati.get(found[7]["mediaUrl"])
    assert whole.content == wire.provider.files["w8"]
    (session,) = await wire.sessions()
    integrity = (await wire.melati.get(f"{API}/sessions/{session['id']}/integrity")).json()["data"]
    assert integrity["intact"] is True
    # Files go with their session.
    await wire.melati.delete(f"{API}/sessions/{session['id']}")
    await wire.work()
    assert await wire.services.db.fetch_value("SELECT count(*) FROM stored_files") == 0


async def test_a_file_that_could_not_be_fetched_says_why_and_is_fetched_again(wire: Any) -> None:
    wire.provider.files = {"w2": b"\x89PNG\r\n\x1a\n" + bytes(5 * 2**20)}
    body = webhook(sent("w1", "document", filename="nota.pdf"), sent("w2", "image"))
    assert (await wire.deliver(body)).status_code == 200
    await wire.work()
    found = await told(wire)
    assert [(m["content"], m["mediaState"], m["mediaError"]) for m in found] == [
        ("[document]", "failed", "100: Unknown"),
        ("[image]", "failed", "The file is larger than 5 MiB"),
    ]
    again = f"{API}/messages/{found[0]['id']}/media/fetch"
    assert (await wire.budi.post(again)).status_code == 404
    wire.provider.files["w1"] = b"%PDF-1.4 nota"
    answer = await wire.melati.post(again)
    assert (answer.status_code, answer.json()["data"]["mediaState"]) == (202, "fetching")
    await wire.work()
    now = (await told(wire))[0]
    assert (now["fileName"], now.get("mediaState"), now.get("mediaError")) == ("nota.pdf", None, None)
    refused = await wire.melati.post(again)
    assert (refused.status_code, refused.json()["code"]) == (409, "NOTHING_TO_FETCH")


@pytest.mark.parametrize(
    ("name", "data", "type_", "more"),
    [
        ("foto.webp", picture(), "image", {}),
        ("foto.webp", picture(alpha=True), "image", {}),
        ("foto.gif", picture("gifsave_buffer"), "image", {}),
        ("suara.ogg", OPUS, "audio", {"voice": True}),
        ("lagu.ogg", VORBIS, "document", {"filename": "lagu.ogg"}),
        ("lagu.mp3", b"ID3" + bytes(60), "audio", {}),
        ("nota.pdf", b"%PDF-1.4", "document", {"filename": "nota.pdf"}),
        ("x.mp4", b"\0\0\0\x18ftypmp42" + bytes(32), "video", {}),
    ],
)
async def test_files_go_out_in_a_form_that_whatsapp_takes(
    wire: Any, name: str, data: bytes, type_: str, more: dict[str, Any]
) -> None:
    session = await wire.talk("Halo")
    answer = await upload(wire, session, name, data)
    assert answer.status_code == 201, answer.text
    await wire.work()
    (document,) = wire.provider.sent
    about = document[type_]
    assert (document["type"], {key: about[key] for key in about if key != "id"}) == (type_, more)
    given = wire.provider.uploads[about["id"]]
    assert given.data == (await wire.melati.get(answer.json()["data"]["mediaUrl"])).content
    assert given.content_type == answer.json()["data"]["mediaMimeType"]
    if type_ == "image":
        stored = await wire.melati.get(answer.json()["data"]["mediaUrl"])
        assert stored.content.startswith((b"\xff\xd8\xff", b"\x89PNG"))


@pytest.mark.parametrize(
    ("address", "type_", "sent_as", "name"),
    [
        ("https://toko.test/a/foto.jpg", "image", "image", None),
        ("https://toko.test/a/foto.webp", "image", "document", "foto.webp"),
        ("https://toko.test/foto", "image", "image", None),
        ("https://toko.test/video.webm", "video", "document", "video.webm"),
        ("https://toko.test/Daftar%20harga.pdf?x=1", "document", "document", "Daftar harga.pdf"),
        ("https://toko.test/daftar", "document", "document", "document-2.pdf"),
    ],
)
async def test_files_elsewhere_go_by_the_end_of_their_address(
    wire: Any, address: str, type_: str, sent_as: str, name: str | None
) -> None:
    session = await wire.talk("Halo")
    await wire.say(session, "Ini", "human", mediaUrl=address, type=type_)
    await wire.work()
    (document,) = wire.provider.sent
    assert (document["type"], document[sent_as].get("filename")) == (sent_as, name)
    assert document[sent_as]["caption"] == "Ini"


async def test_a_caption_has_whatsapps_length(wire: Any) -> None:
    session = await wire.talk("Halo")
    path = f"{API}/messages"
    body = {"sessionId": session, "sender": "human", "type": "image", "mediaUrl": "https://toko.test/a.jpg"}
    refused = await wire.melati.post(path, json={**body, "content": "x" * 1025})
    assert (refused.status_code, refused.json()["errors"]) == (
        422,
        {
            "content": "Content must be at most 1,024 characters beside a file: WhatsApp takes no longer captions. "
            "Send the rest as a text of its own"
        },
    )
    assert len(await wire.messages(session)) == 1
    written = await wire.melati.post(path, json={**body, "content": "x" * 1024})
    assert written.status_code == 201
    edited = await wire.melati.patch(f"{path}/{written.json()['data']['id']}", json={"content": "x" * 1025})
    assert (edited.status_code, edited.json()["errors"]) == (refused.status_code, refused.json()["errors"])
    # Where nothing is sent, nothing is too long.
    alone = await wire.session()
    assert (
        await wire.melati.post(path, json={**body, "sessionId": alone, "content": "x" * 1025})
    ).status_code == 201


class FakeClamd:
    """A ClamAV daemon: knows one virus, and the command INSTREAM."""

    def __init__(self) -> None:
        self.scanned: list[int] = []
        self.answer: bytes | None = None

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        assert await reader.readexactly(10) == b"zINSTREAM\0"
        data = b""
        while length := int.from_bytes(await reader.readexactly(4)):
            data += await reader.readexactly(length)
        self.scanned.append(len(data))
        found = b"stream: Eicar-Test-Signature FOUND\0" if EICAR in data else b"stream: OK\0"
        writer.write(self.answer or found)
        await writer.drain()
        writer.close()


@asynccontextmanager
async def scanning() -> AsyncIterator[tuple[FakeClamd, str]]:
    fake = FakeClamd()
    async with await asyncio.start_server(fake, "127.0.0.1", 0) as server:
        yield fake, f"127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def test_a_virus_is_quarantined_with_its_name(open_backend: OpenBackend) -> None:
    provider = FakeProvider()
    async with LiveServer(provider) as live, scanning() as (clamd, address):
        provider.url = live.url
        base = f"{live.url}/v25.0"
        async with (
            open_backend(
                PRODUCT,
                Wire,
                whatsapp_base_url=base,
                clamd_address=address,
            ) as scanned,
            scanned.for_test(),
        ):
            scanned.provider = provider
            scanned.channel = await scanned.connect()
            await _quarantine(scanned, clamd)


async def _quarantine(wire: Any, clamd: FakeClamd) -> None:
    wire.provider.files = {"w1": b"%PDF-1.7 " + EICAR, "w2": b"%PDF-1.7 bersih"}
    body = webhook(sent("w1", "document", filename="nota.pdf"), sent("w2", "document", filename="bersih.pdf"))
    assert (await wire.deliver(body)).status_code == 200
    await wire.work()
    infected, clean = await told(wire)
    assert (infected["mediaState"], infected["mediaError"], infected["mediaUrl"]) == (
        "quarantined",
        "Virus found: Eicar-Test-Signature",
        None,
    )
    assert (infected["content"], infected["fileName"]) == ("[document]", "nota.pdf")
    assert (clean.get("mediaState"), clean["fileName"]) == (None, "bersih.pdf")
    assert (await wire.melati.get(f"{API}/messages/{infected['id']}/media")).status_code == 404
    assert (await wire.melati.get(f"{API}/messages/{infected['id']}/media-link")).status_code == 404
    assert (await wire.melati.post(f"{API}/messages/{infected['id']}/media/fetch")).status_code == 409
    assert sorted(clamd.scanned) == sorted(map(len, wire.provider.files.values()))
    # Ours are refused.
    (session,) = await wire.sessions()
    refused = await upload(wire, session["id"], "nota.pdf", b"%PDF-1.7 " + EICAR)
    assert (refused.status_code, refused.json()["code"]) == (422, "FILE_INFECTED")
    # Without an answer of the scanner nothing passes.
    clamd.answer = b"INSTREAM size limit exceeded. ERROR\0"
    assert (await upload(wire, session["id"], "nota.pdf", b"%PDF-1.7")).status_code == 503
    # The file goes with the message.
    assert (await wire.melati.delete(f"{API}/messages/{infected['id']}")).status_code == 204
    await wire.work()
    assert await wire.services.db.fetch_value("SELECT count(*) FROM stored_files") == 1


async def test_the_scanner_may_have_a_socket_of_this_machine(tmp_path: Path) -> None:
    fake = FakeClamd()
    path = str(tmp_path / "clamd")
    async with await asyncio.start_unix_server(fake, path):
        assert await Clamd(path).scan(io.BytesIO(EICAR * 3000)) == "Eicar-Test-Signature"
        assert await Clamd(path).scan(io.BytesIO(b"")) is None
    assert fake.scanned == [len(EICAR) * 3000, 0]
    with pytest.raises(Unavailable):
        await Clamd(str(tmp_path / "none")).scan(io.BytesIO(EICAR))
