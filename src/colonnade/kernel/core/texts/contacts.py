"""Finds e-mail addresses and telephone numbers in a contact that people wrote as they liked.

Addresses are compared by their keys, numbers with the spellings of one that is looked for. All of it is linear.

Out of scope: whether an address or number exists; addresses that are written out (`ani at example dot org`).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from colonnade.kernel.core.texts.normalising import normalized

__all__ = ["address_key", "ascii_domain", "mentions_address", "mentions_number"]

MAX_LOCAL = 64
MAX_DOMAIN = 253
"""Characters before and behind the @ (RFC 5321, 4.5.3.1)."""
_LOCAL_BACKWARDS = re.compile(r'[^\s"(),:;<>\[\]\\@]*')
_DOMAIN = re.compile(r"""[^\s"(),:;<>\[\]\\@/|=&*~`{}?!#$%^'+_]*""")
_APART = re.compile(r"[/|=&*~`{}?!#$%^]|[^\w\x00-\x7f]")
"""What may stand before the @ (RFC 5322), and is more often what divides an address from something else."""
_TOP_LEVEL = re.compile(r"xn--[a-z0-9-]*[a-z0-9]|[a-z]{2,}")

_DIGITS = re.compile(r"[0-9]+")
MAX_GAP = 4
"""Characters between two groups of one number: `) - `."""
_DIVIDES = frozenset(",;/|&:\n")
FULL_NUMBER = 8
"""Digits behind a + from which on another number may follow."""
MAX_NATIONAL = 12
"""Digits of a number without its country code, where these are not all equally long."""
SHORT_GROUP = 2
"""Digits of a group that does not go on with a number: an extension, an hour."""


def ascii_domain(domain: str) -> str:
    """Return a domain in ASCII (IDNA 2008, UTS 46) and lower case; "" if that cannot be."""
    import idna

    domain = domain.lower()
    if domain.isascii():
        return domain
    try:
        return idna.encode(domain, uts46=True).decode("ascii")
    except idna.IDNAError:
        return ""


def address_key(address: str) -> str:
    """Return what all spellings of an address have in common: case, composition, width and IDNA of its domain."""
    local, _, domain = _plain(address).rpartition("@")
    return f"{_folded(local)}@{_delivered(domain)}"


def mentions_address(text: str, key: str) -> bool:
    """Return whether `text` can be read to contain the address with this key (`address_key`), whole.

    `wa/ani@example.org` is read in two ways: with what stands before the slash, and without.
    """
    wanted, _, domain = key.rpartition("@")
    if not wanted:
        return False
    # Writing programs put spaces around an @.
    plain = " ".join(_plain(text).split()).replace(" @", "@").replace("@ ", "@")
    position = plain.find("@")
    while position >= 0:
        local = _local_before(plain, position)
        if local and wanted in map(
            _folded, (local, _from_letter(local), _from_letter(_APART.split(local)[-1]))
        ):
            found = _DOMAIN.match(plain[position + 1 : position + 2 + MAX_DOMAIN])
            if found and _delivered(_domain_of(found[0])) == domain:
                return True
        position = plain.find("@", position + 1)
    return False


def _folded(local: str) -> str:
    return normalized("NFKC", local.casefold())


def _delivered(domain: str) -> str:
    return ascii_domain(domain) or domain.lower()


def _local_before(plain: str, position: int) -> str:
    backwards = plain[max(0, position - MAX_LOCAL - 1) : position][::-1]
    found = _LOCAL_BACKWARDS.match(backwards)
    return found[0][::-1] if found and len(found[0]) <= MAX_LOCAL else ""


def _from_letter(local: str) -> str:
    """Return `local` from its first letter or digit on: quotation marks and dashes stand before it."""
    return next((local[at:] for at, character in enumerate(local) if character.isalnum()), "")


def _domain_of(run: str) -> str:
    """Return the longest domain at the beginning of `run`, which ends in a name of letters; "" if there is none."""
    labels = run.lower().replace("。", ".").split(".")
    if "" in labels:
        labels = labels[: labels.index("")]
    for last in range(len(labels) - 1, 0, -1):
        top = _top_level(labels[last])
        if top:
            return ".".join([*labels[:last], top])
    return ""


def _top_level(label: str) -> str:
    if label.isascii():
        found = _TOP_LEVEL.match(label)
        return found[0] if found else ""
    return label.rstrip("".join({each for each in label if unicodedata.category(each)[0] not in "LMN"}))


@dataclass(frozen=True, slots=True)
class _Group:
    """A run of digits: whether it may go on with the one before, begin a number, or follows a + or another number."""

    digits: str
    joins: bool
    may_begin: bool
    follows_plus: bool
    divided: bool


def mentions_number(text: str, spellings: Collection[str]) -> bool:
    """Return whether `text` contains a number that has these `spellings` (`national_digits`), whole.

    A group of digits that might be the middle or the beginning of another number is none.
    """
    if not spellings:
        return False
    longest, bare = max(map(len, spellings)), min(spellings, key=len)
    groups = list(_groups(text))
    for start, first in enumerate(groups):
        if not first.may_begin:
            continue
        digits = ""
        for end in range(start, len(groups)):
            if end > start and not groups[end].joins:
                break
            digits += groups[end].digits
            if len(digits) > longest:
                break
            if digits not in spellings or (first.follows_plus and digits == bare):
                continue
            if end + 1 == len(groups) or not _goes_on(groups[end + 1], len(bare)):
                return True
    return False


def _goes_on(group: _Group, national: int) -> bool:
    """Return whether a number with so many `national` digits could be the beginning of one with this group."""
    return (
        group.joins
        and not group.divided
        and not group.digits.startswith("0")
        and SHORT_GROUP < len(group.digits) <= MAX_NATIONAL - national
    )


def _groups(text: str) -> Iterator[_Group]:
    plain = _with_ascii_digits(_plain(text))
    before, since_plus = 0, None
    for found in _DIGITS.finditer(plain):
        gap, digits = plain[before : found.start()], found[0]
        plus = "+" in gap[-MAX_GAP:]
        joins = before > 0 and len(gap) <= MAX_GAP and not plus and not any(map(str.isalpha, gap))
        divided = not joins or not _DIVIDES.isdisjoint(gap)
        if plus or (divided and digits.startswith("00")):
            since_plus = 0
        elif divided:
            since_plus = None
        ended = since_plus is None or since_plus >= FULL_NUMBER
        yield _Group(digits, joins, divided or plus or (digits.startswith("0") and ended), plus, divided)
        since_plus = None if since_plus is None else since_plus + len(digits)
        before = found.end()


def _plain(text: str) -> str:
    """Return `text` in one width, composed, without characters that only control others."""
    if text.isascii():
        return text
    composed = normalized("NFKC", text)
    return "".join(each for each in composed if unicodedata.category(each) != "Cf")


def _with_ascii_digits(plain: str) -> str:
    if plain.isascii():
        return plain
    return "".join(
        str(value) if (value := unicodedata.decimal(each, None)) is not None else each for each in plain
    )
