"""Makes HTML safe, the same each time: what comes out stays as it is when it is sent back and cleaned again.

nh3 decides what is safe. Around it stands what it has no option for: what is no markup is escaped before (`scanning`),
and afterwards anchors get their prefix, embeds their attributes, and texts lose what nobody can see. That is repeated
until nothing changes any more, so that whatever leaves this module has passed nh3 as it is.

Functions run in processes of their own as well (`core.workers`): all of it is of modules, and can be pickled.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import Any, Literal
from urllib.parse import unquote, urlsplit

import msgspec

from colonnade.kernel.core.texts import is_blank, without_unseen
from colonnade.kernel.text.nesting import HtmlRefused, check_depth, check_open_tags
from colonnade.kernel.text.scanning import Found, prepare
from colonnade.kernel.text.shown import encoded, paragraphs, plain

__all__ = ["Cleaned", "Format", "HtmlRules", "clean"]

Format = Literal["html", "text"]
"""What a rich text is sent as."""

ANCHOR_PREFIX = "user-content-"
"""In front of ids: no text can take the place of an element or a variable of the page that shows it."""
MAX_GROWN_CHARACTERS = 10_000
"""How much longer than five times its length (`&` is `&amp;`) a text may become by tags that are closed, and links."""
MAX_PASSES = 8
MAX_NAMED = 20
"""Names of what was removed that are told, and of hosts."""
OTHERS = "others"
"""What was removed besides these, and what has a name that nobody should read."""

_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_ANCHOR = re.compile(r"[^\s\x00-\x20\"'`<>&#%=/\\(){}\[\]]{1,100}")
_TAGS = re.compile(r"(<[^>]*>)")
_EMBED = re.compile(r"<embed((?: [a-z]+=\"[^\"]*\")*)>")
_WRITTEN = re.compile(r'<([a-z][a-z0-9]*)((?: [a-z]+(?:="[^"]*")?)*)>')
_VALUE = re.compile(r' ([a-z]+)(?:="[^"]*")?')
_EMBEDDED = {"src", "title", "width", "height"}
_ADDRESS = re.compile(
    r"https://[a-z0-9.-]+(?:/[\w.~!$&'()*+,;=:@%/-]*)?(?:\?[\w.~!$&'()*+,;=:@%/?-]*)?", re.ASCII
)
_SIZE = re.compile(r"[0-9]{1,4}%?")
_ABOUT_EMBEDS = (
    'loading="lazy" referrerpolicy="strict-origin-when-cross-origin" '
    'sandbox="allow-scripts allow-same-origin allow-popups allow-presentation" '
    'allow="fullscreen; picture-in-picture; encrypted-media"'
)
"""The page stays its own: a frame neither leads it elsewhere, nor sends forms, nor is told which page it is on."""
_OTHER_SCHEME = re.compile(r"(?:http:)?//")
_HOST = re.compile(r"[a-z0-9.-]{1,100}")
_NAMEABLE = re.compile(r"[a-z0-9:_-]{1,30}")


class HtmlRules(msgspec.Struct, frozen=True):
    """What is kept: tags, attributes by tag, and the schemes that addresses may have.

    Headings keep their ids in any case, with a prefix, and `embeds` says that players of EMBED_HOSTS are kept.
    """

    tags: frozenset[str]
    attributes: dict[str, set[str]]
    schemes: frozenset[str] = frozenset({"http", "https", "mailto", "tel"})
    embeds: bool = False


class Cleaned(msgspec.Struct, frozen=True):
    """A safe HTML, how often what was removed from it, whether it shows nothing, and hosts of frames that were removed.

    These are hosts of which no frames are kept, where the rules keep those of others.
    """

    html: str
    removed: dict[str, int]
    blank: bool
    hosts: tuple[str, ...] = ()

    @property
    def told(self) -> str:
        """What was removed, as a list; nothing if nothing was."""
        names = [f"{name} ({number})" for name, number in self.removed.items()]
        return ", ".join(names + [f"{host} is not in EMBED_HOSTS" for host in self.hosts])


def clean(
    text: str, rules: HtmlRules, embed_hosts: frozenset[str] = frozenset(), format_: Format = "html"
) -> Cleaned:
    """Return `text` without any tag and attribute that `rules` do not keep. Raise HtmlRefused.

    Frames are kept where the rules say so, from `embed_hosts` by https. A plain text becomes paragraphs, or just an
    encoded text where the rules keep none.
    """
    if format_ == "text":
        text = paragraphs(text) if "p" in rules.tags else encoded(text)
    hosts = embed_hosts if rules.embeds else frozenset()
    before, found = prepare(text, rules.tags, embeds=bool(hosts))
    check_open_tags(before)
    once = _pass_of(rules, hosts)
    made = once(before)
    for _ in range(MAX_PASSES):
        if len(made) > 5 * len(text) + MAX_GROWN_CHARACTERS:
            raise HtmlRefused("The HTML has too many tags without text")
        again = once(prepare(made, frozenset(), embeds=bool(hosts))[0])
        if again == made:
            check_depth(made)
            removed = _removed(found, made)
            refused = _refused(found, embed_hosts) if rules.embeds and "iframe" in removed else ()
            return Cleaned(made, removed, _is_blank(made), refused)
        made = again
    raise HtmlRefused("The HTML is too tangled to be read: send it with fewer tags")


class _Pass:
    """One way through nh3 for some rules, made once: that takes ten times as long as a short text."""

    def __init__(self, rules: HtmlRules, hosts: frozenset[str]) -> None:
        import nh3

        attributes = dict(rules.attributes)
        attributes |= {name: attributes.get(name, set()) | {"id"} for name in _HEADINGS & rules.tags}
        if hosts:
            attributes["embed"] = _EMBEDDED
        self._hosts = hosts
        self._anchors: set[str] = set()
        self._clean = nh3.Cleaner(
            tags=set(rules.tags | {"embed"} if hosts else rules.tags),
            attributes=attributes,
            attribute_filter=self._filtered,
            url_schemes=set(rules.schemes),
            link_rel="noopener noreferrer",
        ).clean

    def __call__(self, text: str) -> str:
        """Return `text` safe, as it is then written."""
        self._anchors.clear()
        made = self._clean(text)
        made = made.replace("&nbsp;", "\u00a0")  # as it was typed: editors write it by the hundred
        made = made.replace("<pre>\n", "<pre>\n\n")  # a parser drops the first one
        if self._anchors:
            made = _link_anchors(made, self._anchors)
        if self._hosts and "<embed" in made:
            made = _EMBED.sub(_frame, made)
        return _seen(made).strip("\t\n\f\r ")

    def _filtered(self, tag: str, attribute: str, value: str) -> str | None:
        """Return the value that an attribute keeps, None if it goes: of each attribute that the rules keep."""
        if attribute == "id":
            anchor = ANCHOR_PREFIX + value.removeprefix(ANCHOR_PREFIX)
            if anchor in self._anchors or not _ANCHOR.fullmatch(anchor.removeprefix(ANCHOR_PREFIX)):
                return None
            self._anchors.add(anchor)
            return anchor
        if tag == "embed":
            if attribute == "src":
                value = _OTHER_SCHEME.sub("https://", value, count=1) if _OTHER_SCHEME.match(value) else value
                known = _ADDRESS.fullmatch(value) and urlsplit(value).hostname in self._hosts
                return value if known else None
            return value if attribute == "title" or _SIZE.fullmatch(value) else None
        # What is left of an address is judged in the next pass.
        return without_unseen(value).strip() if attribute in ("href", "src") else value


_passes: dict[Any, _Pass] = {}


def _pass_of(rules: HtmlRules, hosts: frozenset[str]) -> _Pass:
    attributes = frozenset((name, frozenset(kept)) for name, kept in rules.attributes.items())
    key = (rules.tags, attributes, rules.schemes, hosts)
    found = _passes.get(key)
    if found is None:
        found = _passes[key] = _Pass(rules, hosts)
    return found


def _link_anchors(made: str, anchors: set[str]) -> str:
    """Return `made` with its links to the anchors that have got a prefix, and only with those, leading there."""

    def led(link: re.Match[str]) -> str:
        anchor = ANCHOR_PREFIX + unquote(link[1])
        return f' href="#{anchor}"' if anchor in anchors else link[0]

    return re.sub(r' href="#([^"&]{1,600})"', led, made)


def _frame(embed: re.Match[str]) -> str:
    """Return the frame of an embed whose values nh3 has passed; nothing for one without an address."""
    if ' src="' not in embed[1]:
        return ""
    given = dict(re.findall(r' ([a-z]+)="([^"]*)"', embed[1]))
    own = "".join(f' {name}="{given[name]}"' for name in ("src", "title", "width", "height") if name in given)
    return f"<iframe{own} {_ABOUT_EMBEDS}></iframe>"


def _seen(made: str) -> str:
    """Return `made` with its texts composed, and without what nobody can see; its tags stay as they are."""
    if made.isascii() and "\x7f" not in made and not re.search("[\x00-\x08\x0b\x0e-\x1f]", made):
        return made
    parts = _TAGS.split(made)
    parts[::2] = [without_unseen(part) for part in parts[::2]]
    return "".join(parts)


def _is_blank(made: str) -> bool:
    return is_blank(plain(made)) and "<img " not in made and "<iframe " not in made


def _refused(found: Found, embed_hosts: frozenset[str]) -> tuple[str, ...]:
    """Return the hosts of frames that are not in `embed_hosts`."""
    hosts = [host for host in found.hosts if _HOST.fullmatch(host) and host not in embed_hosts]
    return tuple(hosts[:MAX_NAMED])


def _removed(found: Found, made: str) -> dict[str, int]:
    """Return what `made` has less than was `found`, by name; names that nobody should read are OTHERS."""
    tags: Counter[str] = Counter()
    attributes: Counter[str] = Counter()
    for tag in _WRITTEN.finditer(made):
        tags[tag[1]] += 1
        attributes.update(each[1] for each in _VALUE.finditer(tag[2]) if tag[1] != "iframe")
    removed: dict[str, int] = {}
    others = 0
    gone = found.tags - tags
    gone.update(found.attributes - attributes)
    gone.update(comment=found.comments)
    gone.pop("rel", None)  # every link gets ours
    for name, number in (+gone).items():
        shown = name if _NAMEABLE.fullmatch(name) and len(removed) < MAX_NAMED else OTHERS
        if shown is OTHERS:
            others += number
        else:
            removed[shown] = number
    return removed | {OTHERS: others} if others else removed
