"""What clients of other habits expect: PUT for PATCH, ids as texts, whole lists, keys for repeats, long bodies."""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterator
from typing import Any, get_args, get_origin

import msgspec
import pytest

from colonnade.kernel.core.texts import fields_of, is_struct
from colonnade.kernel.core.texts.kinds import Text
from colonnade.kernel.http.handlers import Handler, list_handlers
from colonnade.kernel.testing import count_statements, error_code
from colonnade.products.dealroom.product import PRODUCT
from colonnade.products.dealroom.shared.rules.places import LONG_BODY_BYTES

API = "/api/v1"
ROUTES = [each for each in list_handlers(PRODUCT.routes) if each.options.get("include_in_schema", True)]
DEFAULT_BODY_BYTES = PRODUCT.defaults["body_limit_bytes"]

UNKEYED = {
    "/api/v1/_dev": "is there in development only",
    "/api/v1/auth": "answers secrets, which are not stored in the clear for repeats; a spent code is refused",
    "/api/v1/account/exports": "gives the export that is being made, if asked again",
    "/api/v1/trash/{kind:str}/{item_id:int}/restore": "what is restored is no longer there: 404",
    "/api/v1/users": "has a password in its body; a repeat finds the account, 409",
    "/api/v1/users/{account_id:int}/suspension": "sets a state: a repeat sets the same",
    "/api/v1/answers/{answer_id:int}/reject": "sends nothing; a repeat is 409",
    "/api/v1/channels": "a number has one channel: a repeat is 409",
    "/api/v1/channels/{channel_id:int}/probe": "asks the provider, and writes nothing new",
    "/api/v1/channels/{channel_id:int}/templates/preview": "shows, and writes nothing",
    "/api/v1/channels/{channel_id:int}/templates/sync": "fetches, and a repeat fetches the same",
    "/api/v1/messages/{message_id:int}/media/fetch": "fetches what is missing, and nothing that is there",
    "/api/v1/sessions/{session_id:uuid}/contact": "binds, and a repeat binds the same",
    "/api/v1/sessions/{session_id:uuid}/read": "sets a state: a repeat sets the same",
    "/api/v1/sessions/{session_id:uuid}/release": "sets a state: a repeat sets the same",
    "/api/v1/sessions/{session_id:uuid}/takeover": "sets a state: a repeat sets the same",
    "/api/v1/webhooks/whatsapp/{channel_id:int}": "is repeated by the provider, whose ids make it idempotent",
}
"""POST routes without `Idempotency-Key`, or the paths that they begin with, and why."""


def takes_key(handler: Handler) -> bool:
    return any(one.place == "header" and one.name == "Idempotency-Key" for one in handler.parameters)


def test_every_post_takes_a_key_for_its_repeats_or_says_why_not() -> None:
    posts = [each for each in ROUTES if each.method == "POST"]
    unkeyed = {each.path for each in posts if not takes_key(each)}
    prefixes = ("/api/v1/auth", "/api/v1/_dev")
    missing = {path for path in unkeyed if path not in UNKEYED and not path.startswith(prefixes)}
    assert missing == set()
    keyed = {each.path for each in posts} - unkeyed
    assert keyed & UNKEYED.keys() == set()
    assert all("once(" in inspect.getsource(each.function) for each in posts if takes_key(each))


def test_put_stands_beside_patch_and_patch_beside_put() -> None:
    found: dict[str, set[str]] = {}
    for each in ROUTES:
        found.setdefault(each.path, set()).add(each.method)
    changing = {path: methods & {"PUT", "PATCH"} for path, methods in found.items()}
    assert {path for path, methods in changing.items() if len(methods) == 1} == set()
    assert sum(len(methods) == 2 for methods in changing.values()) >= 10


async def test_put_changes_what_it_names_as_patch_does(room: Any) -> None:
    session = await room.session(title="Ibu Sari", labels=["hangat"])
    put = await room.melati.put(f"{API}/sessions/{session}", json={"title": "Ibu Sari, 41"})
    assert put.status_code == 200, put.text
    assert (put.json()["data"]["title"], put.json()["data"]["labels"]) == ("Ibu Sari, 41", ["hangat"])
    stale = await room.melati.put(
        f"{API}/sessions/{session}", json={"title": "Lain"}, headers={"If-Match": "1"}
    )
    assert (stale.status_code, error_code(stale)) == (412, "PRECONDITION_FAILED")
    foreign = await room.budi.put(f"{API}/sessions/{session}", json={"title": "Curi"})
    assert (foreign.status_code, error_code(foreign)) == (404, "SESSION_NOT_FOUND")
    shown = (await room.melati.get(f"{API}/sessions/{session}")).json()["data"]
    assert shown["title"] == "Ibu Sari, 41"
    same = await room.melati.put(f"{API}/sessions/{session}", json=shown)
    assert (same.status_code, same.json()["data"]) == (200, shown)
    message = await room.say(session, "Halo")
    put = await room.melati.put(f"{API}/messages/{message['id']}/status", json={"status": "failed"})
    assert put.status_code == 200, put.text


