"""Prayer requests: encrypted at rest, read with a trace in the audit log, deleted in time."""

from __future__ import annotations

import asyncio
import logging
import uuid
from typing import Any

import pytest

from colonnade.kernel.core import FieldCipher, Undecryptable
from colonnade.kernel.testing import count_statements
from colonnade.products.radio.prayers.jobs import redact
from colonnade.products.radio.prayers.schemas import PrayerSettings
from colonnade.products.radio.prayers.seed import seed_prayers
from colonnade.products.radio.shared.schemas import StationSettings

PATH = "/services/prayer"
CONTENT = "Mohon doakan ibu saya yang sedang sakit."


async def send(radio, **more: Any) -> dict[str, Any]:
    radio.forget_limits()
    answer = await (await radio.http()).post(PATH, json={"content": CONTENT, **more})
    assert answer.status_code == 201, answer.text
    return answer.json()["data"]


async def reads(radio) -> list[tuple[str, int, bool, str]]:
    rows = await radio.services.db.fetch("SELECT * FROM prayer_reads ORDER BY id")
    return [(str(row["prayer_id"]), row["account_id"], row["with_contact"], row["address"]) for row in rows]


async def test_what_is_stored_says_nothing(radio, capfd, caplog):
    caplog.set_level(logging.DEBUG)
    made = await send(radio, name="Rina Sitorus", contact="rina@contoh.id", visibility="on_air")
    assert {name: made[name] for name in ("status", "visibility")} == {
        "status": "new",
        "visibility": "on_air",
    }
    assert set(made) == {"id", "status", "visibility", "created_at"}
    row = await radio.services.db.fetch_row("SELECT * FROM prayer_requests")
    key = radio.services.fields.current
    for column in ("content", "name", "contact"):
        assert row[column].startswith(f"v1.{key}.")
        place = f"prayer_requests.{column}:{made['id']}"
        assert radio.services.fields.decrypt(row[column], place=place) in (
            CONTENT,
            "Rina Sitorus",
            "rina@contoh.id",
        )
        for wrong in (f"prayer_requests.{column}:{uuid.uuid4()}", f"prayer_requests.other:{made['id']}"):
            with pytest.raises(Undecryptable):
                radio.services.fields.decrypt(row[column], place=wrong)
    await (await radio.http("admin")).get(PATH)
    output = "".join(capfd.readouterr()) + caplog.text
    dump = str([dict(each) for each in await radio.services.db.fetch("SELECT * FROM idempotency_keys")])
    for text in (CONTENT, "Rina Sitorus", "rina@contoh.id"):
        assert text not in output + str(row) + dump


async def test_who_reads_what(radio):
    private = await send(radio, contact="0812", name="Markus")
    on_air = await send(radio, contact="0813", name="Rina", visibility="on_air")
    nameless = await send(radio, contact="0814", name="Doni", visibility="on_air", is_anonymous=True)
    admin, penyiar = await radio.http("admin"), await radio.http("penyiar")

    async def page(http, query: str = "") -> list[tuple[str, str, str | None, str | None]]:
        body = (await http.get(PATH + query)).json()
        assert body["pagination"]["total"] == len(body["data"])
        return [(each["id"], each["content"], each["name"], each["contact"]) for each in body["data"]]

    assert await page(admin) == [
        (nameless["id"], CONTENT, None, "0814"),
        (on_air["id"], CONTENT, "Rina", "0813"),
        (private["id"], CONTENT, "Markus", "0812"),
    ]
    for query in ("", "?visibility=on_air", "?status=new"):
        assert await page(penyiar, query) == [
            (nameless["id"], CONTENT, None, None),
            (on_air["id"], CONTENT, "Rina", None),
        ]
    assert await page(penyiar, "?visibility=private") == []
    assert await page(admin, "?visibility=private") == [(private["id"], CONTENT, "Markus", "0812")]
    assert (await penyiar.get(f"{PATH}/{private['id']}")).status_code == 404
    assert (await penyiar.get(f"{PATH}/{on_air['id']}")).json()["data"]["contact"] is None
    assert (await admin.get(f"{PATH}/{private['id']}")).json()["data"]["contact"] == "0812"
    for role, status in ((None, 401), ("editor", 403)):
        http = await radio.http(role)
        assert (await http.get(PATH)).status_code == status
        assert (await http.get(f"{PATH}/{on_air['id']}")).status_code == status


