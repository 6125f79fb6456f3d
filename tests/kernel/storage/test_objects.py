"""Objects by key: both stores behave alike, and no key leads out of the folder."""

from __future__ import annotations

import asyncio
import os
import resource
import time
from datetime import timedelta
from pathlib import Path

import pytest

from colonnade.kernel.core import Invalid, NotFound, Unavailable
from colonnade.kernel.storage import Storage, check_key, new_key, open_storage, variant_key

TRICKS = [
    "",
    "..",
    "../secret.txt",
    "a/../../secret.txt",
    "a/./b.jpg",
    "/etc/passwd",
    "a//b.jpg",
    "a/b.jpg/",
    "a\\..\\b.jpg",
    "a/b\0.jpg",
    "a/b.jpg\n",
    "a/%2e%2e/b.jpg",
    "..%2fsecret.txt",
    "a/b%00.jpg",
    "a/.htaccess",
    "a/b.jpg#1",
    "a/b.tar.gz",
    "A/b.jpg",
    "a/b c.jpg",
    "a/ｂ.jpg",
    "a/b١.jpg",
    "b.jpg",
    "c:/b.jpg",
    "a/b/c/d/e/f.jpg",
    "a/" + "b" * 129 + ".jpg",
]


async def test_what_is_put_comes_back_and_goes(any_storage: Storage) -> None:
    await any_storage.put("gallery/one.jpg", b"first", "image/jpeg")
    await any_storage.put("gallery/two.png", b"x" * 600_000)
    await any_storage.put("other/three.png", b"")

    assert await any_storage.get("gallery/one.jpg") == b"first"
    assert b"".join([chunk async for chunk in any_storage.stream("gallery/two.png")]) == b"x" * 600_000
    assert {(e.key, e.size_bytes) async for e in any_storage.list("gallery")} == {
        ("gallery/one.jpg", 5),
        ("gallery/two.png", 600_000),
    }
    assert {e.key async for e in any_storage.list("gall")} == set()

    await any_storage.put("gallery/one.jpg", b"second")
    assert await any_storage.get("gallery/one.jpg") == b"second"
    await any_storage.delete("gallery/one.jpg")
    await any_storage.delete("gallery/one.jpg")
    assert not await any_storage.exists("gallery/one.jpg")
    with pytest.raises(NotFound):
        await any_storage.get("gallery/one.jpg")
    with pytest.raises(NotFound):
        _ = [chunk async for chunk in any_storage.stream("gallery/one.jpg")]
    assert {e.key async for e in any_storage.list()} == {"gallery/two.png", "other/three.png"}


async def test_a_file_is_put_in_parts(any_storage: Storage, tmp_path: Path) -> None:
    path = tmp_path / "large"
    path.write_bytes(os.urandom(20 * 2**20))
    await any_storage.put("private/large/one.bin", path)
    assert await any_storage.get("private/large/one.bin") == path.read_bytes()
    path.write_bytes(b"small")
    await any_storage.put("private/large/one.bin", path)
    assert await any_storage.get("private/large/one.bin") == b"small"


async def test_a_file_is_never_whole_in_memory(storage: Storage, tmp_path: Path) -> None:
    path = tmp_path / "large"
    piece = os.urandom(2**20)
    with path.open("wb") as file:
        for _ in range(64):
            file.write(piece)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    await storage.put("private/large/one.bin", path)
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024 < 32 * 2**20


async def test_serving_is_for_ever_and_never_sniffed(any_storage: Storage) -> None:
    await any_storage.put("gallery/one.jpg", b"picture")

    served = await any_storage.serve("gallery/one.jpg")
    assert served.status == 200
    assert served.body is not None
    assert b"".join([chunk async for chunk in served.body]) == b"picture"
    assert served.headers["Content-Type"] == "image/jpeg"
    assert served.headers["Content-Length"] == "7"
    assert served.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert served.headers["X-Content-Type-Options"] == "nosniff"
    assert served.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert "Content-Disposition" not in served.headers
    etag = served.headers["ETag"]
    assert etag.startswith('"')
    assert etag.endswith('"')

    for header in (etag, f'"other", W/{etag}', "*"):
        again = await any_storage.serve("gallery/one.jpg", header)
        assert (again.status, again.body, again.headers["ETag"]) == (304, None, etag)
    assert (await any_storage.serve("gallery/one.jpg", '"other"')).status == 200


@pytest.mark.parametrize("name", ["page.html", "drawing.svg", "data", "report.pdf"])
async def test_what_is_no_image_is_a_download(storage: Storage, name: str) -> None:
    await storage.put(f"files/{name}", b"<script>alert(1)</script>")
    headers = (await storage.serve(f"files/{name}")).headers
    assert headers["Content-Type"] == "application/octet-stream"
    assert headers["Content-Disposition"] == "attachment"


@pytest.mark.parametrize("key", TRICKS)
async def test_a_key_cannot_lead_anywhere_else(storage: Storage, folder: Path, key: str) -> None:
    (folder.parent / "secret.txt").write_bytes(b"secret")

    with pytest.raises(NotFound):
        await storage.serve(key)
    for attempt in (storage.put(key, b"x"), storage.get(key), storage.delete(key), storage.exists(key)):
        with pytest.raises(Invalid):
            await attempt
    with pytest.raises(Invalid):
        storage.url(key)
    assert sorted(p.name for p in folder.parent.rglob("*")) == ["secret.txt", "uploads"]
    assert (folder.parent / "secret.txt").read_bytes() == b"secret"


