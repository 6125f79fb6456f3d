"""Template messages: fetched from the provider, previewed, and sent to customers who have not written for a day."""

from __future__ import annotations

from typing import Any

import pytest
from tests.products.dealroom.whatsapp import wire, wire_server

__all__ = ["wire", "wire_server"]

API = "/api/v1"
ACCOUNT = "102290129340398"
ORDER = {
    "id": "1",
    "name": "order_update",
    "language": "id",
    "status": "APPROVED",
    "category": "UTILITY",
    "components": [
        {"type": "HEADER", "format": "TEXT", "text": "Pesanan {{1}}"},
        {"type": "BODY", "text": "Halo {{1}}, pesanan {{2}} sudah dikirim, {{1}}."},
        {"type": "FOOTER", "text": "Toko Melati"},
        {
            "type": "BUTTONS",
            "buttons": [
                {"type": "QUICK_REPLY", "text": "Terima kasih"},
                {"type": "URL", "text": "Lacak", "url": "https://melati.example/lacak/{{1}}"},
            ],
        },
    ],
}
NAMED = {
    "name": "welcome",
    "language": "pt_BR",
    "status": "PENDING",
    "category": "MARKETING",
    "components": [
        {"type": "HEADER", "format": "IMAGE"},
        {"type": "BODY", "text": "Olá {{first_name}}!"},
    ],
}
VALUES = {"header.1": "7", "1": "Ibu Sari", "2": "sepatu", "button.1": "7"}


@pytest.fixture
async def shop(wire: Any) -> Any:
    """Provide a dealroom whose channel has fetched two templates."""
    wire.provider.templates = [ORDER, NAMED, {"name": "Broken Name!"}, {"name": "no_components"}]
    path = f"{API}/channels/{wire.channel}"
    assert (await wire.melati.post(f"{path}/templates/sync")).json()["code"] == "NO_BUSINESS_ACCOUNT"
    await wire.melati.patch(path, json={"businessAccountId": ACCOUNT})
    answer = await wire.melati.post(f"{path}/templates/sync")
    assert answer.status_code == 200, answer.text
    return wire


async def send(wire: Any, session: str, **values: Any) -> Any:
    """Send a template."""
    body = {
        "sessionId": session,
        "name": "order_update",
        "language": "id",
        "variables": VALUES,
        **values,
    }
    return await wire.melati.post(f"{API}/messages/template", json=body)


async def test_templates_are_listed_with_variables_state_and_preview(shop: Any) -> None:
    assert f"GET /v25.0/{ACCOUNT}/message_templates" in shop.provider.asked
    found = (await shop.melati.get(f"{API}/channels/{shop.channel}/templates")).json()["data"]
    assert [{**each, "syncedAt": None} for each in found] == [
        {
            "name": "order_update",
            "language": "id",
            "category": "UTILITY",
            "state": "APPROVED",
            "variables": ["header.1", "1", "2", "button.1"],
            "preview": "Pesanan {{1}}\n\nHalo {{1}}, pesanan {{2}} sudah dikirim, {{1}}.\n\nToko Melati",
            "syncedAt": None,
            "problem": None,
        },
        {
            "name": "welcome",
            "language": "pt_BR",
            "category": "MARKETING",
            "state": "PENDING",
            "variables": ["header.link", "first_name"],
            "preview": "Olá {{first_name}}!",
            "syncedAt": None,
            "problem": None,
        },
    ]
    assert (await shop.budi.get(f"{API}/channels/{shop.channel}/templates")).status_code == 404


async def test_a_preview_is_what_the_customer_sees(shop: Any) -> None:
    path = f"{API}/channels/{shop.channel}/templates/preview"
    body = {"name": "order_update", "language": "id", "variables": VALUES}
    answer = await shop.melati.post(path, json=body)
    assert answer.json()["data"] == {
        "content": "Pesanan 7\n\nHalo Ibu Sari, pesanan sepatu sudah dikirim, Ibu Sari.\n\nToko Melati"
    }
    assert (await shop.melati.post(path, json={**body, "language": "en"})).status_code == 404


