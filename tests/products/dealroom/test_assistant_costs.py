"""What answers cost: budgets of calls and tokens, and the prompts that are kept."""

from __future__ import annotations

import asyncio
import json

from tests.products.dealroom.model_server import ModelServer
from tests.products.dealroom.test_assistant_outages import (
    API,
    HONEST,
    NOTE,
    Switch,
    _all_over,
    answers,
    model,
    model_server,
    said,
    shop,
    status,
    switch,
    until,
    working,
)
from tests.products.dealroom.whatsapp import Wire, wire, wire_server

from colonnade.kernel.mail import list_dev_mails
from colonnade.products.dealroom.product import PRODUCT

__all__ = ["model", "model_server", "switch", "wire", "wire_server"]


async def test_the_budget_of_calls_ends_and_its_owner_is_told_before(
    wire: Wire, model: ModelServer, switch: Switch
) -> None:
    switch(assistant_daily_calls=5)
    model.says(HONEST)
    session = await shop(wire)
    socket = await wire.socket(await wire.token(wire.accounts["melati"]))
    await socket.call("join-session", {"sessionId": session})
    for number in range(7):
        await wire.say(session, f"Halo {number}")
        await wire.work()
    assert len(model.requests) == 5
    states = [(one["state"], one["reasons"]) for one in reversed(await answers(wire, session))]
    assert states == [("sent", [])] * 5 + [("failed", ["BUDGET_SPENT"])] * 2
    record = await said(wire, session)
    assert [one for one in record if one[0] == "system"] == [("system", NOTE.format("BUDGET_SPENT"))] * 2
    told = socket.of("assistant-budget")
    assert [(one["state"], one["calls"], one["callLimit"]) for one in told] == [
        ("low", 4, 5),
        ("spent", 5, 5),
    ]
    mails = await list_dev_mails(wire.services.db)
    assert sorted(mail.subject for mail in mails) == [
        "Anggaran asisten Anda untuk hari ini sudah habis",
        "Asisten Anda telah memakai 80 % anggaran hari ini",
    ]
    found = await status(wire)
    assert (found["available"], found["usage"]["state"], found["usage"]["share"]) == (False, "spent", 1.0)
    budi = (await wire.budi.get(f"{API}/assistant")).json()["data"]
    assert (budi["available"], budi["usage"]["calls"], budi["usage"]["state"]) == (True, 0, "ample")


async def test_many_at_once_never_exceed_the_budget(wire: Wire, model: ModelServer, switch: Switch) -> None:
    switch(assistant_daily_calls=7)
    model.says(HONEST)
    sessions = [await shop(wire) for _ in range(20)]
    for session in sessions:
        await wire.say(session, "Halo")
    async with working(wire):
        await until(lambda: _all_over(wire, sessions), 30)
    assert len(model.requests) == 7
    ends = [(await answers(wire, session))[0]["state"] for session in sessions]
    assert (ends.count("sent"), ends.count("failed")) == (7, 13)
    mails = await list_dev_mails(wire.services.db)
    assert len(mails) == 2  # once each


async def test_tokens_are_counted_as_the_server_says_and_else_estimated(
    wire: Wire, model: ModelServer, switch: Switch
) -> None:
    session = await shop(wire)
    model.writes(json.dumps({"reply": HONEST}), tokens=1234)
    await wire.say(session, "Halo")
    await wire.work()
    assert (await status(wire))["usage"]["tokens"] == 1234
    model.reset()
    model.writes(json.dumps({"reply": HONEST}), tokens=None)
    await wire.say(session, "Halo")
    await wire.work()
    estimated = (await status(wire))["usage"]["tokens"] - 1234
    assert 500 < estimated < 2_500
    switch(assistant_daily_tokens=1234 + estimated + 400)
    await wire.say(session, "Halo")
    await wire.work()
    assert (await answers(wire, session))[0]["reasons"] == ["BUDGET_SPENT"]
    assert len(model.requests) == 1
    assert (await status(wire))["usage"]["state"] == "spent"


async def test_calls_that_the_server_fails_cost_no_tokens(wire: Wire, model: ModelServer) -> None:
    session = await shop(wire)
    model.answers(503)
    await wire.say(session, "Halo")
    await wire.work()
    usage = (await status(wire))["usage"]
    assert (usage["calls"], usage["tokens"]) == (1, 0)


