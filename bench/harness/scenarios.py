"""The scenarios of reads: the requests to the servers, and the checks of their answers before anything is timed."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote_plus

import httpx

from data.generate import SEED, Article, categories, search_terms
from harness.wanted import ANONYMOUS, FASTAPI, FASTIFY, LIMIT, PEER, PEER_TUNED, Target

UNKNOWN = 900_000_000
READERS = 200


class WrongAnswer(Exception):
    """A server's answer contradicts the data, or two servers disagree."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """One kind of request. `digest` extracts from an answer what must be equal on all servers not in `unequal`."""

    name: str
    title: str
    paths: Callable[[list[Article]], list[str]]
    digest: Callable[[Any], Any]
    expected: Callable[[list[Article]], Any] | None = None
    others: tuple[str, ...] = (PEER, FASTIFY, FASTAPI)
    # A number is added to every address, so that no answer comes from a cache and the database is measured.
    fresh: bool = False
    # The Accept-Encoding to send; empty for none.
    encoding: str = ""
    # The status that every answer must have.
    status: int = 200
    # Whether each request carries the access token of one of READERS accounts.
    signed: bool = False
    unequal: tuple[str, ...] = ()
    targets: tuple[Target, ...] = ()


def _published(rows: list[Article]) -> list[Article]:
    return [row for row in rows if row.status == "published"]


def _list_digest(body: Any) -> Any:
    return {
        "total": body["pagination"]["total"],
        "slugs": [item["slug"] for item in body["data"]],
        "authors": [item["author"]["name"] for item in body["data"]],
    }


def _expected_list(rows: list[Article]) -> Any:
    newest = sorted(_published(rows), key=lambda row: row.created_at, reverse=True)
    return {"total": len(newest), "slugs": [row.slug for row in newest[:10]]}


def _article_digest(body: Any) -> Any:
    article = body["data"]
    return {name: article[name] for name in ("slug", "title", "content")} | {
        "author": article["author"]["name"]
    }


def _search_digest(body: Any) -> Any:
    return {"total": body["pagination"]["total"], "items": len(body["data"])}


def _category_digest(body: Any) -> Any:
    return {name: body["data"][name] for name in ("id", "name", "slug", "description")}


def _categories_digest(body: Any) -> Any:
    return {"slugs": [category["slug"] for category in body["data"]]}


def _expected_categories(_: list[Article]) -> Any:
    return {"slugs": [category.slug for category in sorted(categories(), key=lambda one: one.name)]}


def _refusal_digest(body: Any) -> Any:
    return {"success": body["success"], "code": body["error"]["code"]}


def _category_paths(_: list[Article]) -> list[str]:
    return [f"/categories/{category.id}" for category in categories()]