async def test_a_template_goes_through_a_closed_window(shop: Any) -> None:
    session = await shop.talk("Halo")
    await shop.services.db.execute("UPDATE channel_contacts SET window_ends_at = now() - interval '1 day'")
    answer = await send(shop, session, clientMessageId="templat-1")
    assert answer.status_code == 201, answer.text
    again = await send(shop, session, clientMessageId="templat-1")
    assert (again.json()["data"]["id"], again.headers["idempotent-replayed"]) == (
        answer.json()["data"]["id"],
        "true",
    )
    await shop.say(session, "Teks biasa", "human")
    await shop.work()
    (document,) = shop.provider.sent
    assert document["type"] == "template"
    assert document["template"] == {
        "name": "order_update",
        "language": {"policy": "deterministic", "code": "id"},
        "components": [
            {"type": "header", "parameters": [{"type": "text", "text": "7"}]},
            {
                "type": "body",
                "parameters": [{"type": "text", "text": "Ibu Sari"}, {"type": "text", "text": "sepatu"}],
            },
            {
                "type": "button",
                "sub_type": "url",
                "index": "1",
                "parameters": [{"type": "text", "text": "7"}],
            },
        ],
    }
    found = await shop.messages(session)
    assert [(m["status"], m.get("error", {}).get("code")) for m in found[1:]] == [
        ("sent", None),
        ("failed", "WINDOW_CLOSED"),
    ]
    assert found[1]["content"].startswith("Pesanan 7\n\nHalo Ibu Sari")


@pytest.mark.parametrize(
    ("variables", "field"),
    [
        ({}, "variables.1"),
        ({**VALUES, "3": "x"}, "variables"),
        ({**VALUES, "1": "satu\ndua"}, "variables.1"),
        ({**VALUES, "1": " "}, "variables"),
        ({**VALUES, "2": "x" * 1025}, "variables.2"),
    ],
)
async def test_variables_that_do_not_fit_are_refused(shop: Any, variables: Any, field: str) -> None:
    session = await shop.talk("Halo")
    answer = await send(shop, session, variables=variables)
    assert answer.status_code == 422, answer.text
    assert field in answer.json()["errors"]
    assert len(await shop.messages(session)) == 1


async def test_what_is_not_approved_is_not_sent(shop: Any) -> None:
    session = await shop.talk("Halo")
    values = {"header.link": "https://melati.example/a.jpg", "first_name": "Ana"}
    answer = await send(shop, session, name="welcome", language="pt_BR", variables=values)
    assert (answer.status_code, answer.json()["code"]) == (409, "TEMPLATE_NOT_APPROVED")
    shop.provider.templates = [{**NAMED, "status": "APPROVED"}]
    await shop.melati.post(f"{API}/channels/{shop.channel}/templates/sync")
    answer = await send(shop, session, name="welcome", language="pt_BR", variables=values)
    assert answer.status_code == 201
    await shop.work()
    assert shop.provider.sent[0]["template"]["components"] == [
        {
            "type": "header",
            "parameters": [{"type": "image", "image": {"link": "https://melati.example/a.jpg"}}],
        },
        {"type": "body", "parameters": [{"type": "text", "parameter_name": "first_name", "text": "Ana"}]},
    ]
    assert (await send(shop, session)).json()["code"] == "TEMPLATE_NOT_FOUND"


async def test_a_session_without_a_contact_and_a_strangers_get_none(shop: Any) -> None:
    session = await shop.session()
    answer = await send(shop, session)
    assert (answer.status_code, answer.json()["code"]) == (409, "NO_CONTACT")
    theirs = await shop.session(shop.budi)
    assert (await send(shop, theirs)).status_code == 404


async def test_a_deleted_template_message_leaves_none_of_its_words(shop: Any) -> None:
    session = await shop.talk("Halo")
    written = (await send(shop, session)).json()["data"]
    assert (await shop.melati.delete(f"{API}/messages/{written['id']}")).status_code == 204
    assert await shop.services.db.fetch_value("SELECT count(*) FROM template_messages") == 0
    await shop.work()
    assert shop.provider.sent == []


