"""Cost curves of our server: CPU per request, its own and PostgreSQL's, with 10^3 to 10^6 rows in the table.

Lists and searches of articles, a keyset page and a batch poll of messages. Addresses carry a number, so that no answer
comes from a cache; totals of lists do, by filter, which is our design.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote_plus

import httpx

from data import grow
from data.generate import SEED, search_terms
from harness import database, load, rounds, settings
from harness.compare import our_spec, start_server, tell
from harness.dealroom import MESSAGES, SignedLoad
from harness.postgres import Postgres
from harness.scenarios import WrongAnswer
from harness.servers import Server
from harness.sessions import sign_in
from harness.wanted import OURS

SIZES = (1_000, 10_000, 100_000, 1_000_000)
LIMIT = 10
DEEP_PAGE = 1_000
PAGE = 50
TERMS = 2_000
_LINES = 5_000

TITLES = {
    "first-page": "first page",
    "deep-page": "page 1,000, or the last",
    "search": "search",
    "keyset": "keyset page",
    "batch-poll": "batch poll",
}


@dataclass(frozen=True, slots=True)
class Curve:
    """One operation at one size: a request to check with the items wanted (None: some), and the load."""

    name: str
    detail: str
    probe: str
    items: int | None
    load: rounds.Load
    token: str | None = None


def measure(sizes: tuple[int, ...], *, count: int, seconds: float) -> dict[str, Any]:
    """Measure `count` rounds of each operation at each size; return the points. Raises as `compare` does."""
    load.ensure_wrk()
    points: list[dict[str, Any]] = []
    loading = 0.0
    with Postgres() as postgres:
        for size in sizes:
            for product, prepare in PREPARATIONS.items():
                began = time.perf_counter()
                dataset = asyncio.run(database.curve_dataset(postgres, product, size))
                loading += time.perf_counter() - began
                tell(f"{size:,} rows of {product}, loaded after {loading:.0f} s altogether")
                run = _measure(postgres, dataset, product, size, prepare, count, seconds)
                points += asyncio.run(run)
    return {"points": points, "rounds": count, "seconds": seconds, "loading_seconds": loading}


Preparation = Callable[[database.Dataset, int], Any]


async def _measure(
    postgres: Postgres,
    dataset: database.Dataset,
    product: str,
    size: int,
    prepare: Preparation,
    count: int,
    seconds: float,
) -> list[dict[str, Any]]:
    command = settings.DEALROOM_COMMAND if product == "dealroom" else settings.OUR_COMMAND
    curves: list[Curve] = await prepare(dataset, size)
    running: dict[str, Server] = {}
    points = []
    with ExitStack() as stack:
        start_server(running, our_spec(dataset, command), stack)
        for curve in curves:
            _check(running[OURS], curve)
            taken = await rounds.run_rounds(
                running,
                postgres,
                {OURS: curve.load},
                rounds=count,
                seconds=seconds,
                warmup_seconds=1.0,
                warmup_requests=0,
                tell=lambda text, curve=curve: tell(f"{curve.name} {text}"),
            )
            median = rounds.summary(taken[OURS])["median"]
            points.append(
                {"operation": curve.name, "rows": size, "detail": curve.detail}
                | {name: median[name] for name in ("server_cpu_us", "postgres_cpu_us", "p50_ms")}
            )
    return points


def _check(server: Server, curve: Curve) -> None:
    headers = {} if curve.token is None else {"Authorization": f"Bearer {curve.token}"}
    answer = httpx.get(server.base_url + curve.probe, headers=headers, timeout=60.0)
    found = len(answer.json()["data"]) if answer.status_code == 200 else 0
    if not found or curve.items not in (None, found):
        raise WrongAnswer(
            f"{curve.name} {curve.probe}: {answer.status_code} with {found} items, not {curve.items}"
        )


async def _of_articles(_: database.Dataset, size: int) -> list[Curve]:
    originals = grow.original_articles(size)
    published = sum(row.status == "published" for row in originals) * (size // len(originals))
    last = -(-published // LIMIT)
    deep = min(DEEP_PAGE, last)
    terms = search_terms(originals[: SIZES[0]], TERMS)
    asked = {
        "first-page": [f"/articles?page=1&limit={LIMIT}"],
        "deep-page": [f"/articles?page={deep}&limit={LIMIT}"],
        "search": [f"/articles?search={quote_plus(term)}&limit={LIMIT}" for term in terms],
    }
    details = {"deep-page": f"page {deep:,} of {last:,}"}
    left = published - (deep - 1) * LIMIT
    return [
        Curve(
            name=name,
            detail=details.get(name, ""),
            probe=paths[0],
            items={"first-page": LIMIT, "deep-page": min(LIMIT, left), "search": None}[name],
            load=rounds.PathLoad(_file(name, size, paths), fresh=True),
        )
        for name, paths in asked.items()
    ]


async def _of_messages(dataset: database.Dataset, size: int) -> list[Curve]:
    found, turns, rng = grow.conversations(), size // grow.SESSIONS, random.Random(SEED)
    tokens = await sign_in(dataset.dsn, "dealroom", "user", [chat.owner_id for chat in found])

    def keyset(number: int) -> str:
        chat = found[number % len(found)]
        before = rng.randint(PAGE + 1, turns + 1)
        return f"{tokens[chat.owner_id]}\t{MESSAGES}/session/{chat.id}?before={before}&limit={PAGE}"

    def batch(number: int) -> str:
        chat = found[number % len(found)]
        last_id = rng.randint(0, turns - PAGE) * grow.SESSIONS
        return f"{tokens[chat.owner_id]}\t{MESSAGES}/batch/{chat.id}?lastMessageId={last_id}&limit={PAGE}"

    curves = []
    for name, line in (("keyset", keyset), ("batch-poll", batch)):
        lines = [line(number) for number in range(_LINES)]
        token, probe = lines[0].split("\t")
        file = _file(name, size, lines)
        curves.append(Curve(name, f"{turns:,} messages a session", probe, PAGE, SignedLoad(file), token))
    return curves


PREPARATIONS: dict[str, Preparation] = {"radio": _of_articles, "dealroom": _of_messages}


def _file(name: str, size: int, lines: list[str]) -> Any:
    file = settings.HOME / f"curve-{name}-{size}.lines"
    file.write_text("\n".join(lines) + "\n")
    return file