async def test_every_reading_leaves_a_trace(radio):
    ids = [(await send(radio, visibility="on_air"))["id"] for _ in range(3)]
    admin, penyiar = await radio.http("admin"), await radio.http("penyiar")
    await admin.get(f"{PATH}?limit=2")
    admin_id, penyiar_id = radio.staff["admin"], radio.staff["penyiar"]
    assert await reads(radio) == [
        (ids[2], admin_id, True, "127.0.0.1"),
        (ids[1], admin_id, True, "127.0.0.1"),
    ]
    await penyiar.get(f"{PATH}/{ids[0]}")
    assert (await reads(radio))[2:] == [(ids[0], penyiar_id, False, "127.0.0.1")]
    for nothing in (f"{PATH}?page=5", f"{PATH}?status=archived", f"{PATH}/{uuid.uuid4()}"):
        await admin.get(nothing)
    await admin.patch(f"{PATH}/{ids[0]}", json={"status": "prayed"})
    await (await radio.http("editor")).get(PATH)
    assert len(await reads(radio)) == 3
    with count_statements(radio.services.db) as statements:
        await admin.get(f"{PATH}?limit=2")
    assert statements.count == 4  # the caller, the page, its trace, the total


async def test_a_page_decrypts_no_more_than_itself(radio, monkeypatch):
    for _ in range(4):
        await send(radio, contact="0812")
    opened: list[str] = []
    decrypt = FieldCipher.decrypt

    def counting(self, stored, *, place):
        opened.append(place.partition(":")[0])
        return decrypt(self, stored, place=place)

    monkeypatch.setattr(FieldCipher, "decrypt", counting)
    await (await radio.http("admin")).get(f"{PATH}?limit=2")
    assert sorted(opened) == ["prayer_requests.contact"] * 2 + ["prayer_requests.content"] * 2
    opened.clear()
    await (await radio.http("penyiar")).get(PATH)
    assert opened == []


async def test_a_row_that_cannot_be_read_does_not_hide_the_others(radio):
    broken, whole = await send(radio, contact="0812"), await send(radio)
    await radio.services.db.execute(
        "UPDATE prayer_requests SET content = 'v1.gone.AAAA' WHERE id = $1", uuid.UUID(broken["id"])
    )
    body = (await (await radio.http("admin")).get(PATH)).json()["data"]
    assert [(each["id"], each["is_readable"], each["content"], each["contact"]) for each in body] == [
        (whole["id"], True, CONTENT, None),
        (broken["id"], False, None, None),
    ]


async def test_the_steps_come_in_order_and_once(radio):
    made = await send(radio)
    admin = await radio.http("admin")
    path = f"{PATH}/{made['id']}"
    assert (await admin.patch(path, json={"status": "archived"})).status_code == 409
    for step in ("prayed", "archived"):
        answers = await asyncio.gather(*(admin.patch(path, json={"status": step}) for _ in range(4)))
        assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409]
        done = next(answer for answer in answers if answer.status_code == 200).json()["data"]
        assert (done["status"], done["prayed_by"]) == (step, radio.staff["admin"])
        assert "content" not in done
    refused = await admin.patch(path, json={"status": "prayed"})
    assert refused.json()["error"]["code"] == "PRAYER_STATUS_CONFLICT"
    assert refused.json()["error"]["details"] == {"status": "archived"}
    for bad in ({"status": "new"}, {"status": "odd"}, {}):
        assert (await admin.patch(path, json=bad)).status_code == 422
    assert (await admin.patch(f"{PATH}/{uuid.uuid4()}", json={"status": "prayed"})).status_code == 404
    for role, status in ((None, 401), ("editor", 403)):
        assert (await (await radio.http(role)).patch(path, json={"status": "prayed"})).status_code == status
    assert (await admin.get(f"{PATH}?status=archived")).json()["pagination"]["total"] == 1