async def test_a_provider_that_refuses_the_list_is_told_of(shop: Any) -> None:
    shop.provider.good_tokens = set()
    answer = await shop.melati.post(f"{API}/channels/{shop.channel}/templates/sync")
    assert (answer.status_code, answer.json()["code"]) == (503, "PROVIDER_UNAVAILABLE")
    assert len((await shop.melati.get(f"{API}/channels/{shop.channel}/templates")).json()["data"]) == 2


async def test_the_words_of_a_template_are_not_edited_while_it_waits(shop: Any) -> None:
    session = await shop.talk("Halo")
    written = (await send(shop, session)).json()["data"]
    path = f"{API}/messages/{written['id']}"
    refused = await shop.melati.patch(path, json={"content": "Gratis untuk Ibu"})
    assert (refused.status_code, refused.json()["code"]) == (409, "MESSAGE_OF_TEMPLATE")
    assert (await shop.melati.get(path)).json()["data"] == written
    shop.provider.answers = [(400, {"error": {"code": 131026, "message": "Message undeliverable"}})]
    await shop.work()
    refused = await shop.melati.patch(path, json={"content": "Gratis untuk Ibu"})
    assert (refused.status_code, refused.json()["code"]) == (409, "MESSAGE_OF_TEMPLATE")


def many(count: int, **more: Any) -> list[dict[str, Any]]:
    """Return so many templates, named in order, with what else they have."""
    body = {"type": "BODY", "text": "Halo {{1}}! " * 80}
    return [
        {"name": f"t_{n:04}", "language": "id", "status": "APPROVED", "components": [body], **more}
        for n in range(count)
    ]


async def sync(wire: Any) -> Any:
    path = f"{API}/channels/{wire.channel}"
    await wire.melati.patch(path, json={"businessAccountId": ACCOUNT})
    return await wire.melati.post(f"{path}/templates/sync")


@pytest.mark.parametrize(
    "link",
    [
        "https://",
        "https:///gambar.png",
        "https://user:pw@evil.example/x",
        "https://user:pw@evil/x y",
        "https://evil.example/x y",
        "https://127.0.0.1/x.png",
        "https://169.254.169.254/latest",
        "https://[::1]/x.png",
        "https://localhost/x.png",
        "https://0x7f.1/x.png",
        "http://melati.example/x.png",
        "ftp://melati.example/x.png",
        "gambar.png",
    ],
)
async def test_the_file_of_a_header_has_a_public_address(shop: Any, link: str) -> None:
    session = await shop.talk("Halo")
    await shop.services.db.execute("UPDATE channel_templates SET state = 'APPROVED'")
    variables = {"first_name": "Sari", "header.link": link}
    values = {"name": "welcome", "language": "pt_BR", "variables": variables}
    preview = await shop.melati.post(f"{API}/channels/{shop.channel}/templates/preview", json=values)
    for answer in (preview, await send(shop, session, **values)):
        assert (answer.status_code, list(answer.json()["errors"])) == (422, ["variables.header.link"])
    assert len(await shop.messages(session)) == 1
    values["variables"]["header.link"] = "https://melati.example/gambar.png?v=1"
    assert (await send(shop, session, **values)).status_code == 201


