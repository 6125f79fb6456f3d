"""The gallery through HTTP: uploads by editors and attackers, and what stays on disk."""

from __future__ import annotations

import asyncio
import io
import struct
import zipfile
import zlib
from pathlib import Path

import pytest
import pyvips

from colonnade.kernel.http import describe_product
from colonnade.kernel.storage import sweep_storage, upload_file
from colonnade.kernel.testing import count_statements
from colonnade.products.radio.gallery.seed import seed_gallery
from colonnade.products.radio.product import PRODUCT

MIB = 1024 * 1024
COLUMNS = {
    "id", "title", "description", "filename", "original_filename", "filepath", "mimetype", "size", "width",
    "height", "uploaded_by", "version", "created_at", "updated_at", "url", "thumbnails",
}  # fmt: skip


def picture(extension: str = "jpg", width: int = 1000, height: int = 500, colour: int = 90) -> bytes:
    image = (pyvips.Image.black(width, height, bands=3) + colour).cast("uchar")
    return image.copy(interpretation="srgb").write_to_buffer(f".{extension}")


JPEG = picture()


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png_bomb() -> bytes:
    header = struct.pack(">IIBBBBB", 30_000, 30_000, 8, 2, 0, 0, 0)
    rows = zlib.compress(b"\0" * 100_000, 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def with_zip() -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as content:
        content.writestr("run.sh", "rm -rf /")
    return JPEG + archive.getvalue()


SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


async def upload(client, data=JPEG, name="foto.jpg", title="Ibadah Padang", **more):
    return await client.post(
        "/gallery", data={"title": title, **more}, files={"file": (name, data, "image/jpeg")}
    )


async def uploaded(client, *args, **more):
    answer = await upload(client, *args, **more)
    assert answer.status_code == 201, answer.text
    return answer.json()["data"]


async def stored(radio):
    """Return the objects in the gallery's folder, their rows, and the number of pictures."""
    objects = {entry.key async for entry in radio.services.storage.list("gallery")}
    rows = await radio.services.db.fetch("SELECT key, state FROM stored_files")
    pictures = await radio.services.db.fetch_value("SELECT count(*) FROM gallery")
    return objects, {row["key"]: row["state"] for row in rows}, pictures


@pytest.fixture
async def radio(radio):
    """Provide the station with an empty upload folder."""
    async for entry in radio.services.storage.list("gallery"):
        await radio.services.storage.delete(entry.key)
    return radio


async def test_an_upload_is_shown_at_once_and_gets_thumbnails(radio):
    editor, visitor = await radio.http("editor"), await radio.http()
    made = await uploaded(editor, description="Lebih dari dua ratus pendengar datang")
    assert set(made) == COLUMNS
    assert (made["title"], made["description"]) == (
        "Ibadah Padang",
        "Lebih dari dua ratus pendengar datang",
    )
    assert (made["original_filename"], made["mimetype"], made["width"], made["height"]) == (
        "foto.jpg", "image/jpeg", 1000, 500,
    )  # fmt: skip
    assert made["filepath"] == f"gallery/{made['filename']}"
    assert made["uploaded_by"] == radio.staff["editor"]
    assert made["thumbnails"] == {}
    file = await visitor.get(made["url"])
    assert (file.status_code, file.headers["content-type"], len(file.content)) == (
        200, "image/jpeg", made["size"],
    )  # fmt: skip
    assert (await visitor.get("/gallery")).json()["data"] == [made]
    assert (await visitor.get(f"/gallery/{made['id']}")).json()["data"] == made
    await radio.work()
    listed = (await visitor.get("/gallery")).json()["data"][0]
    assert set(listed["thumbnails"]) == {"320", "960"}
    for width, path in listed["thumbnails"].items():
        thumbnail = await visitor.get(path)
        assert thumbnail.headers["content-type"] == "image/webp"
        image = pyvips.Image.new_from_buffer(thumbnail.content, "")
        assert (image.width, image.height) == (int(width), int(width) // 2)
    assert (await visitor.get(f"/gallery/{made['id']}")).json()["data"] == listed


@pytest.mark.parametrize(
    ("data", "name", "status", "code"),
    [
        (SVG, "logo.svg", 415, "IMAGE_TYPE_NOT_SUPPORTED"),
        (SVG, "logo.jpg", 415, "IMAGE_TYPE_NOT_SUPPORTED"),
        (b"<?php system($_GET[0]);", "evil.php", 415, "IMAGE_TYPE_NOT_SUPPORTED"),
        (b"GIF89a<script>alert(1)</script>", "a.gif", 422, None),
        (JPEG + b"<script>alert(1)</script>", "a.jpg", 422, "IMAGE_DISGUISED"),
        (with_zip(), "a.jpg", 422, "IMAGE_DISGUISED"),
        (JPEG[:400], "a.jpg", 422, "IMAGE_CORRUPT"),
        (png_bomb(), "a.png", 413, "IMAGE_TOO_LARGE"),
        (JPEG[:-200], "foto.jpg", 422, "IMAGE_CORRUPT"),
        (b"MZ\x90\x00", "foto.jpg", 415, "IMAGE_TYPE_NOT_SUPPORTED"),
        (b"", "foto.jpg", 415, "IMAGE_TYPE_NOT_SUPPORTED"),
        (JPEG + b"\0" * (5 * MIB + 1 - len(JPEG)), "a.jpg", 413, "PAYLOAD_TOO_LARGE"),
        (JPEG + b"\0" * 6 * MIB, "a.jpg", 413, "PAYLOAD_TOO_LARGE"),
    ],
)
async def test_what_is_no_plain_image_is_refused_and_nothing_stored(radio, data, name, status, code):
    editor = await radio.http("editor")
    answer = await upload(editor, data, name)
    assert answer.status_code == status, answer.text
    assert code in (None, answer.json()["error"]["code"])
    assert await stored(radio) == (set(), {}, 0)


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/passwd.jpg", "passwd.jpg"),
        ("C:\\Foto\\x.jpg", "x.jpg"),
        ("a\u202egpj.jpg", "agpj.jpg"),
        ("Screenshot 2026-11-30 at 9.41.00\u202fAM.jpg", "Screenshot 2026-11-30 at 9.41.00 AM.jpg"),
        ("Pdt. Budi", "Pdt. Budi"),
        ("IMG_3.HEIC", "IMG_3.jpg"),
        ("IMG_3.JPEG", "IMG_3.JPEG"),
        ("foto.png", "foto.jpg"),
        ("evil.php", "evil.jpg"),
        ("x.svg", "x.jpg"),
        ("x.php.svg", "x.jpg"),
        ("foto.jpg.exe", "foto.jpg"),
        ("..php", "php"),
        ("x" * 251 + ".png", "x" * 251 + ".jpg"),
        ("x" * 250 + ".png.php5", "x" * 250 + ".jpg"),
        ("..", "file"),
        ("x" * 252 + ".jpg", "x" * 251 + ".jpg"),
    ],
)
async def test_names_of_files_are_cleaned_and_never_refused(radio, name, kept):
    editor = await radio.http("editor")
    made = await uploaded(editor, JPEG, name)
    assert made["original_filename"] == kept


