"""Checks that an answer says only what the catalogue says of what it speaks of.

It is turned around: every number, link and word of an answer has to be explained, by the catalogue with the same
meaning, by the customer's own words where these may vouch, or as a word that promises nothing. What nothing explains
is a reason to hold the answer (`PRICE_UNKNOWN: Rp99.000`); so is a language without rules. An honest answer may be held
for a human, but no invented price is sent.

Out of scope: the words of the languages (`words/`), what vouches for what (`evidence`, `asked`, `promises`).
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from colonnade.products.dealroom.assistant.rules.catalogue import Catalogue
from colonnade.products.dealroom.assistant.rules.explanations import Explanation, Said
from colonnade.products.dealroom.assistant.rules.texts import fold, is_overlong, plain
from colonnade.products.dealroom.assistant.schemas import Reply, Source

__all__ = ["MAX_REPLY_CHARACTERS", "Judgement", "is_too_long", "judge"]

MAX_REPLY_CHARACTERS = 4096
MAX_REASONS = 20
MAX_REASON_CHARACTERS = 200


class Judgement(Struct, frozen=True):
    """The reasons why a reply may not be sent as it is (none: it may), and its sources."""

    reasons: tuple[str, ...]
    sources: tuple[Source, ...]


def is_too_long(text: str) -> bool:
    """Return whether a text is longer than a message, or twice as long once it is written out (U+FDFA is 18)."""
    return len(text) > MAX_REPLY_CHARACTERS or is_overlong(text, 2 * MAX_REPLY_CHARACTERS)


def judge(
    reply: Reply,
    catalogue: Catalogue,
    *,
    asked: Sequence[str] = (),
    known: Sequence[str] = (),
    names: Sequence[str] = (),
    language: str = "",
) -> Judgement:
    """Compare a reply with the catalogue.

    `asked` are the customer's messages, `known` other texts of ours whose numbers and links it may quote, `names` those
    of the people who talk, and `language` is the vendor's (BCP 47), which decides where the words alone do not.
    """
    used = catalogue.used(reply.text, reply.seller_ids, reply.product_ids)
    reasons = list(reply.problems)
    if not reply.text:
        reasons = reasons or ["REPLY_EMPTY"]
    elif is_too_long(reply.text):
        reasons.append(f"REPLY_TOO_LONG: {len(reply.text)}")
    else:
        unknown = catalogue.unknown(reply.seller_ids, reply.product_ids)
        reasons += [f"SOURCE_UNKNOWN: {one}" for one in unknown]
        reasons += Explanation(reply.text, catalogue, used, Said(asked, known, names, language)).reasons()
        folded = fold("\n".join(item.text for item in used))
        reasons += [f"CLAIM_UNKNOWN: {plain(one)}" for one in reply.claims if fold(one) not in folded]
    kept = dict.fromkeys(reason[:MAX_REASON_CHARACTERS] for reason in reasons)
    return Judgement(tuple(kept)[:MAX_REASONS], tuple(item.source for item in used))
