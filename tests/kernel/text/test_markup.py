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
from colonnade.kernel.text import HtmlCleaner, HtmlField, HtmlRules, RichText, as_html, html_fields
from colonnade.kernel.text.cleaning import Format
from colonnade.kernel.text.markup import CLEAN_SECONDS, INLINE_CHARACTERS, INLINE_TAGS
from colonnade.kernel.text.nesting import HtmlRefused, check_open_tags
from colonnade.kernel.text.scanning import prepare

RULES = HtmlRules(
    tags=frozenset(
        {
            "a",
            "b",
            "br",
            "dd",
            "div",
            "h1",
            "i",
            "img",
            "li",
            "p",
            "pre",
            "span",
            "table",
            "tbody",
            "td",
            "tr",
            "ul",
        }
    ),
    attributes={"a": {"href", "title"}, "img": {"src", "alt"}},
)
Text = Annotated[str, Meta(max_length=500_000, extra=as_html(RULES))]


class Post(RichText, frozen=True, rename="camel"):
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
        ("1 < 2 & 3 > 2", "1 &lt; 2 &amp; 3 &gt; 2"),
        ("<p>Shalom</p>", "<p>Shalom</p>"),
        ("<p>a<script>alert(1)</script>b</p>", "<p>ab</p>"),
        ('<a href="javascript:x" onclick="x">y</a>', '<a rel="noopener noreferrer">y</a>'),
        ('<img src="https://x.example/p.jpg" onerror="x">', '<img src="https://x.example/p.jpg">'),
        ("<ul><li>one<li>two</ul>", "<ul><li>one</li><li>two</li></ul>"),
        ("<p>\U0001f64f &amp; é</p>", "<p>\U0001f64f &amp; é</p>"),
    ],
)
async def test_only_plain_formatting_is_kept(cleaner: HtmlCleaner, given: str, kept: str, times: int) -> None:
    assert (await cleaner.clean(given * times, RULES)).html == kept * times


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
    "no tags": "<" * 500_000,
    "no elements": "<x>" * 160_000,
    "ends of no elements": "</x" * 160_000,
    "addresses": "<a@b>" * 100_000,
    "tags in tags": "<a" * 250_000 + ">",
    "quotes": '<a b="' * 80_000 + ">",
    "words for attributes": "<b hidden " * 50_000 + "<>",
    "flags for attributes": "<b" + " hidden" * 70_000 + "<>",
    "a tag at each flag": "<b hidden" * 55_000 + " x>",
    "quotes in quotes": """<b y x='"' z=\"""" * 30_000 + '" <>',
    "quotes in quotes of a tag": """<b x='"' z=\"""" * 30_000 + '" <>',
    "spaces for attributes": ("<b" + " " * 1000) * 499 + "<>",
    "spaces": "<b" + " " * 499_000,
    "sources": "<iframe" + " src" * 120_000 + ">",
    "sources of frames": ("<iframe" + " src" * 200 + "></iframe>") * 600,
    "quotes that nothing ends": "<a b='>" * 70_001,
    "short comments": "<!---->" * 70_000,
    "ends of comments": "<!--" + "--!" * 160_000,
    "scripts that have no end": "<script>" + "</script " * 50_000 + ">",
    "declarations": "<!doctype " * 50_000 + ">",
    "frames": '<iframe src="https://player.example.org/x">' * 11_000,
    "anchors": '<h1 id="a">x</h1><a href="#a">y</a>' * 14_000,
    "breaks before": "<pre>" + "\n" * 490_000,
    "joiners": "\U0001f468\u200d" * 240_000,
    "marks": "\u0301\u0323" * 240_000,
    "entities": "&amp" * 125_000,
}


async def longest_wait(cleaner: HtmlCleaner, text: str, format_: Format) -> float:
    """Return how many seconds another task had to wait at most while the text was cleaned."""
    longest, began = 0.0, time.perf_counter()

    async def measure() -> None:
        nonlocal longest
        while True:
            before = time.perf_counter()
            await asyncio.sleep(0.001)
            longest = max(longest, time.perf_counter() - before)

    watch = asyncio.create_task(measure())
    (made,) = await asyncio.gather(cleaner.clean(text, RULES, format_=format_), return_exceptions=True)
    watch.cancel()
    assert isinstance(made, HtmlRefused) or len(made.html) <= 5 * len(text) + 10_000
    assert time.perf_counter() - began < 3 * CLEAN_SECONDS + 1
    return longest


@pytest.mark.parametrize("text", WORST.values(), ids=WORST.keys())
async def test_the_worst_text_delays_nobody(cleaner: HtmlCleaner, text: str) -> None:
    assert await longest_wait(cleaner, text, "html") < 0.1
    assert (await cleaner.clean("<p>Shalom</p>" * 1_000, RULES)).html == "<p>Shalom</p>" * 1_000


@pytest.mark.parametrize(
    "piece", ["a\n\n", "a\n", " \n", "&", "<", "\U0001f468\u200d", "\u0301\u0323", "\u00a0", "\t"]
)
async def test_the_worst_plain_text_delays_nobody(cleaner: HtmlCleaner, piece: str) -> None:
    assert await longest_wait(cleaner, (piece * 500_000)[:500_000], "text") < 0.1


