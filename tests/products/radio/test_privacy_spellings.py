"""People are found by every spelling of their address and number, whatever stands beside it, and nobody else is."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from colonnade.kernel.core.fields import FieldCipher

MAIL, NUMBER, ANOTHER = "ani@example.org", "0812-3456-7890", "0811 6000 123"
HERS = [
    MAIL,
    "Ani <ANI@example.org>",
    "mailto:ani@example.org",
    "ani@example.org.",
    "(ani@example.org)",
    "ani@example.org,lain@x.org",
    "ani@example.org / 0811 6000 123",
    "ani@example.org atau WA",
    "ａｎｉ＠ｅｘａｍｐｌｅ．ｏｒｇ",
    "ani@example.org / 0812 3456 7890",
    "0812 3456 7890, lain@x.org",
    "0811 6000 123 / 081234567890",
    "６２８１２３４５６７８９０",
    "٠٨١٢٣٤٥٦٧٨٩٠",
    "telp 0812 3456 7890 jam 9-17",
    "kode pos 40111, 081234567890",
]
OTHERS = ["ani@example.org.au", "sani@example.org", "0812345678901", "+49 812 3456 7890", "0811 6000 123"]


@pytest.fixture
async def station(radio: Any) -> Any:
    """Provide the station with a tier that is open."""
    await radio.services.db.execute(
        "INSERT INTO membership_tiers (code, position, name, description, benefits) "
        "VALUES ('mitra', 1, 'Mitra', 'Bersama kami', '{}')"
    )
    return radio


async def post(radio: Any, path: str, body: dict[str, Any]) -> None:
    radio.forget_limits()
    await radio.services.db.execute("DELETE FROM song_listeners")
    answer = await (await radio.http()).post(path, json=body)
    assert answer.status_code == 201, answer.text


async def register(radio: Any, email: str, *, phone: str = ANOTHER) -> None:
    partner = {"contact_person": "Ani", "email": email, "phone": phone, "partnership_type": "mitra"}
    await post(radio, "/membership/register", partner)


async def bear_witness(radio: Any, email: str) -> None:
    words = {"name": "Ani", "email": email, "content": "Siaran doa malam menguatkan kami."}
    await post(radio, "/testimonials", words)


async def ask(radio: Any, contact: str) -> None:
    song = {"song_title": "Kidung", "requester_name": "Ani", "contact": contact}
    await post(radio, "/services/song_request", song)
    prayer = {"content": "Mohon doakan ibu saya yang sakit.", "name": "Ani", "contact": contact}
    await post(radio, "/services/prayer", prayer)


async def found(radio: Any, **query: str) -> dict[str, Any]:
    answer = await (await radio.http("admin")).post("/privacy/searches", json=query)
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]


async def counted(radio: Any, **query: str) -> dict[str, int]:
    return {kind: len(each) for kind, each in (await found(radio, **query))["data"].items() if each}


async def erased(radio: Any, **query: str) -> dict[str, Any]:
    answer = await (await radio.http("admin")).post("/privacy/erasures", json={**query, "reason": "Letter"})
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.mark.parametrize(
    ("left", "asked"),
    [
        ("ani@bücher.de", ["ani@bücher.de", "ANI@BÜCHER.DE", "ani@xn--bcher-kva.de", "ani@bu\u0308cher.de"]),
        ("ani@xn--bcher-kva.de", ["ani@bücher.de", "ani@XN--BCHER-KVA.de"]),
        ("JO\u0308RAN@x.org", ["jöran@x.org", "JÖRAN@X.org"]),
        ("ａni@x.org", ["ani@x.org", "ＡＮＩ@x.org"]),
        ("ani@x.org", ["ＡＮＩ@x.org", "Ani@ｘ.org"]),
    ],
)
async def test_the_spellings_of_an_address_meet(station, left, asked):
    await register(station, left)
    await bear_witness(station, left)
    await ask(station, left)
    await register(station, "joran@x.org" if "x.org" in left else "ani@bucher.de")
    for email in asked:
        assert await counted(station, email=email) == {
            "testimonials": 1, "registrations": 1, "prayer_requests": 1, "song_requests": 1
        }, email  # fmt: skip
    answer = await erased(station, email=asked[-1])
    assert sum(answer["data"]["erased"].values()) == 4
    assert await counted(station, email=asked[0]) == {}
    assert await station.services.db.fetch_value("SELECT count(*) FROM membership_registrations") == 1


async def test_whatever_stands_beside_an_address_or_number_it_is_found_and_erased(station):
    for contact in [*HERS, *OTHERS]:
        await ask(station, contact)
    hers = await found(station, email=MAIL, phone=NUMBER)
    for kind in ("song_requests", "prayer_requests"):
        assert {each["contact"] for each in hers["data"][kind]} == set(HERS)
    answer = await erased(station, email=MAIL, phone=NUMBER)
    assert answer["message"] == "What was found of this person has been erased"
    assert answer["data"]["erased"]["song_requests"] == len(HERS)
    assert answer["data"]["erased"]["prayer_requests"] == len(HERS)
    assert await counted(station, email=MAIL, phone=NUMBER) == {}
    songs = await station.services.db.fetch("SELECT contact FROM song_requests WHERE contact IS NOT NULL")
    assert sorted(row["contact"] for row in songs) == sorted(OTHERS)
    kept = await station.services.db.fetch_value(
        "SELECT count(*) FROM prayer_requests WHERE redacted_at IS NULL"
    )
    assert kept == len(OTHERS)


async def test_a_contact_that_names_two_is_each_ones(station):
    await ask(station, "ani@example.org,lain@x.org")
    assert await counted(station, email="lain@x.org") == {"prayer_requests": 1, "song_requests": 1}
    assert await counted(station, email=MAIL) == {"prayer_requests": 1, "song_requests": 1}


async def test_an_erasure_claims_no_more_than_it_has_done(station):
    answer = await erased(station, email="nobody@example.org")
    assert answer["message"] == "Nothing was found, nothing was erased"
    assert sum(answer["data"]["erased"].values()) == 0
    await ask(station, MAIL)
    reference = str(await station.services.db.fetch_value("SELECT id FROM song_requests"))
    for number in (1, 0):
        answer = await erased(station, reference=reference)
        assert answer["data"]["erased"]["song_requests"] == number


async def test_a_chat_session_is_erased_once(station):
    answer = await (await station.http()).post("/livechat/session", json={"name": "Ani"})
    reference = answer.json()["data"]["session_id"]
    for number in (1, 0):
        answer = await erased(station, reference=reference)
        assert answer["data"]["erased"]["chat_sessions"] == number


async def test_what_cannot_be_read_is_not_claimed_to_be_erased(station):
    await ask(station, "lain@x.org")
    strange = FieldCipher({"gone": b"k" * 32})
    await station.services.db.execute(
        "UPDATE prayer_requests SET contact = $1", strange.encrypt(MAIL, place=f"nowhere:{uuid.uuid4()}")
    )
    assert (await found(station, email=MAIL))["unreadable"] == {"prayer_requests": 1}
    answer = await erased(station, email=MAIL)
    assert answer["data"]["unreadable"] == {"prayer_requests": 1}
    assert answer["message"] == (
        "Nothing was found, nothing was erased; 1 could not be read, which may be this person's as well"
    )
