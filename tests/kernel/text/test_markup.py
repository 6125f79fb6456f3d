"""HTML: what is kept, and that the worst that fits into a field costs its sender the field and nobody else anything."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Annotated

import msgspec
import pytest
from msgspec import UNSET, Meta, UnsetType

from colonnade.kernel.core import Invalid
from colonnade.kernel.core.workers import Workers
from colonnade.kernel.text import HtmlCleaner, HtmlRules, as_html, html_fields
from colonnade.kernel.text.markup import CLEAN_SECONDS, HtmlRefused, check_open_tags

RULES = HtmlRules(
    tags=frozenset(
        {"a", "b", "br", "dd", "div", "i", "img", "li", "p", "span", "table", "tbody", "td", "tr", "ul"}
    ),
    attributes={"a": {"href", "title"}, "img": {"src", "alt"}},
)
Text = Annotated[str, Meta(max_length=500_000, extra=as_html(RULES))]


class Post(msgspec.Struct, frozen=True, rename="camel"):
    title: str
    own_words: Text
    aside: Text | UnsetType | None = UNSET


@pytest.fixture
async def cleaner() -> AsyncIterator[HtmlCleaner]:
    workers = Workers()
    made = HtmlCleaner(workers)
    await made.clean("<p>x</p>" * 2_000, RULES)  # started
    yield made
    await workers.close()


@pytest.mark.parametrize("times", [1, 2_000])
@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("1 < 2 & 3 > 2", "1 < 2 & 3 > 2"),
        ("<p>Shalom</p>", "<p>Shalom</p>"),
        ("<p>a<script>alert(1)</script>b</p>", "<p>ab</p>"),
        ('<a href="javascript:x" onclick="x">y</a>', '<a rel="noopener noreferrer">y</a>'),
        ('<img src="https://x.example/p.jpg" onerror="x">', '<img src="https://x.example/p.jpg">'),
        ("<ul><li>one<li>two</ul>", "<ul><li>one</li><li>two</li></ul>"),
        ("<p>\U0001f64f &amp; é</p>", "<p>\U0001f64f &amp; é</p>"),
    ],
)
async def test_only_plain_formatting_is_kept(cleaner: HtmlCleaner, given: str, kept: str, times: int) -> None:
    assert await cleaner.clean(given * times, RULES) == kept * times


WORST = {
    "deep": "<div>" * 60_000,
    "deep, misnested": "<b><div></b>" * 40_000,
    "deep behind false ends": '<div title="</div>">' * 20_000,
    "deep by lists": "<dd><li>" * 40_000,
    "deep tables": "<table>" * 60_000,
    "hidden from a quick look": '<i "' + "><div" * 60_000,
    "attributes": "<a " + " ".join(f"x{number}=1" for number in range(50_000)) + ">x</a>",
    "unended tag": "<a" + "<" * 400_000,
    "comments": "<!--" * 100_000,
    "ends": "</p>" * 100_000,
    "foreign": "<svg>" * 499 + "<p>" * 50_000,
    "choices": "<select><option>" * 249 + "<option>" * 40_000,
    "scripts": "<script>" * 50_000,
    "grows": "<a></a>" * 70_000,
    "a long text": "<p>Shalom <b>sahabat</b></p>" * 17_000,
    "deep in a short text": "<dd><li>" * 999,
}


@pytest.mark.parametrize("text", WORST.values(), ids=WORST.keys())
async def test_the_worst_text_delays_nobody(cleaner: HtmlCleaner, text: str) -> None:
    longest, began = 0.0, time.perf_counter()

    async def measure() -> None:
        nonlocal longest
        while True:
            before = time.perf_counter()
            await asyncio.sleep(0.001)
            longest = max(longest, time.perf_counter() - before)

    watch = asyncio.create_task(measure())
    (made,) = await asyncio.gather(cleaner.clean(text, RULES), return_exceptions=True)
    watch.cancel()
    assert isinstance(made, HtmlRefused) or (isinstance(made, str) and len(made) <= 3 * len(text) + 10_000)
    assert time.perf_counter() - began < CLEAN_SECONDS + 1
    assert longest < 0.1
    assert await cleaner.clean("<p>Shalom</p>" * 1_000, RULES) == "<p>Shalom</p>" * 1_000


async def test_many_tangled_texts_at_once_are_all_answered(cleaner: HtmlCleaner) -> None:
    texts = [WORST["deep by lists"]] * 4
    errors = await asyncio.gather(*(cleaner.clean(text, RULES) for text in texts), return_exceptions=True)
    assert [type(error) for error in errors] == [HtmlRefused] * 4


@pytest.mark.parametrize(
    "text",
    [
        "<p>" + ("\u00a0" * 8 + "kata ") * 2_000 + "</p>",
        "<p>" + "a & b " * 20_000 + "</p>",
        "".join(f'<a href="#{number}">{number}</a> ' for number in range(1_000)),
        "<!--[if gte mso 9]>" + '<w:LsdException Name="x"/>' * 900 + "<![endif]--><p>Word</p>" * 400,
        "<svg>" + '<path d="M0 0"/>' * 3_000 + "</svg><p>An icon</p>",
        "<p>x</p><script>" + 'document.write("<div><b>");' * 1_500 + "</script>",
        '<object><param name="a"><param name="b"></object><p>y</p>' * 1_200,
    ],
    ids=["spaces", "ampersands", "links", "word", "icons", "scripts", "objects"],
)
async def test_what_people_paste_is_taken(cleaner: HtmlCleaner, text: str) -> None:
    made = await cleaner.clean(text, RULES)
    assert made.count("\u00a0") == text.count("\u00a0")
    assert "&nbsp;" not in made


def test_a_struct_says_which_of_its_fields_are_html() -> None:
    assert html_fields(Post) == {"own_words": ("ownWords", RULES), "aside": ("aside", RULES)}
    assert html_fields(int) == {}


class Part(msgspec.Struct):
    words: Text


class InList(msgspec.Struct):
    parts: list[Text] | None = None


class InMapping(msgspec.Struct):
    parts: dict[str, Text]


class InStruct(msgspec.Struct):
    part: Part | None


class InStructs(msgspec.Struct):
    parts: list[Part]


@pytest.mark.parametrize("type_", [InList, InMapping, InStruct, InStructs])
def test_html_that_would_not_be_cleaned_is_refused_at_the_start(type_: type) -> None:
    with pytest.raises(TypeError, match="HTML"):
        html_fields(type_)


async def test_the_fields_of_a_struct_are_cleaned_and_named_in_errors(cleaner: HtmlCleaner) -> None:
    fields = html_fields(Post)
    for aside, kept in ((UNSET, UNSET), (None, None), ("<i onclick=x>y</i>", "<i>y</i>")):
        post = Post("<b onclick=x>", "<p onclick=x>y</p>", aside)
        assert await cleaner.clean_fields(post, fields) == Post("<b onclick=x>", "<p>y</p>", kept)
    plain = Post("a", "b")
    assert await cleaner.clean_fields(plain, fields) == plain
    with pytest.raises(Invalid) as raised:
        await cleaner.clean_fields(Post("", WORST["deep"], "<div>" * 2_001), fields)
    assert raised.value.details == dict.fromkeys(
        ("ownWords", "aside"), "The HTML has more than 2000 tags that are open at a time"
    )


@pytest.mark.parametrize("depth", [100, 101])
async def test_a_hundred_levels_are_enough(cleaner: HtmlCleaner, depth: int) -> None:
    text = "<div>" * depth + "x" + "</div>" * depth
    if depth == 100:
        assert await cleaner.clean(text, RULES) == text
    else:
        with pytest.raises(HtmlRefused, match="100 levels"):
            await cleaner.clean(text, RULES)


@pytest.mark.parametrize("piece", ["<x", "<x/", "<x ", "<!--", "<script", "</"])
def test_the_look_before_parsing_is_linear(piece: str) -> None:
    """Half a megabyte takes milliseconds; if each tag looked for its end behind all others, it would take minutes."""
    began = time.perf_counter()
    with suppress(HtmlRefused):
        check_open_tags((piece * 500_000)[:500_000])
    assert time.perf_counter() - began < 5