async def test_presenters_mark_as_prayed_what_they_may_read_and_nothing_else(radio):
    on_air, private = await send(radio, visibility="on_air"), await send(radio)
    penyiar = await radio.http("penyiar")

    async def steps() -> dict[str, tuple[str, int | None, int | None]]:
        rows = await radio.services.db.fetch(
            "SELECT id, status, prayed_by, archived_by FROM prayer_requests WHERE id = ANY($1)",
            [on_air["id"], private["id"]],
        )
        return {str(row["id"]): (row["status"], row["prayed_by"], row["archived_by"]) for row in rows}

    async def refused(made: dict[str, Any], status: str) -> tuple[int, str, dict[str, str] | None]:
        before = await steps()
        answer = await penyiar.patch(f"{PATH}/{made['id']}", json={"status": status})
        assert await steps() == before
        error = answer.json()["error"]
        return answer.status_code, error["code"], error.get("details")

    assert await refused(private, "prayed") == (404, "NOT_FOUND", None)
    assert await refused({"id": uuid.uuid4()}, "prayed") == (404, "NOT_FOUND", None)
    for made in (on_air, private):
        assert await refused(made, "archived") == (403, "FORBIDDEN", None)
    answers = await asyncio.gather(
        *(penyiar.patch(f"{PATH}/{on_air['id']}", json={"status": "prayed"}) for _ in range(3))
    )
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409]
    done = next(answer for answer in answers if answer.status_code == 200).json()["data"]
    assert (done["status"], done["prayed_by"]) == ("prayed", radio.staff["penyiar"])
    assert await steps() == {
        on_air["id"]: ("prayed", radio.staff["penyiar"], None),
        private["id"]: ("new", None, None),
    }
    assert await refused(on_air, "archived") == (403, "FORBIDDEN", None)
    assert await refused(on_air, "prayed") == (409, "PRAYER_STATUS_CONFLICT", {"status": "prayed"})
    assert await refused(private, "prayed") == (404, "NOT_FOUND", None)


async def test_requests_are_limited_per_address(radio):
    visitor = await radio.http()
    answers = await asyncio.gather(*(visitor.post(PATH, json={"content": CONTENT}) for _ in range(8)))
    assert sorted(answer.status_code for answer in answers) == [201] * 5 + [429] * 3
    assert await radio.services.db.fetch_value("SELECT count(*) FROM prayer_requests") == 5


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("content", "123456789"), ("content", "x" * 2001), ("content", " " * 20), ("content", None), ("content", ""),
        ("name", "x"), ("name", "x" * 101), ("contact", "xx"), ("contact", "x" * 256), ("visibility", "public"),
        ("is_anonymous", "yes"),
    ],
)  # fmt: skip
async def test_bad_input_is_named(radio, field, value):
    answer = await (await radio.http()).post(PATH, json={"content": CONTENT, field: value})
    assert answer.status_code == 422
    assert list(answer.json()["error"]["details"]) == [field]
    assert await radio.services.db.fetch_value("SELECT count(*) FROM prayer_requests") == 0


async def test_private_is_what_nobody_chose_otherwise(radio):
    made = await send(radio, content="d" * 2000, name="", contact="", visibility="")
    assert made["visibility"] == "private"
    (prayer,) = (await (await radio.http("admin")).get(PATH)).json()["data"]
    assert (prayer["content"], prayer["name"], prayer["contact"]) == ("d" * 2000, None, None)
    assert (prayer["is_anonymous"], prayer["is_readable"], prayer["redacted_at"]) == (False, True, None)


async def test_texts_are_forgotten_after_the_retention_time(radio):
    old, fresh = await send(radio, name="Rina", contact="0812"), await send(radio, contact="0813")
    days = radio.services.settings.of(PrayerSettings).prayer_retention_days
    db = radio.services.db
    for made, age in ((old, days * 24 + 1), (fresh, days * 24 - 1)):
        await db.execute(
            "UPDATE prayer_requests SET created_at = now() - $2 * interval '1 hour' WHERE id = $1",
            uuid.UUID(made["id"]), float(age),
        )  # fmt: skip
    await redact(radio.services)
    row = await db.fetch_row("SELECT * FROM prayer_requests WHERE id = $1", uuid.UUID(old["id"]))
    assert (row["content"], row["name"], row["contact"], row["status"]) == (None, None, None, "new")
    body = (await (await radio.http("admin")).get(PATH)).json()["data"]
    assert [(each["content"], each["contact"], each["is_readable"]) for each in body] == [
        (CONTENT, "0813", True),
        (None, None, False),
    ]
    assert body[1]["redacted_at"] is not None


async def test_the_demonstration_requests_are_encrypted_too(radio):
    async with radio.services.db.transaction() as tx:
        await seed_prayers(tx, radio.staff, radio.services.fields, StationSettings())
    body = (await (await radio.http("admin")).get(PATH)).json()
    assert [each["status"] for each in body["data"]] == ["new", "new", "new", "prayed", "prayed", "archived"]
    assert all(each["content"] for each in body["data"])
    assert (await (await radio.http("penyiar")).get(PATH)).json()["pagination"]["total"] == 4
