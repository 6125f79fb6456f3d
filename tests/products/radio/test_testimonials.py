"""Testimonials through HTTP."""

from __future__ import annotations

import asyncio

import pytest

from colonnade.kernel.testing import count_statements

BODY = {
    "name": "Ibu Lestari",
    "email": "lestari@test.id",
    "content": "Siaran doa malam menguatkan kami.",
    "rating": 5,
}
PUBLIC = {"id", "name", "content", "rating", "created_at"}


async def submit(client, **more):
    answer = await client.post("/testimonials", json={**BODY, **more})
    assert answer.status_code == 201, answer.text
    return answer.json()["data"]


async def review(client, testimonial_id, action, **more):
    headers = {"If-Match": more.pop("etag")} if "etag" in more else {}
    return await client.post(
        f"/testimonials/{testimonial_id}/review", json={"action": action, **more}, headers=headers
    )


async def rows(radio):
    found = await radio.services.db.fetch(
        "SELECT id, name, content, status, reviewed_by FROM testimonials ORDER BY id"
    )
    return [tuple(row) for row in found]


async def test_a_testimonial_is_shown_once_approved_and_never_its_address(radio):
    visitor, editor = await radio.http(), await radio.http("editor")
    made = await submit(visitor)
    assert set(made) == {"id", "status", "created_at", "edit_token"}
    assert made["status"] == "pending"
    assert (await visitor.get("/testimonials")).json()["data"] == []
    assert (await visitor.get(f"/testimonials/{made['id']}")).status_code == 404
    assert (await visitor.get("/testimonials?status=pending")).json()["data"] == []
    approved = await review(editor, made["id"], "approve", note="Bagus")
    assert approved.status_code == 200
    assert approved.json()["data"]["status"] == "approved"
    assert approved.json()["data"]["reviewed_by"] == radio.staff["editor"]
    for path in ("/testimonials", "/testimonials?status=rejected"):
        listed = (await visitor.get(path)).json()
        assert [set(item) for item in listed["data"]] == [PUBLIC]
        assert listed["pagination"]["total"] == 1
    shown = (await visitor.get(f"/testimonials/{made['id']}")).json()["data"]
    assert set(shown) == PUBLIC
    assert shown["content"] == BODY["content"]
    penyiar = await radio.http("penyiar")
    assert [set(item) for item in (await penyiar.get("/testimonials")).json()["data"]] == [PUBLIC]


async def test_staff_list_every_status_with_addresses(radio):
    visitor, editor = await radio.http(), await radio.http("editor")
    for number in range(5):
        await submit(visitor, name=f"Pendengar {number}")
    await review(editor, 1, "approve")
    await review(editor, 2, "reject", note="Iklan")
    await review(editor, 3, "request_changes")
    everything = (await editor.get("/testimonials")).json()
    assert [item["name"] for item in everything["data"]] == [f"Pendengar {n}" for n in (4, 3, 2, 1, 0)]
    assert everything["pagination"]["total"] == 5
    assert {item["email"] for item in everything["data"]} == {"lestari@test.id"}
    for status, names in [
        ("pending", ["Pendengar 4", "Pendengar 3"]),
        ("approved", ["Pendengar 0"]),
        ("rejected", ["Pendengar 1"]),
        ("changes_requested", ["Pendengar 2"]),
    ]:
        listed = (await editor.get(f"/testimonials?status={status}")).json()
        assert [item["name"] for item in listed["data"]] == names
        assert listed["pagination"]["total"] == len(names)
    assert (await editor.get("/testimonials?status=baru")).status_code == 422
    assert (await visitor.get("/testimonials?status=baru")).status_code == 422


async def test_the_first_of_ten_decisions_counts(radio):
    visitor, editor, admin = await radio.http(), await radio.http("editor"), await radio.http("admin")
    made = await submit(visitor)
    actions = ["approve", "reject", "request_changes", "approve", "reject"] * 2
    answers = await asyncio.gather(
        *(review((editor, admin)[n % 2], made["id"], action) for n, action in enumerate(actions))
    )
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 9
    winner = next(answer.json()["data"] for answer in answers if answer.status_code == 200)
    for answer in answers:
        if answer.status_code == 409:
            assert answer.json()["error"]["code"] == "TESTIMONIAL_STATUS_CHANGED"
            assert answer.json()["error"]["details"] == {"status": winner["status"]}
    assert (await editor.get(f"/testimonials/{made['id']}")).json()["data"] == winner


async def test_an_edited_text_is_pending_again(radio):
    visitor, editor = await radio.http(), await radio.http("editor")
    made = await submit(visitor)
    path, token = f"/testimonials/{made['id']}", made["edit_token"]
    await review(editor, made["id"], "approve", note="Rahasia redaksi")
    same = await visitor.put(path, json={"content": BODY["content"], "edit_token": token})
    assert (same.status_code, same.json()["data"]["status"]) == (200, "approved")
    assert "review_note" not in same.json()["data"]
    edited = await visitor.put(path, json={"content": "Teks yang sudah diubah.", "edit_token": token})
    assert (edited.status_code, edited.json()["data"]["status"]) == (200, "pending")
    assert (await visitor.get("/testimonials")).json()["data"] == []
    assert (await review(editor, made["id"], "request_changes")).status_code == 200
    edited = await editor.put(path, json={"name": "Lestari"})
    assert (edited.json()["data"]["status"], edited.json()["data"]["reviewed_by"]) == ("pending", None)
    assert (await review(editor, made["id"], "approve")).status_code == 200
    assert [item["content"] for item in (await visitor.get("/testimonials")).json()["data"]] == [
        "Teks yang sudah diubah."
    ]