async def test_the_id_of_a_session_is_its_session_id_too(room: Any) -> None:
    answer = await room.melati.post(f"{API}/sessions", json={})
    assert answer.json()["data"]["sessionId"] == answer.json()["data"]["id"]
    listed = (await room.melati.get(f"{API}/sessions")).json()["data"]
    assert [each["sessionId"] for each in listed] == [answer.json()["data"]["id"]]


async def test_ids_may_be_written_as_texts(room: Any) -> None:
    session = await room.session(userId="1")
    first = await room.say(session, "Halo")
    reply = await room.say(session, "Halo, Kak", "human", replyToId=str(first["id"]))
    assert reply["replyToId"] == first["id"]
    batch = await room.melati.get(f"{API}/messages/batch/{session}?lastMessageId={first['id']}")
    assert [each["id"] for each in batch.json()["data"]] == [reply["id"]]
    for wrong in ("12.5", "1.0", "+1", "01", " 1", "0x1", "satu", "", "٣", "1e3", True, 1.5):
        body = {"sessionId": session, "sender": "human", "content": "x", "replyToId": wrong}
        refused = await room.melati.post(f"{API}/messages", json=body)
        if wrong == "":
            assert refused.status_code == 201  # blank counts as absent
            continue
        assert refused.status_code == 422, (wrong, refused.text)
        assert refused.json()["errors"] == {"replyToId": "Reply to id must be a whole number"}, wrong
    for wrong, sentence in ((0, "at least 1"), ("9007199254740992", "at most 9007199254740991")):
        body = {"sessionId": session, "sender": "human", "content": "x", "replyToId": wrong}
        refused = await room.melati.post(f"{API}/messages", json=body)
        assert refused.json()["errors"] == {"replyToId": f"Reply to id must be {sentence}"}
    exact = await room.melati.post(  # 12.0 is the integer 12 in JSON
        f"{API}/messages",
        content=f'{{"sessionId":"{session}","sender":"human","content":"y","replyToId":{first["id"]}.0}}',
        headers={"content-type": "application/json"},
    )
    assert exact.json()["data"]["replyToId"] == first["id"]
    foreign = await room.melati.post(f"{API}/sessions", json={"userId": "2"})
    assert (foreign.status_code, error_code(foreign)) == (403, "OTHER_OWNER")


@pytest.mark.parametrize(
    "name", ["Siti Rahma Putri", "Мария Иванова", "张伟", "मीरा शर्मा", "محمد علي", "O'Neil d'Arc"]
)
async def test_user_names_have_spaces_and_any_script(room: Any, name: str) -> None:
    body = {
        "username": name,
        "email": "baru@test.id",
        "password": "kunci-rumah-kita-77",
        "phoneNumber": "+6281160009991",
    }
    made = await room.visitor.post(f"{API}/users", json=body)
    assert (made.status_code, made.json()["data"]["username"]) == (201, name), made.text
    again = {**body, "username": f" {name} ", "email": "lain@test.id", "phoneNumber": "+6281160009992"}
    taken = await room.visitor.post(f"{API}/users", json=again)
    assert (taken.status_code, error_code(taken)) == (409, "USER_EXISTS")


async def test_user_names_that_nobody_can_see_or_that_are_addresses_are_refused(room: Any) -> None:
    for name in ("  ", "a@b.c", "<b>", 'x"y', "a/b", "\u200b\u200b\u200b", "x" * 51):
        refused = await room.melati.patch(f"{API}/users/1", json={"username": name})
        if not name.strip() or name[0] == "\u200b":
            assert refused.status_code in (200, 422)  # blank counts as absent
            continue
        assert refused.status_code == 422, name
    assert (
        await room.services.db.fetch_value("SELECT username FROM profiles WHERE account_id = 1") == "melati"
    )


async def test_refresh_has_a_second_name(room: Any) -> None:
    body = {
        "username": "Wulan",
        "email": "wulan@test.id",
        "password": "kunci-rumah-kita-77",
        "phoneNumber": "+6281160009993",
    }
    assert (await room.visitor.post(f"{API}/users", json=body)).status_code == 201
    login = {"email": body["email"], "password": body["password"]}
    signed = (await room.visitor.post(f"{API}/auth/login", json=login)).json()["data"]
    renewed = await room.visitor.post(
        f"{API}/auth/refresh-token", json={"refreshToken": signed["refreshToken"]}
    )
    assert renewed.status_code == 200, renewed.text
    after = await room.visitor.post(
        f"{API}/auth/refresh", json={"refreshToken": renewed.json()["data"]["refreshToken"]}
    )
    assert after.status_code == 200