async def test_a_prompt_is_shown_exactly_as_it_was_sent(wire: Wire, model: ModelServer) -> None:
    session = await shop(wire)
    model.says(HONEST)
    first = await wire.say(session, 'Halo "toko"\n', senderName="Sari")
    await wire.work()
    await wire.say(session, "Ada sandal?")
    await wire.work()
    second, _ = await answers(wire, session)
    shown = (await wire.melati.get(f"{API}/answers/{second['id']}/prompt")).json()["data"]
    assert shown["turns"] == model.requests[1]["messages"]
    assert (shown["answerId"], shown["model"], shown["format"]) == (second["id"], "test-model", "json_schema")
    # Later changes change nothing of it.
    vendor = (await wire.melati.get(f"{API}/sessions/{session}")).json()["data"]
    assert vendor["id"] == session
    again = (await wire.melati.get(f"{API}/answers/{second['id']}/prompt")).json()["data"]
    assert again == shown
    assert (await wire.budi.get(f"{API}/answers/{second['id']}/prompt")).status_code == 404
    assert (await wire.visitor.get(f"{API}/answers/{second['id']}/prompt")).status_code == 401
    [collect] = [data.collect for data in PRODUCT.personal_data if data.name == "prompts"]
    exported = await collect(wire.services.db, wire.accounts["melati"])
    assert [row["answer_id"] for row in exported] == [1, 2]
    assert await collect(wire.services.db, wire.accounts["budi"]) == []
    # The first message is in both prompts: with it they go.
    assert (await wire.melati.delete(f"{API}/messages/{first['id']}")).status_code == 204
    gone = await wire.melati.get(f"{API}/answers/{second['id']}/prompt")
    assert (gone.status_code, gone.json()["code"]) == (404, "PROMPT_NOT_FOUND")
    assert await wire.services.db.fetch_value("SELECT count(*) FROM answer_prompts") == 0


async def test_a_prompt_of_a_message_that_is_deleted_meanwhile_is_not_kept(
    wire: Wire, model: ModelServer
) -> None:
    session = await shop(wire)
    first = await wire.say(session, "Nomor kartu saya 4111", "customer")
    await wire.say(session, "Halo", "customer")
    model.says(HONEST)
    model.pause()
    work = asyncio.create_task(wire.work())
    await model.asked()
    assert (await wire.melati.delete(f"{API}/messages/{first['id']}")).status_code == 204
    model.go_on()
    await work
    assert (await said(wire, session))[-1] == ("assistant", HONEST)
    # It was answered anew without the message: that prompt may be kept, the one that had it is not.
    assert ["4111" in json.dumps(request) for request in model.requests] == [True, False]
    [answer] = (await wire.melati.get(f"{API}/sessions/{session}/answers")).json()["data"]
    kept = await wire.melati.get(f"{API}/answers/{answer['id']}/prompt")
    assert kept.status_code == 200
    assert "4111" not in kept.text
    assert await wire.services.db.fetch_value("SELECT count(*) FROM answer_prompts") == 1


async def test_prompts_are_kept_for_as_long_as_the_setting_says(
    wire: Wire, model: ModelServer, switch: Switch
) -> None:
    [prune] = [job for job in PRODUCT.jobs if job.name == "assistant.prompts"]
    session = await shop(wire)
    model.says(HONEST)
    await wire.say(session, "Halo")
    await wire.work()
    await prune(wire.services)
    assert await wire.services.db.fetch_value("SELECT count(*) FROM answer_prompts") == 1
    await wire.services.db.execute("UPDATE answer_prompts SET created_at = now() - interval '8 days'")
    await prune(wire.services)
    assert (await wire.melati.get(f"{API}/answers/1/prompt")).json()["code"] == "PROMPT_NOT_FOUND"
    switch(assistant_prompt_days=0)
    await wire.say(session, "Halo")
    await wire.work()
    assert await wire.services.db.fetch_value("SELECT count(*) FROM answer_prompts") == 0


async def test_an_answer_that_was_another_customers_is_held(wire: Wire, model: ModelServer) -> None:
    sessions = []
    for client, name in ((wire.melati, "Anoa"), (wire.budi, "Bawean")):
        session = await wire.session(client)
        price = {"minMinor": 45_000_000, "maxMinor": 45_000_000, "currency": "IDR"}
        seller = {
            "sessionId": session,
            "name": name,
            "products": [{"name": f"Sepatu {name}", "price": price}],
        }
        assert (await client.post(f"{API}/sellers", json=seller)).status_code == 201
        sessions.append(session)
    model.writes(
        json.dumps({"reply": "Sepatu Anoa Rp450.000.", "productIds": [1], "sellerIds": [1], "claims": []})
    )
    model.repeats()
    await wire.say(sessions[0], "Berapa?")
    await wire.work()
    await wire.say(sessions[1], "Berapa?", client=wire.budi)
    await wire.work()
    assert await said(wire, sessions[0]) == [("customer", "Berapa?"), ("assistant", "Sepatu Anoa Rp450.000.")]
    [answer] = (await wire.budi.get(f"{API}/sessions/{sessions[1]}/answers")).json()["data"]
    assert answer["state"] == "held"
    assert answer["reasons"][:2] == ["SOURCE_UNKNOWN: seller 1", "SOURCE_UNKNOWN: product 1"]
