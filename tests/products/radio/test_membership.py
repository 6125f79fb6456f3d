"""Partnership through HTTP, with its mails."""

from __future__ import annotations

import asyncio
import csv
import io
from datetime import UTC, datetime

import pytest

from colonnade.kernel.mail import choose_language, fetch_dev_mail, list_dev_mails
from colonnade.kernel.testing import count_statements
from colonnade.products.radio.membership import routes as membership_routes

BODY = {
    "contact_person": "Ruth Siregar",
    "email": "ruth@gereja.id",
    "phone": "+62 812-5550-1101",
    "organisation": "GKI Anugerah",
    "partnership_type": "mitra",
    "message": "Kami ingin menyiarkan ibadah.",
}


@pytest.fixture
async def radio(radio):
    """Provide the station with two tiers that are open and one that is not."""
    await radio.services.db.execute(
        """
        INSERT INTO membership_tiers (code, position, name, description, benefits, monthly_minimum_rupiah, is_open)
        VALUES ('mitra', 2, 'Mitra Pelayanan', 'Bersama kami', ARRAY['Kunjungan studio'], 250000, true),
               ('sahabat', 1, 'Sahabat', 'Mendukung', ARRAY['Buletin', 'Doa'], 50000, true),
               ('lama', 3, 'Lama', 'Tidak ada lagi', '{}', NULL, false)
        """
    )
    return radio


async def register(client, **more):
    headers = more.pop("headers", None)
    return await client.post("/membership/register", json={**BODY, **more}, headers=headers)


async def count(radio):
    return await radio.services.db.fetch_value("SELECT count(*) FROM membership_registrations")


async def mails(radio):
    await radio.work()
    db = radio.services.db
    found = [await fetch_dev_mail(db, mail.id) for mail in await list_dev_mails(db)]
    return {mail.recipient: mail for mail in found}


async def test_the_tiers_are_shown_in_order_and_cached(radio):
    visitor = await radio.http()
    with count_statements(radio.services.db) as statements:
        info = await visitor.get("/membership/info")
    assert statements.count == 1
    assert info.json()["data"]["tiers"] == [
        {
            "code": "sahabat",
            "name": "Sahabat",
            "description": "Mendukung",
            "benefits": ["Buletin", "Doa"],
            "monthly_minimum_rupiah": 50000,
        },
        {
            "code": "mitra",
            "name": "Mitra Pelayanan",
            "description": "Bersama kami",
            "benefits": ["Kunjungan studio"],
            "monthly_minimum_rupiah": 250000,
        },
    ]
    with count_statements(radio.services.db) as statements:
        assert (await visitor.get("/membership/info")).content == info.content
    assert statements.count == 0


async def test_a_registration_mails_the_partner_and_the_station(radio):
    visitor, editor = await radio.http(), await radio.http("editor")
    made = await register(visitor)
    assert made.status_code == 201
    registered = made.json()["data"]
    assert set(registered) == {"id", "partnership_type", "status", "created_at"}
    assert (registered["partnership_type"], registered["status"]) == ("mitra", "new")
    sent = await mails(radio)
    assert set(sent) == {"ruth@gereja.id", "siaran@elshaddaifm.id"}
    partner, station = sent["ruth@gereja.id"], sent["siaran@elshaddaifm.id"]
    assert (partner.language, partner.subject) == (
        "id",
        "Terima kasih, pendaftaran kemitraan Anda kami terima",
    )
    assert partner.text.startswith("Shalom,\n")
    # Nobody confirmed the address: nothing that the sender wrote stands in it.
    for field in ("contact_person", "phone", "organisation", "message"):
        assert BODY[field] not in partner.text + partner.html
    assert "<strong>Mitra Pelayanan</strong>" in partner.html
    assert BODY["message"] not in partner.text
    assert station.reply_to == "ruth@gereja.id"
    assert station.subject == f"Pendaftaran kemitraan baru no. {registered['id']}: Mitra Pelayanan"
    for field in ("contact_person", "email", "phone", "organisation", "message"):
        assert BODY[field] in station.text
    shown = (await editor.get(f"/membership/registrations/{registered['id']}")).json()["data"]
    assert {name: shown[name] for name in BODY} == BODY
    assert (shown["status"], shown["language"], shown["updated_by"]) == ("new", "id", None)


@pytest.mark.parametrize(
    ("language", "header", "subject"),
    [
        (None, "en-GB,en;q=0.9,id;q=0.8", "Thank you, we have received your partnership registration"),
        ("en", "id", "Thank you, we have received your partnership registration"),
        ("id", "en", "Terima kasih, pendaftaran kemitraan Anda kami terima"),
        (None, "fr", "Terima kasih, pendaftaran kemitraan Anda kami terima"),
    ],
)
async def test_the_mail_speaks_the_partners_language(radio, language, header, subject):
    visitor = await radio.http()
    made = await register(visitor, language=language, headers={"Accept-Language": header})
    assert made.status_code == 201
    sent = await mails(radio)
    assert sent["ruth@gereja.id"].subject == subject
    assert sent["siaran@elshaddaifm.id"].language == "id"


