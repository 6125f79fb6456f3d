"""Answers that are kept for repeats of a request leave with what somebody wrote, whether they had an account or not."""

from __future__ import annotations

from typing import Any

import pytest

MAIL, NUMBER = "lestari@contoh.id", "+62 812-3456-7890"
PARTNER = {"contact_person": "Ibu Lestari", "email": MAIL, "phone": NUMBER, "partnership_type": "mitra"}
SONG = {"song_title": "Seperti Rusa", "requester_name": "Ibu Lestari", "contact": NUMBER}
PRAYER = {"content": "Mohon doakan ibu saya yang sakit.", "contact": NUMBER}
TESTIMONIAL = {"name": "Ibu Lestari", "email": MAIL, "content": "Siaran doa malam menguatkan kami."}
ARTICLE = {
    "title": "Renungan pagi",
    "content": "<p>Rancangan yang belum boleh dibaca.</p>",
    "status": "draft",
}
LEFT = (
    ("/services/song_request", SONG),
    ("/services/prayer", PRAYER),
    ("/testimonials", TESTIMONIAL),
    ("/membership/register", PARTNER),
)


async def kept(radio: Any) -> list[bytes]:
    rows = await radio.services.db.fetch("SELECT body, fingerprint FROM idempotency_keys WHERE body <> ''")
    return [row["body"] + row["fingerprint"] for row in rows]


@pytest.mark.parametrize(("path", "body"), LEFT)
async def test_what_a_visitor_left_takes_its_answer_along(
    radio: Any, path: str, body: dict[str, Any]
) -> None:
    await radio.services.db.execute(
        "INSERT INTO membership_tiers (code, position, name, description, benefits) "
        "VALUES ('mitra', 1, 'Mitra', 'Bersama kami', '{}')"
    )
    visitor, admin = await radio.http(), await radio.http("admin")
    first = await visitor.post(path, json=body, headers={"Idempotency-Key": "mine"})
    assert first.status_code == 201, first.text
    erasure = {"email": MAIL, "phone": NUMBER, "reason": "Letter of 29 November"}
    other = {**erasure, "email": "budi@contoh.id", "phone": "+62 811 6000 123"}
    assert (await admin.post("/privacy/erasures", json=other)).status_code == 200
    assert len(await kept(radio)) == 1
    assert (await admin.post("/privacy/erasures", json=erasure)).json()["data"]["erased"] != {}
    assert await kept(radio) == []
    again = await visitor.post(path, json=body, headers={"Idempotency-Key": "mine"})
    assert (again.status_code, again.json()["error"]["code"]) == (409, "IDEMPOTENCY_KEY_ERASED")
    assert (await admin.post("/privacy/erasures", json=erasure)).json()["data"]["erased"] == {
        "chat_sessions": 0,
        "testimonials": 0,
        "registrations": 0,
        "prayer_requests": 0,
        "song_requests": 0,
    }


async def test_a_deleted_draft_takes_its_answer_along(radio: Any) -> None:
    editor = await radio.http("admin")
    for key, title in (("one", "Renungan pagi"), ("two", "Renungan malam")):
        made = await editor.post(
            "/articles", json={**ARTICLE, "title": title, "slug": key}, headers={"Idempotency-Key": key}
        )
        assert made.status_code == 201, made.text
    assert (await editor.delete("/articles/one")).status_code == 204
    (left,) = await kept(radio)
    assert b"Renungan malam" in left
    again = await editor.post(
        "/articles",
        json={**ARTICLE, "title": "Renungan pagi", "slug": "one"},
        headers={"Idempotency-Key": "one"},
    )
    assert (again.status_code, again.json()["error"]["code"]) == (409, "IDEMPOTENCY_KEY_ERASED")
