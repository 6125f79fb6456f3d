"""What people wrote stays, what attacks goes, and what came out comes out again."""

from __future__ import annotations

import html
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from colonnade.kernel.text import HtmlRules, excerpt, plain
from colonnade.kernel.text.cleaning import clean
from colonnade.kernel.text.nesting import HtmlRefused
from colonnade.kernel.text.shown import paragraphs

ATTRIBUTES = {
    "a": {"href", "title"},
    "img": {"src", "alt", "title", "width", "height"},
    "ol": {"start"},
    "td": {"colspan", "rowspan"},
}
TAGS = frozenset(
    {
        *(
            "a",
            "abbr",
            "b",
            "blockquote",
            "br",
            "caption",
            "code",
            "dd",
            "details",
            "div",
            "dl",
            "dt",
            "em",
            "h1",
        ),
        *("h2", "hr", "i", "img", "li", "ol", "p", "pre", "s", "span", "strong", "sub", "summary", "table"),
        *("tbody", "td", "th", "thead", "tr", "u", "ul"),
    }
)
RULES = HtmlRules(tags=TAGS, attributes=ATTRIBUTES, embeds=True)
HOSTS = frozenset({"player.example.org"})
LINK = ' rel="noopener noreferrer"'


def made_of(text: str) -> str:
    return clean(text, RULES, HOSTS).html


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("Hubungi <budi@elshaddai.id>", "Hubungi &lt;budi@elshaddai.id&gt;"),
        (
            "Hubungi <a@b.id>, <https://gereja.id/x?y=1>",
            "Hubungi &lt;a@b.id&gt;, &lt;https://gereja.id/x?y=1&gt;",
        ),
        ("a < b, <3 << <- <= <", "a &lt; b, &lt;3 &lt;&lt; &lt;- &lt;= &lt;"),
        ("x<y>z</y> <nama-anda>", "x&lt;y&gt;z&lt;/y&gt; &lt;nama-anda&gt;"),
        ("jika a<b maka b", "jika a&lt;b maka b"),
        ("a<a<a", "a&lt;a&lt;a"),
        ("Jika x<b hubungi <budi@a.id> ya", "Jika x&lt;b hubungi &lt;budi@a.id&gt; ya"),
        ("<p>Jika x<b maka y>z</p>", "<p>Jika x&lt;b maka y&gt;z</p>"),
        ("Ketik <a href lalu <budi@x.id>", "Ketik &lt;a href lalu &lt;budi@x.id&gt;"),
        ("<p>Pakai <b untuk tebal</p>", "<p>Pakai &lt;b untuk tebal</p>"),
        ("<p>Pakai </b untuk <i>x</i></p>", "<p>Pakai &lt;/b untuk <i>x</i></p>"),
        ("<b <i>x</i>, <b\n<i>y</i>", "&lt;b <i>x</i>, &lt;b\n<i>y</i>"),
        ("a<b = 5, b>c; a<b /c>d", "a&lt;b = 5, b&gt;c; a&lt;b /c&gt;d"),
        ("<b hidden x-y class>x</b><ol reversed start=2></ol><br/>", '<b>x</b><ol start="2"></ol><br>'),
        ('<p class="a" hai data-x=1 <b>x</p>', "<p>x</p>"),
        ("<script lalu <img src=x onerror=y>", '&lt;script lalu <img src="x">'),
        ("<img <script>1</script>>", "&lt;img &gt;"),
        ("<> </> <!> <!x> <?x?> <!--x", "&lt;&gt; &lt;/&gt; &lt;!&gt; &lt;!x&gt; &lt;?x?&gt; &lt;!--x"),
        ('<p title="<x>" class="<y>">a</p>', '<p title="&lt;x&gt;">a</p>'),
        ('<a title="<x> & y" href="#">a</a>', f'<a title="&lt;x&gt; &amp; y" href="#"{LINK}>a</a>'),
        ("<b title='x>tidak ditutup</b>", "&lt;b title='x&gt;tidak ditutup"),
        ("O'Neil & Sons &lt;img src=x onerror=x&gt;", "O'Neil &amp; Sons &lt;img src=x onerror=x&gt;"),
        ("<o:p>Word</o:p><?xml:namespace ns='x' /><![if !x]>!<![endif]>", "Word!"),
        ("<!DOCTYPE html><html><head><title>T</title></head><body>x</body></html>", "x"),
        ("<svg><path d='M0 0'/><text>x</text></svg>y<math><mi>x</mi></math>", "y"),
        ("<script>if (a<b) x()</script>y<style>a<b{}</style><template>z</template>", "y"),
        ("<pre>\n\n a\n</pre>", "<pre>\n\n a\n</pre>"),
        ("<p>\u202eterbalik\u200b e\u0301 \u0628\u200c</p>", "<p>terbalik \u00e9 \u0628\u200c</p>"),
        ("<p>\u0338x</p>", "<p>\u0338x</p>"),
        ("  <p>x</p>\n", "<p>x</p>"),
    ],
)
def test_what_is_no_markup_is_text(sent: str, kept: str) -> None:
    assert made_of(sent) == kept
    assert made_of(kept) == kept


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ('<h1 id="bab-1">B</h1>', '<h1 id="user-content-bab-1">B</h1>'),
        ('<h2 id="第一章">B</h2>', '<h2 id="user-content-第一章">B</h2>'),
        ('<h2 id="user-content-a">B</h2>', '<h2 id="user-content-a">B</h2>'),
        ('<h2 id="a">B</h2><h2 id="a">C</h2>', '<h2 id="user-content-a">B</h2><h2>C</h2>'),
        ('<h2 id="location">B</h2><p id="a">c</p>', '<h2 id="user-content-location">B</h2><p>c</p>'),
        ('<h2 id="a b">B</h2><h2 id="">C</h2><h2 id=\'"&gt;\'>D</h2>', "<h2>B</h2><h2>C</h2><h2>D</h2>"),
        (
            '<a href="#a">1</a><a href="#b">2</a><h1 id="a">A</h1>',
            f'<a href="#user-content-a"{LINK}>1</a><a href="#b"{LINK}>2</a><h1 id="user-content-a">A</h1>',
        ),
        (
            '<h1 id="bagian-é">A</h1><a href="#bagian-%C3%A9">1</a>',
            f'<h1 id="user-content-bagian-é">A</h1><a href="#user-content-bagian-é"{LINK}>1</a>',
        ),
    ],
)
def test_headings_keep_their_anchors(sent: str, kept: str) -> None:
    assert made_of(sent) == kept
    assert made_of(kept) == kept


