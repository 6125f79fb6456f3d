"""Six customers are answered at length from a large catalogue, while others ask whether the server is alive."""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any

import httpx
import pytest
from tests.products.dealroom.model_server import run_model_server

from colonnade.kernel.testing import NO_TLS
from colonnade.kernel.testing.command import new_installation

pytestmark = pytest.mark.slow

API = "/api/v1"
SELLERS, PRODUCTS, CUSTOMERS = 12, 45, 6
LOGIN = {"email": "melati@dealroom.test", "password": "melati-dealroom"}
WORDS = (
    "sepatu",
    "kulit",
    "garansi",
    "ukuran",
    "gratis",
    "ongkir",
    "asli",
    "tahun",
    "warna",
    "merah",
    "tali",
    "karet",
)
MAX_P99_SECONDS = 0.1
"""In a thread of the server it was 0.19 s, and 0.59 s at worst."""
WAIT_SECONDS = 200.0


def products(seller: int) -> list[dict[str, Any]]:
    return [
        {
            "name": f"Sepatu {seller} {number}",
            "description": " ".join(f"{WORDS[(number + at) % 12]} {at * 37 % 999}" for at in range(80))[:880],
            "benefits": [f"{word} {number}" for word in WORDS[:3]],
            "price": {
                "minMinor": 1_000_000 + seller * 100 + number,
                "maxMinor": 2_000_000,
                "currency": "IDR",
            },
        }
        for number in range(PRODUCTS)
    ]


async def ask_often(client: httpx.AsyncClient, done: asyncio.Event) -> list[float]:
    """Return how long each answer of `/health/live` took (s), until it is done."""
    seconds = []
    while not done.is_set():
        begun = time.perf_counter()
        assert (await client.get("/health/live")).status_code == 200
        seconds.append(time.perf_counter() - begun)
        await asyncio.sleep(0.005)
    return sorted(seconds)


async def is_decided(http: httpx.AsyncClient, session: str) -> bool:
    [answer] = (await http.get(f"{API}/sessions/{session}/answers")).json()["data"]
    return answer["state"] in ("held", "sent", "failed")


async def test_nobody_waits_while_long_answers_are_checked(capsys: pytest.CaptureFixture[str]) -> None:
    async with run_model_server() as model:
        reply = " ".join(f"Sepatu {at % SELLERS} {at % PRODUCTS} Rp{10_000 + at}" for at in range(140))[
            :4_000
        ]
        model.decides(lambda _: json.dumps({"reply": reply, "productIds": [], "claims": []}))
        with new_installation() as installation:
            installation.environment |= {
                "RATE_LIMIT_GLOBAL": "1000000/hour",
                "ASSISTANT": "openai",
                "ASSISTANT_BASE_URL": model.url,
                "ASSISTANT_MODEL": "test",
                "ASSISTANT_QUIET_SECONDS": "0",
            }
            up = await asyncio.to_thread(installation.up, "dealroom")
            async with httpx.AsyncClient(base_url=up.url, timeout=60, verify=NO_TLS) as http:
                token = (await http.post(f"{API}/auth/login", json=LOGIN)).json()["data"]["token"]
                http.headers["Authorization"] = f"Bearer {token}"
                sessions = []
                for _ in range(CUSTOMERS):
                    made = await http.post(f"{API}/sessions", json={})
                    sessions.append(made.json()["data"]["id"])
                for session in sessions:
                    for seller in range(SELLERS):
                        body = {"sessionId": session, "name": f"Toko {seller}", "products": products(seller)}
                        made = await http.post(f"{API}/sellers", json=body)
                        assert made.status_code == 201, made.text
                done = asyncio.Event()
                asking = asyncio.create_task(ask_often(http, done))
                begun = time.perf_counter()
                for session in sessions:
                    body = {"sessionId": session, "sender": "customer", "content": "Berapa harga sepatu?"}
                    assert (await http.post(f"{API}/messages", json=body)).status_code == 201
                async with asyncio.timeout(WAIT_SECONDS):
                    while not all([await is_decided(http, session) for session in sessions]):
                        await asyncio.sleep(1)
                took = time.perf_counter() - begun
                done.set()
                seconds = await asking
    p99 = seconds[int(0.99 * len(seconds))]
    with capsys.disabled():
        print(
            f"\n  {CUSTOMERS} long answers from {SELLERS * PRODUCTS} products in {took:.0f} s; "
            f"/health/live meanwhile: p99 {p99 * 1000:.0f} ms, most {seconds[-1] * 1000:.0f} ms"
        )
    assert p99 < MAX_P99_SECONDS