async def test_what_phones_send_is_taken(radio):
    editor = await radio.http("editor")
    avif = pyvips.Image.jpegload_buffer(JPEG).heifsave_buffer(compression="av1")
    for data, name in ((JPEG[:-2], "foto.jpg"), (avif, "IMG_2031.avif")):
        made = await uploaded(editor, data, name)
        file = await editor.get(made["url"])
        assert (file.status_code, file.headers["content-type"]) == (200, "image/jpeg")
        assert file.content.startswith(b"\xff\xd8\xff")
        assert file.content.endswith(b"\xff\xd9")
    heic = (Path(__file__).parents[2] / "kernel/images/gradient.heic").read_bytes()
    before = await stored(radio)
    answer = await upload(editor, heic, "IMG_2032.HEIC")
    if answer.status_code != 201:  # libvips reads no HEVC, as usual
        assert (answer.status_code, answer.json()["error"]["code"]) == (415, "IMAGE_TYPE_NOT_SUPPORTED")
        assert "export the picture as JPEG" in answer.json()["error"]["message"]
        assert await stored(radio) == before


async def test_limits_are_reached_exactly(radio):
    editor = await radio.http("editor")
    padded = JPEG + b"\0" * (5 * MIB - len(JPEG))
    made = await uploaded(editor, padded, "x" * 251 + ".jpg", title="y" * 255, description="z" * 1000)
    assert (made["title"], made["description"]) == ("y" * 255, "z" * 1000)
    assert made["size"] < 100_000
    plain = await uploaded(editor, picture("png"), "tanpa ekstensi", title="ab", description="")
    assert (plain["mimetype"], plain["description"]) == ("image/png", None)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"title": "x"}, "title"),
        ({"title": "x" * 256}, "title"),
        ({"description": "x" * 1001}, "description"),
        ({"title": ""}, "title"),
    ],
)
async def test_bad_texts_are_refused_before_anything_is_stored(radio, fields, field):
    editor = await radio.http("editor")
    answer = await upload(editor, **fields)
    assert (answer.status_code, list(answer.json()["error"]["details"])) == (422, [field])
    assert await stored(radio) == (set(), {}, 0)