FRAME = (
    '<iframe src="https://player.example.org/v/1?a=1&amp;b=2" title="Lagu &lt;1&gt;" width="560" loading="lazy" '
    'referrerpolicy="strict-origin-when-cross-origin" '
    'sandbox="allow-scripts allow-same-origin allow-popups allow-presentation" '
    'allow="fullscreen; picture-in-picture; encrypted-media"></iframe>'
)


def test_a_player_of_a_host_that_is_named_is_embedded() -> None:
    sent = (
        '<p>a</p><iframe width="560" src="https://player.example.org/v/1?a=1&b=2" srcdoc="<script>x</script>" name="a" '
        'sandbox="allow-top-navigation" onload="x()" title="Lagu <1>" allow="camera">old<img src=x></iframe><p>b</p>'
    )
    assert made_of(sent) == f"<p>a</p>{FRAME}<p>b</p>"
    assert made_of(FRAME) == FRAME
    assert clean(FRAME, RULES, HOSTS).removed == {}
    for rules, hosts in ((RULES, frozenset[str]()), (HtmlRules(tags=TAGS, attributes=ATTRIBUTES), HOSTS)):
        cleaned = clean(sent, rules, hosts)
        assert (cleaned.html, cleaned.removed) == ("<p>a</p><p>b</p>", {"iframe": 1})


@pytest.mark.parametrize("scheme", ["http:", "", "https:"])
def test_a_player_is_embedded_by_https(scheme: str) -> None:
    cleaned = clean(f"<iframe src={scheme}//player.example.org/v/1></iframe>", RULES, HOSTS)
    assert cleaned.html.startswith('<iframe src="https://player.example.org/v/1" loading="lazy"')
    assert (cleaned.removed, cleaned.hosts, clean(cleaned.html, RULES, HOSTS).html) == ({}, (), cleaned.html)


