"""Cached answers through HTTP: for visitors only, invalidated by a commit, separate for each mount."""

from __future__ import annotations

import asyncio

from colonnade.kernel.core import Invalidate


async def test_a_second_visitor_gets_the_first_ones_answer(lab):
    client = await lab.http()
    first, second = await client.get("/cached/x"), await client.get("/cached/x")
    assert first.json()["data"]["run"] == second.json()["data"]["run"] == 1
    assert first.headers["x-request-id"] != second.headers["x-request-id"]
    assert second.headers["cache-control"] == "public, no-cache"


async def test_visitors_and_staff_never_see_each_others_answers(lab):
    visitor, admin = await lab.http(), await lab.http("admin")
    assert (await admin.get("/cached/x")).json()["data"]["who"] == "admin"
    assert (await visitor.get("/cached/x")).json()["data"]["who"] is None
    assert (await admin.get("/cached/x")).json()["data"]["who"] == "admin"
    assert (await visitor.get("/cached/x")).json()["data"]["who"] is None
    headers = {"Authorization": "Bearer rubbish"}
    assert (await visitor.get("/cached/x", headers=headers)).status_code == 401
    assert (await visitor.get("/cached/x", headers={"Authorization": ""})).status_code == 401


async def test_a_commit_empties_its_tags_before_it_is_answered(lab):
    await lab.add("chair")
    visitor, admin = await lab.http(), await lab.http("admin")
    assert (await visitor.get("/cached/x")).json()["data"]["run"] == 1
    assert (await admin.put("/things/1", json={"name": "table"})).status_code == 200
    assert (await visitor.get("/cached/x")).json()["data"]["run"] == 2
    assert (await admin.put("/things/99", json={"name": "table"})).status_code == 404
    assert (await visitor.get("/cached/x")).json()["data"]["run"] == 2


async def test_parameters_name_an_answer_whatever_their_order(lab):
    client = await lab.http()
    assert (await client.get("/cached/x?a=1&b=2")).json()["data"]["run"] == 1
    assert (await client.get("/cached/x?b=2&a=1")).json()["data"]["run"] == 1
    assert (await client.get("/cached/x?a=2&b=1")).json()["data"]["run"] == 2


async def test_errors_are_not_kept_and_name_their_own_request(lab, failure):
    client = await lab.http()
    runs = lab.gate.runs
    for path, status, code in (("/cached/gone", 404, "NOT_FOUND"), ("/cached/boom", 500, "INTERNAL_ERROR")):
        answers = await asyncio.gather(*(client.get(path) for _ in range(4)))
        assert len({failure(answer, status, code)["requestId"] for answer in answers}) == 4
    assert lab.gate.runs == runs + 8
    failure(await client.get("/cached/gone"), 404, "NOT_FOUND")


async def test_many_at_once_build_one_answer(lab):
    client = await lab.http()
    answers = await asyncio.gather(*(client.get("/cached/many") for _ in range(20)))
    assert {answer.json()["data"]["run"] for answer in answers} == {1}
    assert len({answer.headers["x-request-id"] for answer in answers}) == 20


async def test_a_redirect_keeps_the_prefix_it_came_by(open_lab):
    lab = await open_lab(gateway=True)
    client = await lab.http(follow_redirects=False)
    host = {"Host": "lab.localhost"}
    for _ in range(2):
        by_path = await client.get("/lab/cached/radio-old")
        assert by_path.status_code == 301
        assert by_path.headers["location"] == "/lab/cached/radio-new"
        by_host = await client.get("/cached/radio-old", headers=host)
        assert by_host.status_code == 301
        assert by_host.headers["location"] == "/cached/radio-new"
        assert by_path.json()["error"]["code"] == "MOVED_PERMANENTLY"
    await lab.close_clients()


async def test_a_path_that_contains_the_prefix_is_found(open_lab):
    lab = await open_lab(gateway=True)
    client = await lab.http()
    for name in ("lab", "labour", "lab-lab", "x"):
        answer = await client.get(f"/lab/cached/{name}")
        assert answer.json()["data"]["name"] == name
        assert (await client.get(f"/cached/{name}", headers={"Host": "lab.localhost"})).json()["data"][
            "name"
        ] == name
    assert (await client.get("/lab/who")).status_code == 200
    assert (await client.get("/who")).status_code == 404
    assert (await client.get("/lab")).status_code == 404
    await lab.close_clients()


async def test_an_invalidation_from_elsewhere(lab):
    client = await lab.http()
    assert (await client.get("/cached/x")).json()["data"]["run"] == 1
    await lab.services.dispatcher.dispatch([Invalidate(("others",))])
    assert (await client.get("/cached/x")).json()["data"]["run"] == 1
    await lab.services.dispatcher.dispatch([Invalidate(("things",))])
    assert (await client.get("/cached/x")).json()["data"]["run"] == 2