async def test_a_decision_can_be_taken_back_once(radio):
    visitor, editor = await radio.http(), await radio.http("editor")
    made = await submit(visitor)
    assert (await review(editor, made["id"], "reopen")).status_code == 409
    await review(editor, made["id"], "approve")
    assert len((await visitor.get("/testimonials")).json()["data"]) == 1
    answers = await asyncio.gather(*(review(editor, made["id"], "reopen") for _ in range(3)))
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409]
    assert (await visitor.get("/testimonials")).json()["data"] == []
    assert await rows(radio) == [(made["id"], BODY["name"], BODY["content"], "pending", None)]


async def test_a_text_that_changed_under_the_reviewers_eyes_is_not_approved(radio):
    visitor, editor = await radio.http(), await radio.http("editor")
    made = await submit(visitor)
    etag = (await editor.get(f"/testimonials/{made['id']}")).headers["etag"]
    await visitor.put(
        f"/testimonials/{made['id']}",
        json={"content": "Sekarang ini sebuah iklan.", "edit_token": made["edit_token"]},
    )
    assert (await review(editor, made["id"], "approve", etag=etag)).status_code == 412
    assert (await visitor.get("/testimonials")).json()["data"] == []


async def test_nobody_edits_the_words_of_others(radio):
    visitor, penyiar = await radio.http(), await radio.http("penyiar")
    mine, other = await submit(visitor), await submit(visitor, name="Lain")
    access = await radio.token(radio.staff["editor"])
    before = await rows(radio)
    for client, token in [
        (visitor, None),
        (visitor, other["edit_token"]),
        (visitor, "x"),
        (visitor, access),
        (penyiar, None),
    ]:
        body = {"content": "Ini bukan kata-kata saya."} | ({"edit_token": token} if token else {})
        assert (await client.put(f"/testimonials/{mine['id']}", json=body)).status_code == 404
    assert (await review(visitor, mine["id"], "approve")).status_code == 401
    assert (await review(penyiar, mine["id"], "approve")).status_code == 403
    assert (await review(await radio.http("editor"), 99, "approve")).status_code == 404
    assert await rows(radio) == before


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": "x"}, "name"),
        ({"name": "x" * 101}, "name"),
        ({"content": "x" * 9}, "content"),
        ({"content": "x" * 1001}, "content"),
        ({"email": "bukan-surel"}, "email"),
        ({"rating": 0}, "rating"),
        ({"rating": 6}, "rating"),
        ({"rating": 4.5}, "rating"),
    ],
)
async def test_bad_input_is_refused(radio, change, field):
    answer = await (await radio.http()).post("/testimonials", json={**BODY, **change})
    assert (answer.status_code, list(answer.json()["error"]["details"])) == (422, [field])
    assert await rows(radio) == []


async def test_limits_are_reached_exactly_and_optional_fields_may_be_missing(radio):
    visitor = await radio.http()
    await submit(visitor, name="x" * 100, content="y" * 1000)
    await submit(visitor, content="z" * 10, email="", rating=None)
    bare = await visitor.post("/testimonials", json={"name": "Ani", "content": "Terima kasih banyak"})
    assert bare.status_code == 201
    assert [row[1] for row in await rows(radio)] == ["x" * 100, BODY["name"], "Ani"]


async def test_six_in_an_hour_are_one_too_many(radio):
    visitor = await radio.http()
    answers = await asyncio.gather(*(visitor.post("/testimonials", json=BODY) for _ in range(8)))
    assert sorted(answer.status_code for answer in answers) == [201] * 5 + [429] * 3
    assert len(await rows(radio)) == 5


async def test_a_repeated_key_submits_once(radio):
    visitor = await radio.http()
    headers = {"Idempotency-Key": "satu-kali-saja"}
    first = await visitor.post("/testimonials", json=BODY, headers=headers)
    again = await visitor.post("/testimonials", json=BODY, headers=headers)
    assert again.json() == first.json()
    assert again.headers["idempotent-replayed"] == "true"
    assert len(await rows(radio)) == 1


async def test_lists_take_two_statements_and_strangers_empty_no_cache(radio):
    visitor, editor = await radio.http(), await radio.http("editor")
    for number in range(3):
        await submit(visitor, name=f"Pendengar {number}")
        await review(editor, number + 1, "approve")
    with count_statements(radio.services.db) as statements:
        listed = (await visitor.get("/testimonials?limit=2")).json()
    assert statements.count == 2
    assert [item["name"] for item in listed["data"]] == ["Pendengar 2", "Pendengar 1"]
    assert listed["pagination"]["total"] == 3
    await submit(visitor)
    with count_statements(radio.services.db) as statements:
        assert (await visitor.get("/testimonials?limit=2")).json() == listed
    assert statements.count == 0
    with count_statements(radio.services.db) as statements:
        assert (await editor.get("/testimonials?limit=2")).json()["pagination"]["total"] == 4
    # Two of the list, and one that finds out who asks.
    assert statements.count == 3
    assert (await visitor.get("/testimonials?page=5")).json()["data"] == []