@pytest.mark.parametrize(
    ("header", "language"),
    [
        (None, "id"),
        ("", "id"),
        ("en", "en"),
        ("EN-us", "en"),
        ("id;q=0.5, en;q=0.8", "en"),
        ("en;q=0", "id"),
        ("de, en;q=0.1", "en"),
        ("in-ID,en;q=0.9", "id"),
        ("en;q=viel", "id"),
        (";;;,,,", "id"),
    ],
)
def test_the_language_of_a_browser(header, language):
    assert choose_language(header) == language


async def test_one_open_registration_per_address_and_tier(radio):
    visitor, admin = await radio.http(), await radio.http("admin")
    answers = await asyncio.gather(
        *(register(visitor, email=f"{'Ruth' if n % 2 else 'ruth'}@gereja.id") for n in range(5))
    )
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409, 409]
    refused = [answer.json()["error"] for answer in answers if answer.status_code == 409]
    assert {(error["code"], error["field"]) for error in refused} == {("ALREADY_REGISTERED", "email")}
    assert await count(radio) == 1
    assert len(await mails(radio)) == 2
    radio.forget_limits()
    assert (await register(visitor, partnership_type="sahabat")).status_code == 201
    first = (await admin.get("/membership/registrations?type=mitra")).json()["data"][0]
    for status, again in (("contacted", 409), ("declined", 201)):
        path = f"/membership/registrations/{first['id']}"
        assert (await admin.patch(path, json={"status": status})).status_code == 200
        assert (await register(visitor)).status_code == again


async def test_of_ten_steps_the_first_counts(radio):
    visitor, admin, other = await radio.http(), await radio.http("admin"), await radio.http("admin")
    registration = (await register(visitor)).json()["data"]
    path = f"/membership/registrations/{registration['id']}"
    refused = await admin.patch(path, json={"status": "active"})
    assert (refused.status_code, refused.json()["error"]["details"]) == (409, {"status": "new"})
    answers = await asyncio.gather(*(admin.patch(path, json={"status": "contacted"}) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409]
    answers = await asyncio.gather(
        *(
            (admin, other)[n % 2].patch(path, json={"status": ("active", "declined")[n % 2]})
            for n in range(10)
        )
    )
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 9
    winner = next(answer.json()["data"] for answer in answers if answer.status_code == 200)
    assert winner["status"] in ("active", "declined")
    assert winner["updated_by"] == radio.staff["admin"]
    assert (await admin.get(path)).json()["data"] == winner


async def test_only_staff_read_and_only_admins_decide(radio):
    visitor, editor, penyiar = await radio.http(), await radio.http("editor"), await radio.http("penyiar")
    registration = (await register(visitor)).json()["data"]
    path = f"/membership/registrations/{registration['id']}"
    for client, read, update in ((visitor, 401, 401), (penyiar, 403, 403), (editor, 200, 403)):
        assert (await client.get("/membership/registrations")).status_code == read
        assert (await client.get(path)).status_code == read
        assert (await client.patch(path, json={"status": "contacted"})).status_code == update
    assert (await editor.get(path)).json()["data"]["status"] == "new"
    admin = await radio.http("admin")
    assert (
        await admin.patch("/membership/registrations/99", json={"status": "contacted"})
    ).status_code == 404
    assert (await admin.patch(path, json={"status": "new"})).status_code == 422


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"contact_person": "x"}, "contact_person"),
        ({"contact_person": "x" * 101}, "contact_person"),
        ({"contact_person": "http://jahat.example"}, "contact_person"),
        ({"contact_person": "Ruth\r\nBcc: a@b.id"}, "contact_person"),
        ({"email": "bukan"}, "email"),
        ({"email": "a..b@gereja.id"}, "email"),
        ({"email": "ruth@gereja_.id"}, "email"),
        ({"phone": "12345"}, "phone"),
        ({"phone": "telepon saya"}, "phone"),
        ({"organisation": "x" * 256}, "organisation"),
        ({"partnership_type": "lama"}, "partnership_type"),
        ({"partnership_type": "emas"}, "partnership_type"),
        ({"message": "x" * 2001}, "message"),
        ({"language": "de"}, "language"),
    ],
)
async def test_bad_input_is_refused_and_mails_nobody(radio, change, field):
    answer = await register(await radio.http(), **change)
    assert (answer.status_code, list(answer.json()["error"]["details"])) == (422, [field])
    assert await count(radio) == 0
    assert await mails(radio) == {}


