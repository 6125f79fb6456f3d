"""Deterministic articles, authors and categories.

The same seed gives the same rows on every machine: only `random.Random` is used, never the clock. Text looks
like the news of an Indonesian radio station, as HTML of 1 to 4 KB (already clean: headings, paragraphs,
lists, quotes). Out of scope: the database, see `load.py`.
"""

from __future__ import annotations

import collections
import functools
import html
import itertools
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from data import words

SEED = 20_240_817
ARTICLES = 20_000
FIRST_DAY = datetime(2019, 1, 7, 5, 0, tzinfo=UTC)
_SLOT = re.compile(r"\{(\w+)\}")
_LISTS = {
    "city": words.CITIES,
    "subject": words.SUBJECTS,
    "verb": words.VERBS,
    "object": words.OBJECTS,
    "topic": words.TOPICS,
}
STEP = timedelta(hours=2, minutes=51, seconds=7)  # 20,000 steps are about six and a half years


@dataclass(frozen=True, slots=True)
class Author:
    """A member of staff; `role` is admin, editor or penyiar."""

    id: int
    name: str
    email: str
    role: str


@dataclass(frozen=True, slots=True)
class Category:
    """A category with its URL name."""

    id: int
    name: str
    slug: str
    description: str


@dataclass(frozen=True, slots=True)
class Article:
    """One article; times are aware UTC, `content` is HTML, `text` the same without markup."""

    id: int
    title: str
    slug: str
    content: str
    text: str
    excerpt: str
    status: str
    author_id: int
    category_id: int | None
    published_at: datetime | None
    created_at: datetime
    updated_at: datetime


def authors() -> list[Author]:
    """Return the eight authors, ids from 1."""
    return [
        Author(number, name, f"{login}@bench.example", role)
        for number, (name, login, role) in enumerate(words.AUTHORS, start=1)
    ]


def categories() -> list[Category]:
    """Return the twelve categories, ids from 1."""
    return [
        Category(number, name, slugify(name), description)
        for number, (name, description) in enumerate(words.CATEGORIES, start=1)
    ]


def slugify(text: str) -> str:
    """Return the ASCII words of `text` in lower case, joined by hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


@functools.cache
def _weights(size: int) -> list[float]:
    """Return the cumulative weights 1, 1/2, 1/3 …: few words are common and many rare, as in real text."""
    return list(itertools.accumulate(1 / rank for rank in range(1, size + 1)))


def _pick(rng: random.Random, choices: tuple[str, ...]) -> str:
    return rng.choices(choices, cum_weights=_weights(len(choices)))[0]


def _slot(rng: random.Random, name: str) -> str:
    if name == "name":
        return f"{rng.choice(words.FIRST_NAMES)} {rng.choice(words.LAST_NAMES)}"
    if name == "village":
        return f"Desa {rng.choice(words.VILLAGE_HEADS)}{rng.choice(words.VILLAGE_TAILS)}"
    return _pick(rng, _LISTS[name])


def _fill(rng: random.Random, pattern: str) -> str:
    """Replace each {slot} of `pattern` by a random word."""
    return _SLOT.sub(lambda found: _slot(rng, found[1]), pattern)


def capital(text: str) -> str:
    """Return `text` with its first letter in upper case."""
    return text[:1].upper() + text[1:]


def sentence(rng: random.Random) -> str:
    """Generate a sentence of about a hundred characters."""
    start = f"{rng.choice(words.LINKS)} {{subject}}" if rng.random() < 0.35 else "{subject}"
    draw = rng.random()
    place = " di {village}" if draw < 0.3 else " di {city}" if draw < 0.6 else ""
    person = " bersama {name}" if rng.random() < 0.25 else ""
    return capital(_fill(rng, f"{start} {{verb}} {{object}}{place}{person} {rng.choice(words.ENDINGS)}.")) + (
        f" Sedikitnya {rng.randrange(12, 900)} orang ikut serta." if rng.random() < 0.2 else ""
    )


def _paragraph(rng: random.Random) -> str:
    return " ".join(sentence(rng) for _ in range(rng.randrange(3, 6)))


def _blocks(rng: random.Random, size: int) -> Iterator[tuple[str, str]]:
    """Yield pairs of (HTML, text) until there are about `size` characters."""
    made = 0
    while made < size:
        draw = rng.random()
        if made and draw < 0.12:
            text = _fill(rng, "Belajar {topic} dari {subject}")
            markup = f"<h2>{html.escape(text, quote=False)}</h2>"
        elif made and draw < 0.22:
            text = f"{rng.choice(words.QUOTES)}, kata {_fill(rng, '{name}')}."
            markup = f"<blockquote><p>{html.escape(text, quote=False)}</p></blockquote>"
        elif made and draw < 0.32:
            items = [capital(_fill(rng, "{object} di {city}")) for _ in range(3)]
            text = " ".join(items)
            markup = "<ul>" + "".join(f"<li>{item}</li>" for item in items) + "</ul>"
        else:
            text = _paragraph(rng)
            markup = f"<p>{html.escape(text, quote=False)}</p>"
        made += len(markup)
        yield markup, text


def _status(rng: random.Random) -> str:
    return "published" if rng.random() < 0.90 else "draft"


def _article(rng: random.Random, number: int, used: set[str]) -> Article:
    title = capital(_fill(rng, rng.choice(words.TITLES)))
    slug = base = slugify(title)
    counter = 0
    while slug in used:
        counter += 1
        slug = f"{base}-{counter}"
    used.add(slug)
    blocks = list(_blocks(rng, rng.randrange(900, 3_700)))
    text = " ".join(part for _, part in blocks)
    created = FIRST_DAY + STEP * number
    status = _status(rng)
    return Article(
        id=number,
        title=title,
        slug=slug,
        content="".join(markup for markup, _ in blocks),
        text=text,
        excerpt=text[:180].rsplit(" ", 1)[0] + "…",
        status=status,
        author_id=rng.randrange(1, len(words.AUTHORS) + 1),
        category_id=rng.randrange(1, len(words.CATEGORIES) + 1) if rng.random() < 0.98 else None,
        published_at=None if status == "draft" else created + timedelta(minutes=rng.randrange(5, 90)),
        created_at=created,
        updated_at=created + timedelta(minutes=rng.randrange(90, 3_000)),
    )


def articles(count: int = ARTICLES, seed: int = SEED) -> list[Article]:
    """Generate `count` articles, ids from 1; about 90 % published, the others drafts, none in future."""
    rng = random.Random(seed)
    used: set[str] = set()
    return [_article(rng, number, used) for number in range(1, count + 1)]


def search_terms(rows: list[Article], count: int, seed: int = SEED) -> list[str]:
    """Draw `count` distinct search terms: one to three neighbouring words of a published article.

    People search for what distinguishes an article: nearly all terms contain a word that at most a twentieth of the
    articles have; a few may be any words, and match most articles.
    """
    rng = random.Random(seed + 1)
    published = [row.text.lower().split() for row in rows if row.status == "published"]
    frequency: collections.Counter[str] = collections.Counter()
    for text in published:
        frequency.update(set(text))
    rare = len(published) // 20
    terms: dict[str, None] = {}
    while len(terms) < count:
        found = rng.choice(published)
        length = rng.choices((1, 2, 3), weights=(2, 5, 3))[0]
        start = rng.randrange(len(found) - length)
        window = found[start : start + length]
        if not all(word.isalpha() for word in window) or max(map(len, window)) < 5:
            continue
        if rng.random() < 0.002 or any(frequency[word] <= rare for word in window):
            terms[" ".join(window)] = None
    return list(terms)
