"""The fake model server has the faults that it promises, as any HTTP client meets them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from colonnade.kernel.testing import ChatModel, run_chat_model

ASKED = {"model": "m", "messages": [{"role": "user", "content": "Hello"}]}


@pytest.fixture(name="model")
async def _model() -> AsyncIterator[ChatModel]:
    async with run_chat_model(ChatModel()) as model:
        yield model


async def ask(model: ChatModel, **more: Any) -> httpx.Response:
    async with httpx.AsyncClient(timeout=2.0) as http:
        return await http.post(f"{model.url}/chat/completions", json={**ASKED, **more})


async def test_it_says_what_it_is_told_and_repeats_the_last(model: ChatModel) -> None:
    model.writes("one", tokens=7)
    model.writes("two", tokens=None, reasoning_content="why")
    first, second, third = [(await ask(model)).json() for _ in range(3)]
    assert first["choices"][0]["message"]["content"] == "one"
    assert first["usage"]["total_tokens"] == 7
    assert second["choices"][0]["message"]["reasoning_content"] == "why"
    assert "usage" not in second
    assert third == second
    assert model.requests == [ASKED] * 3


async def test_it_decides_by_the_request(model: ChatModel) -> None:
    model.decides(lambda request: request["messages"][-1]["content"].upper())
    assert (await ask(model)).json()["choices"][0]["message"]["content"] == "HELLO"


async def test_forms_that_it_does_not_know_are_refused(model: ChatModel) -> None:
    model.formats = {"json_object"}
    model.writes("one")
    assert (await ask(model, response_format={"type": "json_schema"})).status_code == 400
    assert (await ask(model, response_format={"type": "json_object"})).status_code == 200


async def test_it_throttles_fails_garbles_and_shows_pages(model: ChatModel) -> None:
    model.throttles(9)
    model.answers(500)
    model.garbles()
    model.shows_a_page()
    model.repeats()
    found = [await ask(model) for _ in range(5)]
    assert [one.status_code for one in found] == [429, 500, 200, 200, 200]
    assert found[0].headers["retry-after"] == "9"
    assert found[3].headers["content-type"] == "text/html"
    assert found[4].content == found[3].content


async def test_it_cuts_an_answer_half_way(model: ChatModel) -> None:
    model.cuts()
    with pytest.raises(httpx.RemoteProtocolError):
        await ask(model)


async def test_it_is_slow_and_hangs_until_the_caller_leaves(model: ChatModel) -> None:
    model.writes("late")
    model.is_slow(0.3)
    model.hangs()
    begun = asyncio.get_running_loop().time()
    assert (await ask(model)).status_code == 200
    assert asyncio.get_running_loop().time() - begun >= 0.3
    with pytest.raises(httpx.ReadTimeout):
        await ask(model)
    async with asyncio.timeout(3):
        while model.waiting:
            await asyncio.sleep(0.01)
