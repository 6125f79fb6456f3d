"""Records of files: uploads, deletions, thumbnails, and a sweep that never removes what is in use."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import timedelta
from importlib.resources import files
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import pyvips

from colonnade.kernel.core import Conflict, Event, Invalidate, Unavailable
from colonnade.kernel.db import Database
from colonnade.kernel.images import Images, ImageUnsupported, PreparedImage
from colonnade.kernel.storage import (
    MakeThumbnails,
    RemoveFiles,
    Storage,
    StoredFile,
    UploadExpired,
    add_thumbnails,
    discard_file,
    find_file,
    keep_file,
    list_thumbnails,
    mark_deleting,
    new_key,
    open_storage,
    remove_deleted,
    remove_files,
    save_thumbnails,
    sweep_files,
    sweep_storage,
    upload_file,
    uploaded,
    variant_key,
)
from colonnade.kernel.testing import until_waiting

Keys = Callable[[], Awaitable[set[str]]]
NOTHING = timedelta(0)


IMAGES = Images()


@pytest.fixture(scope="module", autouse=True)
async def processes() -> AsyncIterator[None]:
    """End the processes of these tests, which share them."""
    yield
    await IMAGES.close()


async def prepare_image(data: bytes) -> PreparedImage:
    return await IMAGES.prepare(data, owner="test")


def picture(width: int, height: int) -> bytes:
    noise = pyvips.Image.gaussnoise(width, height, mean=128, sigma=30, seed=1).cast("uchar")
    return bytes(noise.jpegsave_buffer())


async def upload(db: Database, storage: Storage, data: bytes | None = None) -> StoredFile:
    image = await prepare_image(data or picture(20, 10))
    return await upload_file(
        db,
        storage,
        image.data,
        mimetype=image.mimetype,
        extension=image.extension,
        area="gallery",
        owner="item 7",
    )


async def states(db: Database) -> dict[str, str]:
    return {row["key"]: row["state"] for row in await db.fetch("SELECT key, state FROM stored_files")}


async def set_age(db: Database, key: str, age: timedelta) -> None:
    await db.execute("UPDATE stored_files SET created_at = now() - $2::interval WHERE key = $1", key, age)


async def test_an_upload_is_pending_until_it_is_kept(db: Database, storage: Storage) -> None:
    file = await upload(db, storage)
    assert (file.state, file.owner, file.mimetype, file.variant_of) == (
        "pending",
        "item 7",
        "image/jpeg",
        None,
    )
    assert file.size_bytes == len(await storage.get(file.key))
    async with db.transaction() as tx:
        await keep_file(tx, file.key)
        await keep_file(tx, file.key)
    assert await states(db) == {file.key: "kept"}
    found = await find_file(db, file.key)
    assert found is not None
    assert found.state == "kept"


async def test_a_refused_upload_leaves_nothing(db: Database, storage: Storage, stored: Keys) -> None:
    with pytest.raises(ImageUnsupported):
        await upload(db, storage, b"<svg/>")
    assert await states(db) == {}
    assert await stored() == set()


async def test_an_upload_that_cannot_be_written_is_given_up(
    db: Database, storage: Storage, folder: Path
) -> None:
    (folder / "gallery").write_bytes(b"a file where the folder should be")
    with pytest.raises(Unavailable):
        await upload(db, storage)
    assert list((await states(db)).values()) == ["deleting"]
    (folder / "gallery").unlink()
    assert await remove_deleted(db, storage) == 1
    assert await states(db) == {}


async def test_an_upload_nobody_keeps_goes_after_an_hour(
    db: Database, storage: Storage, stored: Keys
) -> None:
    young, old, kept = [await upload(db, storage) for _ in range(3)]
    await keep_file(db, kept.key)
    await set_age(db, young.key, timedelta(minutes=59))
    await set_age(db, old.key, timedelta(minutes=61))
    await set_age(db, kept.key, timedelta(days=400))

    report = await sweep_files(db, storage)

    assert (report.expired, report.unknown, report.removed) == (1, 0, 1)
    assert await states(db) == {young.key: "pending", kept.key: "kept"}
    assert await stored() == {young.key, kept.key}
    with pytest.raises(UploadExpired):
        await keep_file(db, old.key)


async def test_a_rolled_back_keep_keeps_nothing(db: Database, storage: Storage, stored: Keys) -> None:
    file = await upload(db, storage)
    with suppress(RuntimeError):
        async with db.transaction() as tx:
            await keep_file(tx, file.key)
            raise RuntimeError
    assert await states(db) == {file.key: "pending"}
    await discard_file(db, storage, file.key)
    assert await states(db) == {}
    assert await stored() == set()


async def test_discarding_spares_what_was_kept(db: Database, storage: Storage, stored: Keys) -> None:
    file = await upload(db, storage)
    await keep_file(db, file.key)
    await discard_file(db, storage, file.key)
    assert await states(db) == {file.key: "kept"}
    assert await stored() == {file.key}


async def test_a_sweep_waits_for_a_transaction_that_is_keeping(db: Database, storage: Storage) -> None:
    file = await upload(db, storage)
    async with db.transaction() as tx:
        await keep_file(tx, file.key)
        sweep = asyncio.create_task(sweep_files(db, storage, pending_for=NOTHING))
        await until_waiting(db, sweep)
    assert (await sweep).removed == 0
    assert await states(db) == {file.key: "kept"}
    assert await storage.exists(file.key)


async def test_deletion_is_the_transactions_until_it_commits(
    db: Database, storage: Storage, stored: Keys
) -> None:
    file, other = await upload(db, storage), await upload(db, storage)
    await keep_file(db, file.key, other.key)
    with suppress(RuntimeError):
        async with db.transaction() as tx:
            assert await mark_deleting(tx, [file.key]) == [file.key]
            raise RuntimeError
    assert await remove_deleted(db, storage) == 0
    async with db.transaction() as tx:
        assert await mark_deleting(tx, [file.key, "gallery/unknown.jpg"]) == [file.key]
    assert await remove_deleted(db, storage, ["gallery/unknown.jpg"]) == 0
    assert await remove_deleted(db, storage, [file.key]) == 1
    assert await states(db) == {other.key: "kept"}
    assert await stored() == {other.key}


async def test_an_upload_is_removed_when_its_block_fails(
    db: Database, storage: Storage, stored: Keys
) -> None:
    image = await prepare_image(picture(20, 10))
    with suppress(RuntimeError):
        async with uploaded(db, storage, image, area="gallery", owner="item 7") as lost:
            assert await states(db) == {lost.key: "pending"}
            assert await storage.get(lost.key) == image.data
            raise RuntimeError
    assert await states(db) == {}
    assert await stored() == set()

    async with uploaded(db, storage, image, area="gallery", owner="item 7") as pending:
        assert (pending.mimetype, pending.owner, pending.key[-4:]) == ("image/jpeg", "item 7", ".jpg")
    with suppress(RuntimeError):
        async with uploaded(db, storage, image, area="gallery", owner="item 7") as kept:
            await keep_file(db, kept.key)
            raise RuntimeError
    assert await states(db) == {pending.key: "pending", kept.key: "kept"}
    assert await stored() == {pending.key, kept.key}


async def test_thumbnails_are_never_enlarged(db: Database, storage: Storage, stored: Keys) -> None:
    file = await upload(db, storage, picture(1500, 1000))
    small, large = await save_thumbnails(db, storage, IMAGES, file.key)
    assert (small.key, small.width, small.height) == (variant_key(file.key, 320, "webp"), 320, 213)
    assert (large.key, large.width, large.height) == (variant_key(file.key, 960, "webp"), 960, 640)
    assert small.key == file.key[:-4] + "-w320.webp"
    for made in (small, large):
        data = await storage.get(made.key)
        image = pyvips.Image.webpload_buffer(data)
        assert (image.width, image.height, len(data)) == (made.width, made.height, made.size_bytes)
    assert await save_thumbnails(db, storage, IMAGES, file.key) == [small, large]
    assert await stored() == {file.key, small.key, large.key}

    narrow = await upload(db, storage, pyvips.Image.black(500, 40).pngsave_buffer())
    assert [(t.width, t.height) for t in await save_thumbnails(db, storage, IMAGES, narrow.key)] == [
        (320, 26),
        (500, 40),
    ]
    tall = await upload(db, storage, pyvips.Image.black(400, 16_384).pngsave_buffer())
    assert [(t.width, t.height) for t in await save_thumbnails(db, storage, IMAGES, tall.key)] == [
        (200, 8192)
    ] * 2
    await storage.delete(tall.key)
    assert await save_thumbnails(db, storage, IMAGES, tall.key) == []


async def test_thumbnails_come_and_go_with_their_image(db: Database, storage: Storage, stored: Keys) -> None:
    file = await upload(db, storage, picture(400, 300))
    await keep_file(db, file.key)
    await save_thumbnails(db, storage, IMAGES, file.key)
    thumbnails = await save_thumbnails(db, storage, IMAGES, file.key)  # a job that runs again
    async with db.transaction() as tx:
        await keep_file(tx, *(t.key for t in thumbnails))
    names = {t.key for t in thumbnails}
    assert len(names) == 2
    assert await states(db) == dict.fromkeys({file.key, *names}, "kept")
    found = await find_file(db, thumbnails[0].key)
    assert found is not None
    assert (found.variant_of, found.owner, found.size_bytes) == (file.key, "item 7", thumbnails[0].size_bytes)

    async with db.transaction() as tx:
        assert set(await mark_deleting(tx, [file.key])) == {file.key, *names}
    assert await remove_deleted(db, storage) == 3
    assert await stored() == set()


async def test_the_job_makes_thumbnails_and_says_what_is_stale(dsn: str, storage: Storage) -> None:
    events: list[Event] = []

    async def dispatch(happened: Sequence[Event]) -> None:
        events.extend(happened)

    db = Database(dsn, dispatch=dispatch)
    services: Any = SimpleNamespace(db=db, storage=storage, images=IMAGES)
    file = await upload(db, storage, picture(400, 300))
    await keep_file(db, file.key)
    assert await list_thumbnails(db, [file.key]) == {}
    payload = MakeThumbnails(file.key, invalidates=("gallery",))

    for _ in range(2):
        await add_thumbnails(services, add_thumbnails.decode(add_thumbnails.encode(payload)))

    small, large = variant_key(file.key, 320, "webp"), variant_key(file.key, 960, "webp")
    assert await list_thumbnails(db, [file.key, "gallery/none.jpg"]) == {file.key: {320: small, 960: large}}
    assert await states(db) == dict.fromkeys((file.key, small, large), "kept")
    assert events == [Invalidate(("gallery",))] * 2

    keys = await mark_deleting(db, [file.key])
    await remove_files(services, RemoveFiles(tuple(keys)))
    assert await states(db) == {}
    await add_thumbnails(services, payload)
    assert await states(db) == {}
    assert len(events) == 2
    await upload(db, storage)
    await db.execute("UPDATE stored_files SET created_at = now() - interval '2 hours'")
    await sweep_storage(services)
    assert await states(db) == {}
    assert sweep_storage.expression == "*/10 * * * *"
    await db.close()


async def test_thumbnails_of_a_deleted_image_are_not_kept(
    db: Database, storage: Storage, stored: Keys
) -> None:
    file = await upload(db, storage)
    await keep_file(db, file.key)
    thumbnails = await save_thumbnails(db, storage, IMAGES, file.key)
    await mark_deleting(db, [file.key])
    with pytest.raises(UploadExpired):
        await keep_file(db, thumbnails[0].key)
    assert await save_thumbnails(db, storage, IMAGES, file.key) == []
    await sweep_files(db, storage)
    assert await stored() == set()
    assert await states(db) == {}


async def test_thumbnails_being_removed_are_not_made_meanwhile(db: Database, storage: Storage) -> None:
    file = await upload(db, storage)
    await keep_file(db, file.key)
    first, _ = await save_thumbnails(db, storage, IMAGES, file.key)
    await mark_deleting(db, [first.key])
    with pytest.raises(Conflict):
        await save_thumbnails(db, storage, IMAGES, file.key)
    await remove_deleted(db, storage)
    assert len(await save_thumbnails(db, storage, IMAGES, file.key)) == 2


async def test_unknown_objects_go_after_a_day_and_only_ours(
    db: Database, storage: Storage, folder: Path, stored: Keys
) -> None:
    kept = await upload(db, storage)
    await keep_file(db, kept.key)
    old, young = new_key("gallery", "jpg"), new_key("gallery", "jpg")
    theirs, private = "gallery/holiday.jpg", "private/" + "0" * 32 + ".csv"
    for key in (old, young, theirs, private):
        await storage.put(key, b"x")
    for key in (kept.key, old, theirs, private):
        os.utime(folder / key, (time.time() - 25 * 3600,) * 2)
    os.utime(folder / young, (time.time() - 23 * 3600,) * 2)

    report = await sweep_files(db, storage)

    assert (report.expired, report.unknown, report.removed) == (0, 1, 1)
    assert await stored() == {kept.key, young, theirs}
    assert await storage.exists(private)
    assert await states(db) == {kept.key: "kept"}


async def test_the_sweep_spares_another_databases_storage(
    db: Database, storage: Storage, stored: Keys, fresh_database: Callable[[], Awaitable[str]]
) -> None:
    file = await upload(db, storage)
    await keep_file(db, file.key)
    await sweep_files(db, storage, unknown_for=NOTHING)
    other = Database(await fresh_database())
    try:
        await other.execute(files("colonnade.kernel.db").joinpath("migrations/0020_storage.sql").read_text())
        report = await sweep_files(other, storage, unknown_for=NOTHING, pending_for=NOTHING)
        assert (report.expired, report.unknown, report.removed) == (0, 0, 0)
    finally:
        await other.close()
    assert await stored() == {file.key}


async def test_two_sweeps_at_once_do_not_disturb_each_other(db: Database, any_storage: Storage) -> None:
    for _ in range(5):
        await upload(db, any_storage)
    reports = await asyncio.gather(*(sweep_files(db, any_storage, pending_for=NOTHING) for _ in range(2)))
    assert sum(report.expired for report in reports) == 5
    assert await states(db) == {}
    assert {e.key async for e in any_storage.list()} == {"private/home"}


async def test_files_in_a_bucket(db: Database, s3_endpoint: str, tmp_path: Path) -> None:
    storage = open_storage(
        f"s3://pictures/{tmp_path.name}/files",
        endpoint=s3_endpoint,
        access_key_id="key",
        secret_access_key="secret",
    )
    file = await upload(db, storage, picture(400, 300))
    await keep_file(db, file.key)
    thumbnails = await save_thumbnails(db, storage, IMAGES, file.key)
    await keep_file(db, *(t.key for t in thumbnails))
    orphan = new_key("gallery", "png")
    await storage.put(orphan, b"x")
    report = await sweep_files(db, storage, unknown_for=NOTHING)
    assert (report.expired, report.unknown, report.removed) == (0, 1, 1)
    assert {e.key async for e in storage.list("gallery")} == {file.key, *(t.key for t in thumbnails)}
    await mark_deleting(db, [file.key])
    await remove_deleted(db, storage)
    assert {e.key async for e in storage.list("gallery")} == set()