async def test_limits_are_reached_exactly(radio):
    visitor, editor = await radio.http(), await radio.http("editor")
    wide = {"contact_person": "ร" * 100, "organisation": "y" * 255, "message": "z" * 2000}
    assert (await register(visitor, **wide)).status_code == 201
    bare = await register(visitor, email="b@gereja.id", organisation="", message="", language="")
    assert bare.status_code == 201
    listed = (await editor.get("/membership/registrations")).json()["data"]
    assert [(item["organisation"], item["message"]) for item in listed] == [
        (None, None),
        ("y" * 255, "z" * 2000),
    ]
    assert len(await mails(radio)) == 3


async def test_six_in_an_hour_are_one_too_many(radio):
    visitor = await radio.http()
    answers = await asyncio.gather(*(register(visitor, email=f"r{n}@gereja.id") for n in range(7)))
    assert sorted(answer.status_code for answer in answers) == [201] * 5 + [429] * 2
    assert await count(radio) == 5


async def test_the_staff_list_filters_and_counts(radio):
    visitor, admin = await radio.http(), await radio.http("admin")
    for number in range(4):
        kind = "mitra" if number % 2 else "sahabat"
        await register(visitor, email=f"r{number}@gereja.id", partnership_type=kind)
    await admin.patch("/membership/registrations/1", json={"status": "contacted"})
    with count_statements(radio.services.db) as statements:
        listed = (await admin.get("/membership/registrations?status=new&limit=2")).json()
    # Two of the list, and one that finds out who asks.
    assert statements.count == 3
    assert [item["email"] for item in listed["data"]] == ["r3@gereja.id", "r2@gereja.id"]
    assert listed["pagination"]["total"] == 3
    listed = (await admin.get("/membership/registrations?type=sahabat")).json()
    assert [item["email"] for item in listed["data"]] == ["r2@gereja.id", "r0@gereja.id"]
    assert (await admin.get("/membership/registrations?status=lama")).status_code == 422


async def test_partners_are_exported_for_spreadsheets_and_no_formula_is_run(radio, monkeypatch):
    monkeypatch.setattr(membership_routes, "EXPORT_BATCH", 2)
    visitor, editor = await radio.http(), await radio.http("editor")
    for number in range(3):
        answer = await register(
            visitor, email=f"mitra{number}@gereja.id", message="=1+1", organisation="@Gereja\tKita"
        )
        assert answer.status_code == 201, answer.text
    begun = datetime.now(UTC).isoformat()
    answer = await editor.get("/membership/registrations/export.csv")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/csv; charset=utf-8")
    assert answer.headers["content-disposition"] == 'attachment; filename="partners.csv"'
    assert answer.content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))
    assert [row["email"] for row in rows] == [f"mitra{number}@gereja.id" for number in range(3)]
    listed = (await editor.get("/membership/registrations")).json()["data"][0]
    assert {row["message"] for row in rows} == {"'=1+1"}
    assert {row["organisation"] for row in rows} == {"'" + listed["organisation"]}
    assert {row["phone"] for row in rows} == {"'" + listed["phone"]}
    none = await editor.get("/membership/registrations/export.csv?status=active")
    assert len(none.text.splitlines()) == 1
    exported = {"action": "registrations.exported", "since": begun}
    audit = (await (await radio.http("admin")).get("/audit", params=exported)).json()["data"]
    assert [entry["after"]["status"] for entry in audit] == ["active", None]
    for role, status in ((None, 401), ("penyiar", 403)):
        refused = await (await radio.http(role)).get("/membership/registrations/export.csv")
        assert refused.status_code == status
        assert "mitra0" not in refused.text


@pytest.mark.parametrize(("name", "taken"), [("\u738b", True), ("A", False), ("\U0001f33b", False)])
async def test_a_name_of_one_character_is_one_where_names_are_written_so(radio, name, taken):
    visitor = await radio.http()
    kinds = {
        "/testimonials": {"name": name, "content": "Saya disembuhkan sesudah berdoa."},
        "/livechat/session": {"name": name},
        "/services/song_request": {"requester_name": name, "song_title": "Kasih"},
        "/services/prayer": {"name": name, "content": "Doakan keluarga kami ya."},
        "/membership/register": {**BODY, "contact_person": name},
    }
    for path, body in kinds.items():
        radio.forget_limits()
        answer = await visitor.post(path, json=body)
        told = (answer.json().get("error") or {}).get("details") or {}
        rule = [
            said
            for said in told.values()
            if said.endswith(("must be at least 2 characters", "must have a letter"))
        ]
        assert (answer.status_code < 300, len(rule)) == (taken, 0 if taken else 1), (path, answer.text)