async def test_all_messages_of_ones_own_are_listed_page_by_page(room: Any) -> None:
    sessions = [await room.session() for _ in range(2)]
    written = [(await room.say(sessions[n % 2], f"pesan {n}"))["id"] for n in range(5)]
    await room.say(await room.session(room.budi), "rahasia", client=room.budi)
    with count_statements(room.services.db) as statements:
        first = (await room.melati.get(f"{API}/messages?limit=3")).json()
    assert statements.count == 2  # who asks, the page
    assert [each["id"] for each in first["data"]] == written[:1:-1]
    rest = await room.melati.get(f"{API}/messages", params={"limit": 3, "cursor": first["nextCursor"]})
    assert [each["id"] for each in rest.json()["data"]] == written[1::-1]
    assert "nextCursor" not in rest.json()
    broken = await room.melati.get(f"{API}/messages?cursor=x")
    assert broken.status_code == 422


async def test_all_vendors_and_sellers_of_ones_own_are_listed_page_by_page(room: Any) -> None:
    vendors, sellers = [], []
    for number in range(3):
        session = await room.session()
        vendor = await room.melati.post(f"{API}/vendors", json={"sessionId": session, "name": "Sinta"})
        vendors.append(vendor.json()["data"])
        products = [{"name": f"Sepatu {number}"}]
        seller = await room.melati.post(
            f"{API}/sellers", json={"sessionId": session, "name": "Anoa", "products": products}
        )
        sellers.append(seller.json()["data"])
    foreign = await room.session(room.budi)
    await room.budi.post(f"{API}/vendors", json={"sessionId": foreign, "name": "Lain"})
    await room.budi.post(f"{API}/sellers", json={"sessionId": foreign, "name": "Lain"})
    for path, made, count in (("vendors", vendors, 2), ("sellers", sellers, 3)):
        with count_statements(room.services.db) as statements:
            first = (await room.melati.get(f"{API}/{path}?limit=2")).json()
        assert statements.count == count
        assert first["data"] == made[:0:-1]
        rest = (await room.melati.get(f"{API}/{path}?limit=2&beforeId={first['nextCursor']}")).json()
        assert rest["data"] == made[:1]
        assert "nextCursor" not in rest
        assert (await room.melati.get(f"{API}/{path}?limit=2&cursor={first['nextCursor']}")).json() == rest
        assert (await room.melati.get(f"{API}/{path}?limit=2&cursor=*")).json() == first
        refused = await room.melati.get(f"{API}/{path}?cursor=x")
        assert (refused.status_code, list(refused.json()["errors"])) == (422, ["cursor"])


PAGED = sorted(
    each.path
    for each in ROUTES
    if each.method == "GET"
    and "{" not in each.path
    and any(one.name == "cursor" for one in each.parameters)
    and each.path != f"{API}/audit"  # administrators'
)


@pytest.mark.parametrize("path", PAGED)
async def test_every_list_with_a_cursor_begins_with_a_star(room: Any, path: str) -> None:
    for _ in range(2):
        session = await room.session()
        await room.say(session, "Halo")
    asked = {"q": "halo"} if path.endswith("search") else {}
    begun = await room.melati.get(path, params={**asked, "cursor": "*", "limit": 1})
    assert begun.status_code == 200, begun.text
    assert begun.json()["data"] == (await room.melati.get(path, params={**asked, "limit": 1})).json()["data"]
    refused = await room.melati.get(path, params={**asked, "cursor": "**"})
    assert (refused.status_code, list(refused.json()["errors"])) == (422, ["cursor"])


async def test_a_repeat_with_its_key_makes_nothing_twice(room: Any) -> None:
    session = await room.session()
    makes = {
        "messages": {"sessionId": session, "sender": "human", "content": "Halo"},
        "vendors": {"sessionId": session, "name": "Sinta"},
        "sellers": {"sessionId": session, "name": "Anoa"},
        "sellers/1/products": {"name": "Sepatu"},
    }
    for path, body in makes.items():
        headers = {"Idempotency-Key": "k-1"}
        first = await room.melati.post(f"{API}/{path}", json=body, headers=headers)
        again = await room.melati.post(f"{API}/{path}", json=body, headers=headers)
        assert (first.status_code, again.status_code, again.content) == (201, 201, first.content), first.text
        assert again.headers["idempotent-replayed"] == "true"
        other = await room.melati.post(f"{API}/{path}", json={**body, "x": 1}, headers=headers)
        assert other.status_code == 422
    assert await room.services.db.fetch_value("SELECT count(*) FROM messages") == 1