SCENARIOS: tuple[Scenario, ...] = (
    Scenario(
        name="one-row",
        title="one-row read (random category by id)",
        paths=_category_paths,
        digest=_category_digest,
        fresh=True,
        others=(PEER, FASTIFY, FASTAPI, LIMIT),
        targets=(Target(PEER, 5.0), Target(FASTIFY, 1.2), Target(FASTAPI, 8.0), Target(LIMIT, 1.8)),
    ),
    Scenario(
        name="signed-in",
        title="signed-in read (the one-row read with an access token)",
        paths=_category_paths,
        digest=_category_digest,
        fresh=True,
        signed=True,
        others=(ANONYMOUS, PEER, FASTIFY, FASTAPI),
        targets=(Target(ANONYMOUS, 1.5),),
    ),
    Scenario(
        name="slug",
        title="article by slug (random over all published)",
        paths=lambda rows: [f"/articles/{row.slug}" for row in _published(rows)],
        digest=_article_digest,
        fresh=True,
        others=(PEER, PEER_TUNED, FASTIFY, FASTAPI, LIMIT),
        targets=(Target(PEER, 4.0), Target(FASTIFY, 1.1), Target(FASTAPI, 6.5)),
    ),
    Scenario(
        name="small-cached",
        title="small cached answer (all twelve categories)",
        paths=lambda _: ["/categories"],
        digest=_categories_digest,
        expected=_expected_categories,
        others=(PEER, FASTIFY, FASTAPI, LIMIT),
        targets=(Target(LIMIT, 1.6),),
    ),
    Scenario(
        name="cached-list",
        title="cached article list (first page of ten)",
        paths=lambda _: ["/articles?page=1&limit=10"],
        digest=_list_digest,
        expected=_expected_list,
        targets=(Target(PEER, 4.5),),
    ),
    Scenario(
        name="cached-list-gzip",
        title="cached article list, as a browser asks for it (gzip)",
        paths=lambda _: ["/articles?page=1&limit=10"],
        digest=_list_digest,
        expected=_expected_list,
        encoding="gzip",
        targets=(Target(PEER, 10.0),),
    ),
    Scenario(
        name="not-found",
        title="404 (a category that is not there)",
        paths=lambda _: [f"/categories/{UNKNOWN + number}" for number in range(1_000)],
        digest=_refusal_digest,
        expected=lambda _: {"success": False, "code": "NOT_FOUND"},
        fresh=True,
        status=404,
    ),
    Scenario(
        name="invalid",
        title="422 (a list with a page size of zero)",
        paths=lambda _: ["/articles?limit=0"],
        digest=_refusal_digest,
        expected=lambda _: {"success": False, "code": "VALIDATION_ERROR"},
        fresh=True,
        status=422,
    ),
    Scenario(
        name="search",
        title="list with search and total (random terms)",
        paths=lambda rows: [
            f"/articles?search={quote_plus(term)}&limit=10" for term in search_terms(rows, 20_000)
        ],
        digest=_search_digest,
        fresh=True,
        others=(PEER, PEER_TUNED, FASTIFY, FASTAPI),
        # Prisma's `contains` is a substring match, the others match stems of words, ours the last one's beginning.
        unequal=(PEER, PEER_TUNED, FASTIFY, FASTAPI),
    ),
)


def verify(
    scenario: Scenario, rows: list[Article], bases: dict[str, str], token: str | None, probes: int = 12
) -> dict[str, Any]:
    """Request the same few paths of every server and compare; return mean body bytes by server.

    Signed-in requests carry `token`. Raises WrongAnswer for another status than the scenario's, a total or an order
    other than the data's, or servers that disagree.
    """
    paths = scenario.paths(rows)
    chosen = random.Random(SEED).sample(paths, min(probes, len(paths)))
    sizes: dict[str, int] = dict.fromkeys(bases, 0)
    with httpx.Client(timeout=60.0, headers={"Accept-Encoding": scenario.encoding or "identity"}) as client:
        for path in chosen:
            answers = {}
            for name, base in bases.items():
                signed = scenario.signed and name != ANONYMOUS
                answer = client.get(
                    base + path, headers={"Authorization": f"Bearer {token}"} if signed else {}
                )
                if answer.status_code != scenario.status:
                    raise WrongAnswer(f"{name} {path}: {answer.status_code} {answer.text[:300]}")
                sizes[name] += len(answer.content)
                answers[name] = scenario.digest(answer.json())
            _compare(scenario, rows, path, answers)
    return {
        "body_bytes": {name: round(size / len(chosen)) for name, size in sizes.items()},
        "probes": len(chosen),
    }


def _compare(scenario: Scenario, rows: list[Article], path: str, answers: dict[str, Any]) -> None:
    if scenario.expected is not None:
        expected = scenario.expected(rows)
        for name, answer in answers.items():
            for key, value in expected.items():
                if answer[key] != value:
                    raise WrongAnswer(f"{name} {path}: {key} is {answer[key]!r}, the data says {value!r}")
    compared = {name: answer for name, answer in answers.items() if name not in scenario.unequal}
    if len({repr(answer) for answer in compared.values()}) > 1:
        raise WrongAnswer(f"{path}: the servers disagree: {compared}")