async def test_bodies_that_are_no_such_form_are_refused(radio):
    editor = await radio.http("editor")
    form = {"Content-Type": "multipart/form-data; boundary=x"}
    part = b'--x\r\nContent-Disposition: form-data; name="title"\r\n\r\nJudul\r\n'
    for body, headers, status in [
        (b'{"title": "Judul"}', {"Content-Type": "application/json"}, 415),
        (b"title=Judul", {"Content-Type": "application/x-www-form-urlencoded"}, 415),
        (part, {"Content-Type": "multipart/form-data"}, 415),
        (b"nothing of that kind", form, 400),
        (part, form, 400),
        (part + part + b"--x--\r\n", form, 400),
        (part + b"--x--\r\n", form, 422),
        (part.replace(b"Judul", b"\xff\xfe") + b"--x--\r\n", form, 400),
        (part.replace(b"Judul", b"Ju\x00dul") + b"--x--\r\n", form, 422),
        (part.replace(b'name="title"', b'name="file"') + b"--x--\r\n", form, 422),
        (part * 40 + b"--x--\r\n", form, 400),
        (_form_with_name(b"a\r\nX-Evil: 1"), form, 400),
        (b"", form, 400),
    ]:
        answer = await editor.post("/gallery", content=body, headers=headers)
        assert answer.status_code == status, (body[:60], answer.text)
        assert answer.json()["success"] is False
        radio.forget_limits()
    assert await stored(radio) == (set(), {}, 0)


def _form_with_name(name: bytes) -> bytes:
    head = b'--x\r\nContent-Disposition: form-data; name="title"\r\n\r\nJudul\r\n--x\r\n'
    file = b'Content-Disposition: form-data; name="file"; filename="' + name + b'"\r\n\r\n'
    return head + file + JPEG + b"\r\n--x--\r\n"


async def test_texts_change_by_json_and_by_form(radio):
    editor, visitor = await radio.http("editor"), await radio.http()
    made = await uploaded(editor, description="lama")
    path = f"/gallery/{made['id']}"
    changed = await editor.put(path, json={"title": "Judul Baru"})
    assert changed.status_code == 200
    assert changed.json()["data"] == {
        **made, "title": "Judul Baru", "version": 2, "updated_at": changed.json()["data"]["updated_at"],
    }  # fmt: skip
    boundary = {"Content-Type": "multipart/form-data; boundary=x"}
    form = b'--x\r\nContent-Disposition: form-data; name="description"\r\n\r\nbaru\r\n--x--\r\n'
    changed = await editor.put(path, content=form, headers=boundary)
    assert (changed.status_code, changed.json()["data"]["description"]) == (200, "baru")
    assert (await editor.put(path, json={"description": None})).json()["data"]["description"] is None
    shown = (await visitor.get(path)).json()["data"]
    assert (shown["title"], shown["description"], shown["filepath"]) == ("Judul Baru", None, made["filepath"])
    refused = await editor.put(path, json={"title": "x"})
    assert (refused.status_code, refused.json()["error"]["field"]) == (422, "title")
    refused = await editor.put(path, json={"file": "aGFsbG8="})
    assert refused.status_code == 200
    assert (await visitor.get(path)).json()["data"]["filepath"] == made["filepath"]
    stale = await editor.put(path, json={"title": "Basi"}, headers={"If-Match": '"v1-x"'})
    assert stale.status_code == 412
    admin = await radio.http("admin")
    assert (await admin.delete(path, headers={"If-Match": '"v1-x"'})).status_code == 412
    current = (await visitor.get(path)).headers["etag"]
    assert (await admin.delete(path, headers={"If-Match": current})).status_code == 204
    assert (await visitor.get(path)).status_code == 404
    assert (await editor.put("/gallery/99", json={"title": "Tidak ada"})).status_code == 404