async def test_a_repeated_upload_with_its_key_is_one_message(room: Any) -> None:
    session = await room.session()
    answers = [
        await room.melati.post(
            f"{API}/messages/media",
            data={"sessionId": session, "sender": "customer"},
            files={"file": ("daftar.txt", text, "text/plain")},
            headers={"Idempotency-Key": "k-2"},
        )
        for text in (b"satu dua tiga", b"satu dua tiga", b"lain sekali")
    ]
    assert [each.status_code for each in answers] == [201, 201, 422], [each.text for each in answers]
    assert answers[0].content == answers[1].content
    assert await room.services.db.fetch_value("SELECT count(*) FROM messages") == 1


async def test_currencies_are_those_of_iso_4217(room: Any) -> None:
    session = await room.session()
    for currency, status in (("IDR", 201), ("KWD", 201), ("ABC", 422), ("idr", 422), ("", 422)):
        price = {"minMinor": 1, "maxMinor": 2, "currency": currency}
        body = {"sessionId": session, "name": f"S {currency}", "products": [{"name": "P", "price": price}]}
        answer = await room.melati.post(f"{API}/sellers", json=body)
        assert answer.status_code == status, (currency, answer.text)


def characters(type_: Any) -> int:
    """Return the most characters that a value of this type has in JSON, names and marks included.

    What is no text is never escaped: numbers, dates and ids count as a few.
    """
    if is_struct(type_):
        return sum(len(field.encode_name) + 4 + characters(field.type) for field in fields_of(type_)) + 2
    if isinstance(type_, type) and issubclass(type_, Text):
        return type_.max_length + 2
    most = next(
        (m.max_length for m in getattr(type_, "__metadata__", ()) if getattr(m, "max_length", None)), None
    )
    if hasattr(type_, "__metadata__"):
        inner = get_args(type_)[0]
        if get_origin(inner) is list:
            assert most is not None, f"a list without a limit: {type_}"
            return most * (characters(get_args(inner)[0]) + 1) + 2
        return most + 2 if most is not None and inner is str else characters(inner)
    if get_origin(type_) is list:
        raise AssertionError(f"a list without a limit: {type_}")
    parts = [part for part in get_args(type_) if part not in (type(None), msgspec.UnsetType)]
    return max((characters(part) for part in parts if isinstance(part, str) is False), default=4)


def bodies() -> Iterator[tuple[str, int, int]]:
    """Yield each route that takes JSON: its name, the most characters that its fields allow, its limit in bytes."""
    for each in ROUTES:
        if is_struct(each.data) and each.options.get("form") is None:
            limit = each.options.get("request_max_body_size", DEFAULT_BODY_BYTES)
            yield f"{each.method} {each.path}", characters(each.data), limit


MANY_PRODUCTS = {"POST /api/v1/sellers", "POST /api/v1/channels/{channel_id:int}/sellers"}
"""Fifty products with all their texts are more than any body takes: the rest is added one by one."""
SHORT = ("/api/v1/auth", "/api/v1/users")
"""Tokens, codes and passwords are ASCII, or far below their limit, and who is not signed in sends little."""


def test_what_the_fields_of_a_route_allow_fits_its_body() -> None:
    """UTF-8 takes four bytes for a character, a client that escapes everything up to twelve (two halves)."""
    found = list(bodies())
    assert len(found) > 20
    own = [each for each in found if not each[0].split()[1].startswith(SHORT)]
    assert {name for name, most, limit in own if 12 * most > limit and limit != LONG_BODY_BYTES} == set()
    assert {name for name, most, limit in own if 4 * most > limit} == MANY_PRODUCTS
    assert {name for name, most, limit in found if limit > 64 * 1024} == set()


async def test_a_long_text_is_taken_and_a_longer_body_is_not(room: Any) -> None:
    session = await room.session()
    body = {"sessionId": session, "sender": "customer", "content": "😀" * 4096}
    escaped = json.dumps(body)
    assert len(escaped) > 40_000
    taken = await room.melati.post(
        f"{API}/messages", content=escaped, headers={"content-type": "application/json"}
    )
    assert taken.status_code == 201, taken.text
    refused = await room.melati.post(
        f"{API}/messages",
        content=escaped + " " * 20_000,
        headers={"content-type": "application/json"},
    )
    assert refused.status_code == 413
    refused = await room.melati.post(
        f"{API}/sessions/{session}/read",
        content='{"seq":1' + " " * 10_300 + "}",
        headers={"content-type": "application/json"},
    )
    assert refused.status_code == 413
