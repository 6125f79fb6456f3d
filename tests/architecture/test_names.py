"""The kernel and the composition root name no product and no slice.

The words are what the products are about, in the singular. Where a word is a term of the kernel's own field as
well, the files that may use it are named, with the reason.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import colonnade
from colonnade.app.catalog import load_product, product_names

SOURCE = Path(colonnade.__file__).parent
ENDINGS = {".py", ".sql", ".html", ".txt", ".css", ".js", ".jinja"}

WORDS = {
    # radio
    "radio", "elshaddai", "penyiar", "station", "broadcast", "prayer", "song", "livechat", "testimonial", "gallery",
    "homepage", "partnership", "membership", "announcement", "presenter", "listener", "article", "category",
    "desk", "onair",
    # dealroom
    "dealroom", "whatsapp", "channel", "assistant", "vendor", "seller", "transcript", "catalogue", "persona", "deal",
    "conversation", "storefront",
    # to come
    "influencer", "salon", "monynha", "fantasize", "customization",
}  # fmt: skip

KERNEL_TERMS = {
    "auth", "session", "user", "message", "page", "shared", "account", "audit", "staff", "live", "program",
    "trash", "privacy", "feed", "sending", "webhook", "inbox", "report", "contact",
}  # fmt: skip
"""Words in slices' names with which the kernel means something of its own: a program is what runs on a computer."""

ELSEWHERE = {
    # Redis and PostgreSQL call what one subscribes to a channel, as AsyncAPI does.
    "channel": {
        "kernel/core/bus_redis.py",
        "kernel/jobs/",
        "kernel/db/migrations/",
        "kernel/http/asyncapi.py",
        "kernel/testing/sentences.py",
        "kernel/http/events_page.py",
    },
    # asyncpg, browsers and sockets have listeners.
    "listener": {
        "kernel/jobs/",
        "kernel/db/",
        "app/",
        "kernel/core/bus_redis.py",
        "kernel/realtime/",
        "kernel/http/docs.py",
        "kernel/http/assets/docs.js",
    },
    # OpenAI's protocol calls what the model says the assistant's.
    "assistant": {"kernel/testing/completions.py"},
    # Unicode's general categories of characters.
    "category": {"kernel/core/texts/", "kernel/text/confusables.py"},
    # One message to every socket of a room.
    "broadcast": {"kernel/realtime/"},
    # The element of HTML.
    "article": {"app/templates/overview.html", "kernel/text/elements.py"},
    # What is printed when the server is up.
    "announcement": {"app/cli/"},
}


def words_of(text: str) -> Iterator[str]:
    """Return the words of a text in the singular; identifiers in snake and camel case are split."""
    for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", text):
        yield re.sub(r"(?<!s)s$", "", re.sub(r"ies$", "y", word.lower())) if len(word) > 3 else word.lower()


def slice_words() -> set[str]:
    slices = {each.name for name in product_names() for each in load_product(name).slices}
    return {word for name in slices for word in words_of(name)} - KERNEL_TERMS


@pytest.mark.parametrize("package", ["kernel", "app"])
def test_no_product_and_no_slice_is_named(package: str) -> None:
    forbidden = WORDS | set(product_names())
    found = [
        f"{place}:{number}: {word}"
        for path in sorted((SOURCE / package).rglob("*"))
        if path.suffix in ENDINGS
        for place in [path.relative_to(SOURCE).as_posix()]
        for number, line in enumerate(path.read_text().splitlines(), 1)
        for word in forbidden.intersection(words_of(line))
        if not any(place.startswith(allowed) for allowed in ELSEWHERE.get(word, ()))
    ]
    assert not found, "\n".join(found)


def test_the_list_of_words_knows_every_slice() -> None:
    assert slice_words() - WORDS == set()