@pytest.mark.parametrize("text", WORST.values(), ids=WORST.keys())
async def test_what_is_cleaned_at_once_takes_milliseconds(cleaner: HtmlCleaner, text: str) -> None:
    pieces = text[:INLINE_CHARACTERS].split("<")[: INLINE_TAGS + 1]
    taken = []
    for _ in range(5):
        began = time.thread_time()
        with suppress(HtmlRefused):
            await cleaner.clean("<".join(pieces), RULES)
        taken.append(time.thread_time() - began)
    assert min(taken) < 0.01


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
    made = (await cleaner.clean(text, RULES)).html
    assert made.count("\u00a0") == text.count("\u00a0")
    assert "&nbsp;" not in made


def test_a_struct_says_which_of_its_fields_are_html() -> None:
    assert html_fields(Post) == {
        "own_words": HtmlField("ownWords", RULES, nullable=False, least=0, most=500_000),
        "aside": HtmlField("aside", RULES, nullable=True, least=0, most=500_000),
    }
    assert html_fields(int) == {}


class Part(msgspec.Struct):
    words: Text


class InList(msgspec.Struct):
    parts: list[Text] | None = None


class InMapping(msgspec.Struct):
    parts: dict[str, Text]


class InStruct(msgspec.Struct):
    part: Part | None


class WithoutFormat(msgspec.Struct):
    words: Text


class InStructs(msgspec.Struct):
    parts: list[Part]


@pytest.mark.parametrize("type_", [InList, InMapping, InStruct, InStructs, WithoutFormat])
def test_html_that_would_not_be_cleaned_is_refused_at_the_start(type_: type) -> None:
    with pytest.raises(TypeError, match="HTML"):
        html_fields(type_)


async def test_the_fields_of_a_struct_are_cleaned_and_named_in_errors(cleaner: HtmlCleaner) -> None:
    fields = html_fields(Post)
    for aside, kept in (
        (UNSET, UNSET),
        (None, None),
        ("<i onclick=x>y</i>", "<i>y</i>"),
        ("<p><br></p>", None),
    ):
        made, _ = await cleaner.clean_fields(Post("<b onclick=x>", "<p>y</p>", aside), fields)
        assert made == Post("<b onclick=x>", "<p>y</p>", kept)
    with pytest.raises(Invalid) as raised:
        await cleaner.clean_fields(Post("", WORST["deep"], "<div>" * 2_001), fields)
    assert raised.value.details == dict.fromkeys(
        ("ownWords", "aside"), "The HTML has more than 2000 tags that are open at a time"
    )
    with pytest.raises(Invalid) as raised:
        await cleaner.clean_fields(Post("", "<p>&nbsp;\u200b</p>"), fields)
    assert raised.value.details == {"ownWords": "Own words must not be blank"}
    with pytest.raises(Invalid) as raised:
        await cleaner.clean_fields(Post("", "&" * 100_001), fields)
    assert raised.value.details == {"ownWords": "Own words must be at most 500000 characters, as HTML"}


async def test_what_was_removed_is_told_by_field(cleaner: HtmlCleaner) -> None:
    post = Post("<b>", "<p onclick=1 class=x>a<script>b</script><script>c</script></p>", "<p>as it was</p>")
    _, warnings = await cleaner.clean_fields(post, html_fields(Post))
    assert warnings == ["Removed from ownWords: script (2), onclick (1), class (1)"]
    many = Post("", "<p " + " ".join(f"a{number}=1" for number in range(300)) + ' "<\u202e=2>x</p>')
    _, (warning,) = await cleaner.clean_fields(many, html_fields(Post))
    assert warning.startswith("Removed from ownWords: a0 (1), a1 (1), ")
    assert warning.endswith("a19 (1), others (281)")


async def test_a_text_is_said_to_be_one(cleaner: HtmlCleaner) -> None:
    typed = "  Satu & <b>dua</b>\nbaris\u202e\r\n \r\n\r\n&lt;tiga&gt;  "
    made, warnings = await cleaner.clean_fields(Post("<b>", typed, format="text"), html_fields(Post))
    assert made.own_words == "<p>Satu &amp; &lt;b&gt;dua&lt;/b&gt;<br>baris</p><p>&amp;lt;tiga&amp;gt;</p>"
    assert warnings == []


@pytest.mark.parametrize("depth", [100, 101])
async def test_a_hundred_levels_are_enough(cleaner: HtmlCleaner, depth: int) -> None:
    text = "<div>" * depth + "x" + "</div>" * depth
    if depth == 100:
        assert (await cleaner.clean(text, RULES)).html == text
    else:
        with pytest.raises(HtmlRefused, match="100 levels"):
            await cleaner.clean(text, RULES)


@pytest.mark.parametrize(
    "piece",
    [
        "<x",
        "<x/",
        "<x ",
        "<a",
        "<a ",
        "<!--",
        "<script",
        "<script>",
        "</",
        "</script ",
        '<a b="',
        "<a b='>",
        "<!doctype ",
    ],
)
def test_the_look_before_parsing_is_linear(piece: str) -> None:
    """Half a megabyte takes milliseconds; if each tag looked for its end behind all others, it would take minutes."""
    began = time.perf_counter()
    with suppress(HtmlRefused):
        check_open_tags(prepare((piece * 500_000)[:500_000] + ">", RULES.tags, embeds=True)[0])
    assert time.perf_counter() - began < 5
