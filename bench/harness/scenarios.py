"""The scenarios of reads: the requests to the servers, and the checks of their answers before anything is timed."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote_plus

import httpx

from data.generate import SEED, Article, categories, search_terms

OURS = "colonnade"
PEER = "prisma"
PEER_TUNED = "prisma-tuned"


class WrongAnswer(Exception):
    """A server's answer contradicts the data, or two servers disagree."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """One kind of request. `digest` extracts from an answer what must be equal on the servers in `equal`."""

    name: str
    title: str
    paths: Callable[[list[Article]], list[str]]
    digest: Callable[[Any], Any]
    expected: Callable[[list[Article]], Any] | None = None
    peers: tuple[str, ...] = (PEER,)
    # A number is added to every address, so that no answer comes from a cache and the database is measured.
    fresh: bool = False
    # The Accept-Encoding to send; empty for none.
    encoding: str = ""
    equal: tuple[str, ...] = (OURS, PEER)
    target: float | None = None


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


SCENARIOS: tuple[Scenario, ...] = (
    Scenario(
        name="cached-list",
        title="cached article list (first page of ten)",
        paths=lambda _: ["/articles?page=1&limit=10"],
        digest=_list_digest,
        expected=_expected_list,
        target=5.0,
    ),
    Scenario(
        name="cached-list-gzip",
        title="cached article list, as a browser asks for it (gzip)",
        paths=lambda _: ["/articles?page=1&limit=10"],
        digest=_list_digest,
        expected=_expected_list,
        encoding="gzip",
        target=5.0,
    ),
    Scenario(
        name="slug",
        title="article by slug (random over all published)",
        paths=lambda rows: [f"/articles/{row.slug}" for row in _published(rows)],
        digest=_article_digest,
        fresh=True,
        peers=(PEER, PEER_TUNED),
        equal=(OURS, PEER, PEER_TUNED),
        target=4.0,
    ),
    Scenario(
        name="search",
        title="list with search and total (random terms)",
        paths=lambda rows: [
            f"/articles?search={quote_plus(term)}&limit=10" for term in search_terms(rows, 20_000)
        ],
        digest=_search_digest,
        fresh=True,
        peers=(PEER, PEER_TUNED),
        # Prisma's `contains` is a substring match and finds other rows than full text does.
        equal=(OURS, PEER_TUNED),
        target=4.0,
    ),
    Scenario(
        name="one-row",
        title="one-row read (random category by id)",
        paths=lambda _: [f"/categories/{category.id}" for category in categories()],
        digest=lambda body: {name: body["data"][name] for name in ("id", "name", "slug", "description")},
        fresh=True,
    ),
)


def verify(
    scenario: Scenario, rows: list[Article], bases: dict[str, str], probes: int = 12
) -> dict[str, Any]:
    """Request the same few paths of every server and compare; return mean body bytes by server.

    Raises WrongAnswer for a status other than 200, a total or an order other than the data's, or servers that disagree.
    """
    paths = scenario.paths(rows)
    chosen = random.Random(SEED).sample(paths, min(probes, len(paths)))
    sizes: dict[str, int] = dict.fromkeys(bases, 0)
    with httpx.Client(timeout=60.0, headers={"Accept-Encoding": scenario.encoding or "identity"}) as client:
        for path in chosen:
            answers = {}
            for name, base in bases.items():
                answer = client.get(base + path)
                if answer.status_code != 200:
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
    compared = {name: answer for name, answer in answers.items() if name in scenario.equal}
    if len({repr(answer) for answer in compared.values()}) > 1:
        raise WrongAnswer(f"{path}: the servers disagree: {compared}")