def test_hosts_of_frames_that_were_removed_are_told() -> None:
    sent = (
        "<iframe src='//a.id/x'></iframe><iframe title=x SRC = https://u:p@B.id:8/></iframe><iframe></iframe>"
        "<iframe src=//a.id></iframe><iframe src=https://[x></iframe><iframe src='//<b>/'></iframe>"
        '<iframe data-src="//c.id/" src="https://player.example.org:1/"></iframe>'
    )
    cleaned = clean(sent, RULES, HOSTS)
    assert cleaned.hosts == ("a.id", "b.id")
    assert cleaned.told == "iframe (7), a.id is not in EMBED_HOSTS, b.id is not in EMBED_HOSTS"
    assert clean(sent, RULES).hosts == ("a.id", "b.id", "player.example.org")
    assert clean(sent, HtmlRules(tags=TAGS, attributes=ATTRIBUTES), HOSTS).hosts == ()


@pytest.mark.parametrize(
    "source",
    [
        "http://player.example.org.evil.id/", "///player.example.org/", "https://player.example.org.evil.id/",
        "http://player.example.org:80/", "http:https://player.example.org/", "ftp://player.example.org/",
        "https://evil.id/player.example.org", "https://player.example.org@evil.id/", "https://a@player.example.org/",
        "https://player.example.org:444/", "https://player.example.org\\@evil.id/", "javascript:x",
        "https://sub.player.example.org/", "data:text/html,x", "https:player.example.org/", "/x", "",
        "https://player.example.org/\n<script>", "https://PLAYER.example.org/", "https://player.example.org/#javascript:x",
    ],
)  # fmt: skip
def test_no_other_player_is(source: str) -> None:
    assert made_of(f'<p>a</p><iframe src="{html.escape(source)}">x</iframe><p>b</p>') == "<p>a</p><p>b</p>"
    assert made_of(f'<p>a</p><embed src="{html.escape(source)}"><p>b</p>') == "<p>a</p><p>b</p>"


def test_what_was_removed_is_counted() -> None:
    cleaned = clean(
        '<p class="x" onclick="y">a<font color=red>b</font><!-- c --><a href="javascript:x" target=_blank>d</a></p>'
        "<td>e</td><h2 id='a b'>f</h2>",
        RULES,
    )
    assert cleaned.removed == {
        "font": 1, "td": 1, "class": 1, "onclick": 1, "href": 1, "target": 1, "id": 1, "comment": 1,
    }  # fmt: skip
    assert clean(cleaned.html, RULES).removed == {}


def test_words_are_not_told_as_attributes() -> None:
    assert clean("Jika x<b hubungi Budi <budi@a.id> ya", RULES).removed == {}
    assert clean('<p class="a" hai {{x}} budi@x.id disabled>x</p>', RULES).removed == {
        "class": 1,
        "disabled": 1,
    }
    many = "".join(f" x{number}=1" for number in range(30))
    told = clean(f"<p {{{{x=1 {many}>x</p>", RULES).told
    assert told == ", ".join([*(f"x{number} (1)" for number in range(20)), "others (11)"])