async def test_private_objects_have_no_address(storage: Storage) -> None:
    await storage.put("private/export.csv", b"names")
    with pytest.raises(NotFound):
        await storage.serve("private/export.csv")
    with pytest.raises(Invalid):
        storage.url("private/export.csv")
    assert await storage.get("private/export.csv") == b"names"


def modes_below(folder: Path) -> dict[str, str]:
    """Return the mode of each file and folder below `folder`, in octal."""
    found = {path.relative_to(folder).as_posix(): path.stat().st_mode & 0o777 for path in folder.rglob("*")}
    return {name: f"{mode:o}" for name, mode in found.items()}


async def test_private_objects_are_for_this_account_only(tmp_path: Path) -> None:
    umask = os.umask(0o022)
    try:
        (tmp_path / "private" / "chat").mkdir(parents=True)
        (tmp_path / "private" / "chat" / "before.jpg").touch()
        storage = open_storage(str(tmp_path))
        await storage.put("private/chat/photo.jpg", b"photo")
        await storage.put("private/exports/one.sealed", b"everything")
        await storage.put("private/notes.txt", b"notes")
        await storage.put("gallery/one.jpg", b"public")
    finally:
        os.umask(umask)
    assert modes_below(tmp_path) == {
        "private": "700",
        "private/notes.txt": "600",
        "private/chat": "700",
        "private/chat/before.jpg": "644",
        "private/chat/photo.jpg": "600",
        "private/exports": "700",
        "private/exports/one.sealed": "600",
        "gallery": "755",
        "gallery/one.jpg": "644",
    }


def test_an_open_private_area_is_closed_when_the_storage_is_opened(tmp_path: Path) -> None:
    (tmp_path / "private" / "exports").mkdir(parents=True, mode=0o755)
    (tmp_path / "private").chmod(0o755)
    open_storage(str(tmp_path))
    assert modes_below(tmp_path)["private"] == "700"


async def test_a_link_in_the_folder_is_not_a_way_in(storage: Storage, folder: Path) -> None:
    """Whoever can make links there is an operator; listing and sweeping must still not follow them."""
    (folder.parent / "outside").mkdir()
    (folder.parent / "outside" / "x.jpg").write_bytes(b"x")
    (folder / "linked").symlink_to(folder.parent / "outside")
    assert await storage.clean_staging(timedelta(0)) == 0
    assert (folder.parent / "outside" / "x.jpg").exists()


def test_a_key_has_an_address_below_the_public_path(tmp_path: Path) -> None:
    storage = open_storage(str(tmp_path), public_path="radio/uploads/")
    assert storage.url("gallery/one.jpg") == "/radio/uploads/gallery/one.jpg"


def test_keys_are_random_and_thumbnails_follow() -> None:
    key = new_key("gallery", "jpg")
    assert key != new_key("gallery", "jpg")
    assert check_key(key) == key
    assert len(key) == len("gallery/.jpg") + 32
    assert variant_key(key, 320, "webp") == key.removesuffix(".jpg") + "-w320.webp"
    with pytest.raises(Invalid):
        new_key("../gallery", "jpg")
    with pytest.raises(ValueError, match="extension"):
        new_key("gallery", "j/g")


async def test_check_writes_and_leaves_nothing(any_storage: Storage) -> None:
    await any_storage.check()
    await asyncio.gather(*(any_storage.check() for _ in range(20)))
    assert {e.key async for e in any_storage.list()} == set()


async def test_check_says_when_the_folder_cannot_be_written(tmp_path: Path) -> None:
    storage = open_storage(str(tmp_path / "uploads"))
    (tmp_path / "uploads").rmdir()
    (tmp_path / "uploads").write_bytes(b"a file where the folder was")  # refused to root as well
    with pytest.raises(Unavailable):
        await storage.check()


async def test_check_says_when_the_server_is_away() -> None:
    storage = open_storage(
        "s3://pictures/x", endpoint="http://127.0.0.1:9", access_key_id="key", secret_access_key="secret"
    )
    with pytest.raises(Unavailable):
        await storage.check()


async def test_half_written_files_are_removed_when_old(storage: Storage, folder: Path) -> None:
    await storage.put("gallery/one.jpg", b"whole")
    old, fresh, foreign = (folder / "gallery" / name for name in ("two.jpg#1", "three.jpg#1", "NOTES#1"))
    for path in (old, fresh, foreign):
        path.write_bytes(b"half")
    for path in (old, foreign):
        os.utime(path, (time.time() - 90_000,) * 2)

    assert {e.key async for e in storage.list()} == {"gallery/one.jpg"}
    assert await storage.clean_staging() == 1
    assert sorted(p.name for p in (folder / "gallery").iterdir()) == ["NOTES#1", "one.jpg", "three.jpg#1"]


@pytest.mark.parametrize("url", ["s3://", "ftp://host/x", "http://bucket/x", "file://host/x"])
def test_other_addresses_are_refused(url: str) -> None:
    with pytest.raises(ValueError, match="storage URL"):
        open_storage(url)