async def test_another_image_takes_the_place_and_the_old_files_go(radio):
    editor, visitor = await radio.http("editor"), await radio.http()
    made = await uploaded(editor)
    await radio.work()
    path = f"/gallery/{made['id']}"
    before = (await visitor.get(path)).json()["data"]
    replaced = await editor.put(
        path, data={"title": "Senja"}, files={"file": ("senja.png", picture("png", 400, 300))}
    )
    assert replaced.status_code == 200
    now = replaced.json()["data"]
    assert (now["title"], now["mimetype"], now["width"], now["original_filename"]) == (
        "Senja", "image/png", 400, "senja.png",
    )  # fmt: skip
    assert (now["thumbnails"], now["filepath"] != made["filepath"]) == ({}, True)
    await radio.work()
    objects, rows, pictures = await stored(radio)
    assert len(objects) == 3
    assert made["filepath"] not in objects
    assert rows == dict.fromkeys(objects, "kept")
    assert pictures == 1
    for url in (before["url"], *before["thumbnails"].values()):
        assert (await visitor.get(url)).status_code == 404
    shown = (await visitor.get(path)).json()["data"]
    assert set(shown["thumbnails"]) == {"320", "960"}


async def test_a_refused_replacement_leaves_everything_as_it_was(radio):
    editor = await radio.http("editor")
    made = await uploaded(editor)
    before = await stored(radio)
    path = f"/gallery/{made['id']}"
    for data, name, headers, status in [
        (SVG, "a.svg", {}, 415),
        (picture("png"), "a.png", {"If-Match": '"v9-x"'}, 412),
    ]:
        answer = await editor.put(path, data={"title": "Lain"}, files={"file": (name, data)}, headers=headers)
        assert answer.status_code == status
    assert (await editor.put("/gallery/99", files={"file": ("a.jpg", JPEG)})).status_code == 404
    await radio.work()
    objects, rows, pictures = await stored(radio)
    assert {key for key in objects if "-w" not in key} == before[0]
    assert pictures == 1
    assert set(rows.values()) == {"kept"}
    assert (await editor.get(path)).json()["data"]["title"] == made["title"]


async def test_five_replacements_at_once_leave_one_image(radio):
    admin = await radio.http("admin")
    made = await uploaded(admin)
    answers = await asyncio.gather(
        *(
            admin.put(f"/gallery/{made['id']}", files={"file": (f"{n}.png", picture("png", 100 + n, 80))})
            for n in range(5)
        )
    )
    assert [answer.status_code for answer in answers] == [200] * 5
    await radio.work()
    objects, rows, _ = await stored(radio)
    shown = (await admin.get(f"/gallery/{made['id']}")).json()["data"]
    assert {key for key in objects if "-w" not in key} == {shown["filepath"]}
    assert rows == dict.fromkeys(objects, "kept")
    assert len(objects) == 3


async def test_a_deleted_picture_is_gone_with_its_files(radio):
    editor, admin, visitor = await radio.http("editor"), await radio.http("admin"), await radio.http()
    made = await uploaded(editor)
    await radio.work()
    path = f"/gallery/{made['id']}"
    assert (await editor.delete(path)).status_code == 403
    answers = await asyncio.gather(*(admin.delete(path) for _ in range(3)))
    assert sorted(answer.status_code for answer in answers) == [204, 404, 404]
    assert (await visitor.get("/gallery")).json()["data"] == []
    await radio.work()
    assert await stored(radio) == (set(), {}, 0)
    assert (await visitor.get(made["url"])).status_code == 404


async def test_what_a_dead_process_left_is_swept(radio):
    admin, db = await radio.http("admin"), radio.services.db
    await db.execute("INSERT INTO stored_files_home DEFAULT VALUES ON CONFLICT DO NOTHING")
    made = await uploaded(admin)
    await radio.work()
    # It died after the deletion had committed: nobody ran the job.
    assert (await admin.delete(f"/gallery/{made['id']}")).status_code == 204
    await db.execute("TRUNCATE job_queue")
    # And another one between storing a file and writing the picture's row.
    await upload_file(
        db,
        radio.services.storage,
        JPEG,
        mimetype="image/jpeg",
        extension="jpg",
        area="gallery",
        owner="gallery",
    )
    assert len((await stored(radio))[0]) == 4
    await db.execute("UPDATE stored_files SET created_at = now() - interval '2 hours'")
    await sweep_storage(radio.services)
    assert await stored(radio) == (set(), {}, 0)