# A vector of each class: markup that is read differently the second time, in other languages, or as text.
ATTACKS = [
    "<script>alert(1)</script>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "<img src=x onerror=alert(1)>",
    "<img/src/onerror=alert(1)//",
    "<<img src=x onerror=alert(1)>",
    "<img src='x'onerror='alert(1)'>",
    '<a href="javascript:alert(1)">x</a>',
    '<a href="java&#9;script:alert(1)">x</a>',
    '<a href="&#1;javascript:alert(1)">x</a>',
    '<a href="java\u200bscript:alert(1)">x</a>',
    '<a href="\u00a0javascript:alert(1)">x</a>',
    '<a href="vbscript:x">x</a><img src="data:image/svg+xml,<svg onload=alert(1)>">',
    "<svg onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<svg><a><set attributeName=href to=javascript:alert(1)></set><text>x</text></a></svg>",
    '<svg><iframe><a title="</iframe><img src onerror=alert(1)>">x',
    '<svg><style><a title="</style><img src onerror=alert(1)>">',
    '<svg></p><style><a id="</style><img src=1 onerror=alert(1)>">',
    "<math><mtext><table><mglyph><style><!--</style><img title=\"--><img src onerror=alert(1)>\">",
    "<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    '<form><math><mtext></form><form><mglyph><svg><mtext><style><path id="</style><img onerror=alert(1) src>">',
    '<math><annotation-xml encoding="text/html"><style><img title="</style><img src onerror=alert(1)>">',
    '<svg><annotation-xml><foreignobject><style><!--</style><p id="--><img src=x onerror=alert(1)>">',
    "<svg><x><desc><noscript>&lt;/noscript>&lt;style>&lt;a title=\"&lt;/style>&lt;img src onerror=alert(1)>\">",
    '<noscript><p title="</noscript><img src=x onerror=alert(1)>">',
    '<textarea><p title="</textarea><img src=x onerror=alert(1)>">',
    '<title><p title="</title><img src=x onerror=alert(1)>">',
    '<xmp><p title="</xmp><img src=x onerror=alert(1)>">',
    '<noembed><p title="</noembed><img src=x onerror=alert(1)>">',
    '<noframes><p title="</noframes><img src=x onerror=alert(1)>">',
    '<iframe><p title="</iframe><img src=x onerror=alert(1)>">',
    '<iframe src="https://player.example.org/x"><img src=x onerror=alert(1)></iframe>',
    '<iframe src="https://player.example.org/x" srcdoc="<img src=x onerror=alert(1)>"></iframe>',
    '<embed src="https://player.example.org/x" onload=alert(1)><object data="javascript:x"></object>',
    '<select><template><style><p title="</style><img src=x onerror=alert(1)>">',
    "<template><script>alert(1)</script></template>",
    "<plaintext><img src=x onerror=alert(1)>",
    "<!--><img src=x onerror=alert(1)>-->",
    "<!--><script>alert(1)</script>",
    "<! foo=\"--><img src=x onerror=alert(1)>\">",
    "<![CDATA[<img src=x onerror=alert(1)>]]>",
    "<?xml version=\"><img src=x onerror=alert(1)>\"?>",
    "<!DOCTYPE x [<!ENTITY y '<img src=x onerror=alert(1)>'>]>&y;",
    '<a title="`><img src=x onerror=alert(1)>">x</a><img alt="`><script>alert(1)</script>">',
    "&lt;img src=x onerror=alert(1)&gt;",
    "&amp;lt;script&amp;gt;alert(1)&amp;lt;/script&amp;gt;",
    "&#60;script&#62;alert(1)&#60;/script&#62;",
    "\uff1cscript\uff1ealert(1)\uff1c/script\uff1e",
    "<p>\u0338<img src=x onerror=alert(1)></p>",
    "<img src=x on\u200berror=alert(1)>",
    "<s\u200bcript>alert(1)</s\u200bcript>",
    "<b><table><style><a title='</style><img src onerror=alert(1)>'>",
    "<div>" * 90 + "<table><caption><svg><desc><table><caption></caption></table></desc><style><a title='</style>"
    "<img src onerror=alert(1)>'></a></style></svg></caption></table>" + "</div>" * 90,
    "<h1 id=defaultView name=x><a id=x href='javascript:x'>",
    "<form id=attributes><input name=nodeName></form>",
    "<base href='https://evil.id/'><link rel=stylesheet href=//evil.id><meta http-equiv=refresh content='0;//evil.id'>",
    "<p style='background:url(javascript:x)' class=x>y</p>",
    "<input autofocus onfocus=alert(1)><details open ontoggle=alert(1)>x</details><marquee onstart=alert(1)>",
    "<x:script xmlns:x='http://www.w3.org/1999/xhtml'>alert(1)</x:script>",
    "<o:p><svg/onload=alert(1)></o:p>",
]  # fmt: skip

_TEXT = r"(?:[^<>&]|&(?:amp|lt|gt);)*"
_VALUE = r'"(?:[^<>&"]|&(?:amp|lt|gt|quot);)*"'
_TAG = re.compile(rf"<(/?)([a-z][a-z0-9]*)((?: [a-z]+={_VALUE})*)>")


def assert_safe(made: str) -> None:
    """Every character is of a text, or of a tag in the one form that every parser reads alike, and that is allowed."""
    for frame in re.findall(r"<iframe[^>]*>", made):
        assert re.fullmatch(
            r'<iframe src="https://player\.example\.org/[^"]*"[^>]* sandbox="[a-z -]+"[^>]*>', frame
        )
        assert not re.search(r" (?:srcdoc|name|on\w*)=", frame)
    rest = re.sub(r"<iframe[^>]*></iframe>", "", made)
    assert re.fullmatch(_TEXT, _TAG.sub("", rest)), made
    for _, name, attributes in _TAG.findall(rest):
        assert name in TAGS, made
        for attribute, value in re.findall(r' ([a-z]+)="([^"]*)"', attributes):
            allowed = (
                ATTRIBUTES.get(name, set())
                | {"lang", "title"}
                | {"a": {"rel"}, "h1": {"id"}, "h2": {"id"}}.get(name, set())
            )
            assert attribute in allowed, made
            if attribute == "id":
                assert value.startswith("user-content-")
            if attribute in ("href", "src"):
                address = re.sub(r"[\s\x00-\x20\u200b]", "", html.unescape(value)).lower()
                scheme = re.match(r"([a-z][a-z0-9+.-]*):", address)
                assert scheme is None or scheme[1] in RULES.schemes, made