def made(name: str, *parts: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Return an approved template with these parts."""
    return {
        "name": name,
        "language": "id",
        "status": "APPROVED",
        "category": "UTILITY",
        "components": list(parts),
        **more,
    }


BODY = {"type": "BODY", "text": "Halo {{1}}"}
KIND = "It cannot be sent from here: it has a part of the kind {}"


def buttons(*given: Any) -> dict[str, Any]:
    """Return a template's buttons."""
    return {"type": "BUTTONS", "buttons": list(given)}


@pytest.mark.parametrize(
    ("parts", "kind"),
    [
        ([{"type": "CAROUSEL", "cards": []}, BODY], "CAROUSEL"),
        ([{"type": "LIMITED_TIME_OFFER", "limited_time_offer": {"text": "x"}}, BODY], "LIMITED_TIME_OFFER"),
        ([{"type": "HEADER", "format": "LOCATION"}, BODY], "HEADER.LOCATION"),
        ([{"type": "HEADER", "format": "PRODUCT"}, BODY], "HEADER.PRODUCT"),
        ([BODY, buttons({"type": "FLOW", "text": "Isi"})], "BUTTONS.FLOW"),
        ([BODY, buttons({"type": "CATALOG", "text": "Lihat"})], "BUTTONS.CATALOG"),
        (
            [BODY, buttons({"type": "QUICK_REPLY", "text": "Ya"}, {"type": "MPM", "text": "Lihat"})],
            "BUTTONS.MPM",
        ),
        ([BODY, buttons({"type": "SOMETHING_NEW"})], "BUTTONS.SOMETHING_NEW"),
        ([BODY, buttons("teks")], "BUTTONS.unknown"),
        ([BODY, {"type": "BUTTONS"}], "BUTTONS.unknown"),
        ([BODY, {"type": "NEW_PART"}], "NEW_PART"),
        ([BODY, {"type": "<b>"}], "unknown"),
        ([BODY, {"type": ["x"]}], "unknown"),
    ],
)
async def test_a_template_with_parts_that_are_not_sent_says_so(wire: Any, parts: Any, kind: str) -> None:
    wire.provider.templates = [made("special", *parts)]
    (listed,) = (await sync(wire)).json()["data"]
    assert listed["problem"] == KIND.format(kind)
    session = await wire.talk("Halo")
    for variables in ({"1": "Sari"}, {}):
        refused = await send(wire, session, name="special", variables=variables)
        assert (refused.status_code, refused.json()["code"]) == (409, "TEMPLATE_UNSENT")
        assert refused.json()["errors"] == {"problem": KIND.format(kind)}
    await wire.work()
    assert (len(await wire.messages(session)), wire.provider.sent) == (1, [])


OTP = {"type": "OTP", "otp_type": "COPY_CODE", "text": "Salin"}
LISTED_OTP = {
    "type": "URL",
    "text": "Salin",
    "url": "https://www.whatsapp.com/otp/code/?otp_type=COPY_CODE&code=otp{{1}}",
}


@pytest.mark.parametrize("button", [OTP, LISTED_OTP])
async def test_the_button_of_a_one_time_code_gets_the_code(wire: Any, button: Any) -> None:
    body = {"type": "BODY", "text": "*{{1}}* adalah kode Anda.", "add_security_recommendation": True}
    wire.provider.templates = [made("kode", body, buttons(button), category="AUTHENTICATION")]
    (listed,) = (await sync(wire)).json()["data"]
    assert (listed["variables"], listed["problem"]) == (["1"], None)
    session = await wire.talk("Halo")
    assert (await send(wire, session, name="kode", variables={"1": "123456"})).status_code == 201
    await wire.work()
    text = {"type": "text", "text": "123456"}
    assert wire.provider.sent[0]["template"]["components"] == [
        {"type": "body", "parameters": [text]},
        {"type": "button", "sub_type": "url", "index": "0", "parameters": [text]},
    ]


async def test_a_coupons_code_and_numbers_are_sent_as_texts(wire: Any) -> None:
    coupon = {"type": "COPY_CODE", "text": "Salin", "example": "HEMAT25"}
    plain = [
        {"type": "QUICK_REPLY", "text": "Ya"},
        {"type": "PHONE_NUMBER", "text": "T", "phone_number": "+62811"},
    ]
    wire.provider.templates = [made("kupon", BODY, buttons(*plain, coupon))]
    (listed,) = (await sync(wire)).json()["data"]
    assert (listed["variables"], listed["problem"]) == (["1", "button.2"], None)
    session = await wire.talk("Halo")
    for wrong in (True, [1], {"a": 1}):
        refused = await send(wire, session, name="kupon", variables={"1": wrong, "button.2": "HEMAT25"})
        assert refused.status_code == 422
    answer = await send(wire, session, name="kupon", variables={"1": 12, "button.2": "HEMAT25"})
    assert (answer.status_code, answer.json()["data"]["content"]) == (201, "Halo 12")
    await wire.work()
    assert wire.provider.sent[0]["template"]["components"] == [
        {"type": "body", "parameters": [{"type": "text", "text": "12"}]},
        {
            "type": "button",
            "sub_type": "copy_code",
            "index": "2",
            "parameters": [{"type": "coupon_code", "coupon_code": "HEMAT25"}],
        },
    ]