@pytest.mark.parametrize(("role", "refused"), [(None, 401), ("penyiar", 403)])
async def test_only_editors_upload(radio, role, refused):
    editor, other = await radio.http("editor"), await radio.http(role)
    made = await uploaded(editor)
    before = await stored(radio)
    path = f"/gallery/{made['id']}"
    assert (await upload(other)).status_code == refused
    assert (await other.put(path, json={"title": "Lain"})).status_code == refused
    assert (await other.put(path, files={"file": ("a.jpg", JPEG)})).status_code == refused
    assert (await other.delete(path)).status_code == refused
    assert await stored(radio) == before
    assert (await other.get(path)).json()["data"] == made


async def test_eleven_files_in_an_hour_are_one_too_many(radio):
    editor = await radio.http("editor")
    small = picture(width=20, height=10)
    answers = [await upload(editor, small) for _ in range(6)]
    path = f"/gallery/{answers[0].json()['data']['id']}"
    answers += [await editor.put(path, files={"file": ("a.jpg", small)}) for _ in range(6)]
    assert [answer.status_code for answer in answers] == [201] * 6 + [200] * 4 + [429] * 2
    assert (await editor.put(path, json={"title": "Teks saja"})).status_code == 200
    assert (await stored(radio))[2] == 6


async def test_lists_filter_by_type_and_local_date_in_three_statements(radio):
    editor, visitor = await radio.http("editor"), await radio.http()
    for number, extension in enumerate(("jpg", "png", "webp", "gif")):
        await uploaded(editor, picture(extension, 20, 10), f"a.{extension}", title=f"Foto {number}")
    # 2 March in Jakarta from 17:00 UTC on 1 March.
    for number, moment in enumerate(("01 16:59", "01 17:00", "02 16:59", "02 17:00"), start=1):
        await radio.services.db.execute(
            f"UPDATE gallery SET created_at = '2031-03-{moment}Z' WHERE id = $1", number
        )

    async def titles(query):
        answer = (await visitor.get(f"/gallery{query}")).json()
        assert answer["pagination"]["total"] == len(answer["data"])
        return [item["title"] for item in answer["data"]]

    assert await titles("") == ["Foto 3", "Foto 2", "Foto 1", "Foto 0"]
    assert await titles("?type=image") == ["Foto 3", "Foto 2", "Foto 1", "Foto 0"]
    assert await titles("?type=image/png") == await titles("?type=png") == ["Foto 1"]
    assert await titles("?type=jpg") == await titles("?type=jpeg") == ["Foto 0"]
    assert await titles("?dateFrom=2031-03-02&dateTo=2031-03-02") == ["Foto 2", "Foto 1"]
    assert await titles("?dateTo=2031-03-01") == ["Foto 0"]
    assert await titles("?dateFrom=2031-03-03&type=gif") == ["Foto 3"]
    assert await titles("?dateFrom=9999-12-31&dateTo=0001-01-01") == []
    for query in ("?type=svg", "?dateFrom=kemarin", "?limit=51", "?page=0"):
        assert (await visitor.get(f"/gallery{query}")).status_code == 422
    with count_statements(radio.services.db) as statements:
        page = (await visitor.get("/gallery?limit=3&page=2")).json()
    assert statements.count == 2  # the total is known from above
    assert ([item["title"] for item in page["data"]], page["pagination"]["total"]) == (["Foto 0"], 4)
    radio.services.cache.forget_all()
    with count_statements(radio.services.db) as statements:
        await visitor.get("/gallery?limit=3")
    assert statements.count == 3
    with count_statements(radio.services.db) as statements:
        await visitor.get("/gallery?limit=3")
    assert statements.count == 0


def test_the_description_names_the_forms():
    paths = describe_product(PRODUCT)["paths"]
    create = paths["/gallery"]["post"]["requestBody"]["content"]
    change = paths["/gallery/{picture_id}"]["put"]["requestBody"]["content"]
    assert set(create) == {"multipart/form-data"}
    assert set(change) == {"multipart/form-data", "application/json"}
    schemas = describe_product(PRODUCT)["components"]["schemas"]
    assert schemas["PictureUpload"]["required"] == ["title", "file"]
    assert schemas["PictureUpload"]["properties"]["file"] == {
        "type": "string", "contentMediaType": "application/octet-stream",
    }  # fmt: skip
    assert set(schemas["PictureReplacement"]["properties"]) == {"title", "description", "file"}


async def test_the_demonstration_pictures_are_there(radio):
    async with radio.services.db.transaction() as tx:
        await seed_gallery(tx, radio.staff, radio.services.db, radio.services.storage)
    await radio.work()
    listed = (await (await radio.http()).get("/gallery")).json()["data"]
    assert len(listed) == 4
    assert {len(item["thumbnails"]) for item in listed} == {2}