@pytest.mark.parametrize("attack", ATTACKS)
@pytest.mark.parametrize(
    "around", ["{}", "<p>Shalom {} semua</p>", "<table><tr><td>{}", "<pre>{}", "<b><i>{}</b>"]
)
def test_no_attack_survives(attack: str, around: str) -> None:
    made = made_of(around.format(attack))
    assert_safe(made)
    assert made_of(made) == made
    for shown in (excerpt(made, most_encoded=500), excerpt(made, most=20, most_encoded=40)):
        assert re.fullmatch(_TEXT, shown), shown
    for said in ("", "\n\n"):
        text = paragraphs(attack + said + attack)
        assert_safe(text)
        assert made_of(text) == text


PIECES = [
    *(f"<{name}>" for name in (*sorted(TAGS), "form", "select", "option", "svg", "math", "mtext", "style", "script")),
    *(f"</{name}>" for name in (*sorted(TAGS), "form", "select", "svg", "math", "style", "script", "iframe", "x")),
    *("<iframe src=https://player.example.org/x>", "<embed src=x>", "<textarea>", "<title>", "<noscript>"),
    *("<template>", "<foreignObject>", "<annotation-xml encoding=text/html>", "<mglyph>", "<nobr>", "<font>"),
    *("<button>", "<body>", '<a href="#a">', '<a href="javascript:x">', "<h1 id=a>", '<h2 id="user-content-a">'),
    *('<td colspan="2">', "<a ", "<budi@x.id>", "<3", "<", ">", "<!--", "-->", "--!>", "<![CDATA[", "]]>"),
    *("<!doctype html>", "<?xml ", "</", "<a", '"', "'", "=", "x", " ", "\n", "\t", "\r", "&", "&lt;", "&amp;"),
    *("&nbsp;", "&#60;", "&lt", "\u00a0", "\u200b", "\u202e", "\u0338", "e\u0301", "\U0001f468\u200d\U0001f469"),
    *("\u0e01\u200b\u0e01", "title=x", 'onclick="y"', "/", "`"),
]  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=25).map("".join))
def test_what_is_clean_stays_as_it_is(soup: str) -> None:
    try:
        made = made_of(soup)
    except HtmlRefused:
        return
    assert_safe(made)
    again = clean(made, RULES, HOSTS)
    assert (again.html, again.removed) == (made, {})
    shown = excerpt(made, most_encoded=500)
    assert clean(shown, HtmlRules(tags=frozenset(), attributes={})).html == shown


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=25).map("".join))
def test_a_text_is_read_as_it_was_typed(typed: str) -> None:
    made = paragraphs(typed)
    assert_safe(made)
    assert made_of(made) == made
    visible = re.sub("[\u200b\u202e]", "", typed)
    if visible.isascii():
        assert plain(made) == " ".join(visible.split())


@pytest.mark.parametrize(
    ("cleaned", "shown"),
    [
        ("<h2>Kabar</h2><p>Tuhan &amp; kita.\n Amin.</p>", "Kabar Tuhan &amp; kita. Amin."),
        ("<p>&lt;img src=x onerror=x&gt;</p>", "&lt;img src=x onerror=x&gt;"),
        ("<p>se<b>te</b>ngah<br>baris</p>", "setengah baris"),
        ("<p>&amp;lt;b&amp;gt;</p>", "&amp;lt;b&amp;gt;"),
        ("<p>" + "kata " * 100 + "</p>", ("kata " * 39).strip() + "…"),
        ("&amp;" * 300, "&amp;" * 99 + "…"),
        ("<p></p>" * 9_000 + "<p>jauh</p>", "jauh"),
        ("<p></p>" * 70_000 + "<p>terlalu jauh</p>", ""),
    ],
)
def test_excerpts_are_encoded_texts(cleaned: str, shown: str) -> None:
    assert excerpt(cleaned, most_encoded=500) == shown
