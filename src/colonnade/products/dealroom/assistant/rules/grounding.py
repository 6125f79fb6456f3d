"""Checks that an answer promises only what the catalogue says: its prices, percentages, benefits, links and numbers.

The check is pure: it returns reasons, each of which names something that the catalogue lacks (`PRICE_UNKNOWN:
Rp99.000`). It fails closed: an honest answer may be held for a human, but no invented price is sent.

Out of scope: everything else that an answer may say.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from msgspec import Struct

from colonnade.products.dealroom.assistant.rules.benefits import find_claims, find_figures, kinds_in
from colonnade.products.dealroom.assistant.rules.catalogue import Catalogue, Item
from colonnade.products.dealroom.assistant.rules.prices import Amount, find_amounts
from colonnade.products.dealroom.assistant.rules.texts import fold, plain
from colonnade.products.dealroom.assistant.schemas import Reply, Source

__all__ = ["MAX_REPLY_CHARACTERS", "Judgement", "judge"]

MAX_REPLY_CHARACTERS = 4096
MAX_REASONS = 20
MAX_REASON_CHARACTERS = 200

_LINK = re.compile(
    r"(?:https?://|www\.)[^\s<>\"']+|"
    r"(?<![\w@])[\w-]{1,63}(?:\.[\w-]{1,63}){0,5}\.(?:com|net|org|id|me|ly|co|shop|xyz|info|io|link|site|online)\b\S*",
    re.IGNORECASE,
)
_DIGITS = re.compile(r"\+?\d(?:[ .()/-]{0,2}\d){7,}")


class Judgement(Struct, frozen=True):
    """The reasons why a reply may not be sent as it is (none: it may), and its sources."""

    reasons: tuple[str, ...]
    sources: tuple[Source, ...]


def judge(reply: Reply, catalogue: Catalogue, *, known: Sequence[str] = ()) -> Judgement:
    """Compare a reply with the catalogue; `known` are other texts whose numbers and links it may quote."""
    used = catalogue.used(reply.text, reply.seller_ids, reply.product_ids)
    reasons = list(reply.problems)
    if not reply.text:
        reasons = reasons or ["REPLY_EMPTY"]
    elif len(reply.text) > MAX_REPLY_CHARACTERS:
        reasons.append(f"REPLY_TOO_LONG: {len(reply.text)}")
    else:
        reasons += _unknown(reply, catalogue, used, known)
    kept = dict.fromkeys(reason[:MAX_REASON_CHARACTERS] for reason in reasons)
    return Judgement(tuple(kept)[:MAX_REASONS], tuple(item.source for item in used))


def _unknown(reply: Reply, catalogue: Catalogue, used: list[Item], known: Sequence[str]) -> list[str]:
    texts = "\n".join(item.text for item in used)
    reasons = [f"SOURCE_UNKNOWN: {one}" for one in catalogue.unknown(reply.seller_ids, reply.product_ids)]
    reasons += _unknown_prices(reply.text, _priced(used, catalogue))
    figures = {meaning for meaning, _ in find_figures(texts)}
    reasons += [
        f"CLAIM_UNKNOWN: {said}" for meaning, said in find_figures(reply.text) if meaning not in figures
    ]
    kinds = kinds_in(texts)
    reasons += [f"CLAIM_UNKNOWN: {said}" for kind, said in find_claims(reply.text) if kind not in kinds]
    folded = fold(texts)
    reasons += [f"CLAIM_UNKNOWN: {plain(one)}" for one in reply.claims if fold(one) not in folded]
    return reasons + _unknown_contacts(reply.text, [texts, *known])


def _priced(used: list[Item], catalogue: Catalogue) -> list[Item]:
    """Return the items whose prices an answer may name: its products, else its sellers' ones, else all.

    Benefits are stricter: an answer without sources may name none.
    """
    if any(item.product_id is not None for item in used):
        return used
    sellers = {item.seller_id for item in used}
    return [item for item in catalogue.items if not sellers or item.seller_id in sellers]


def _unknown_prices(text: str, items: Sequence[Item]) -> list[str]:
    amounts = find_amounts(text)
    if not amounts:
        return []
    written = "\n".join(item.text for item in items)
    folded, listed = fold(written), find_amounts(written)
    return [
        f"PRICE_UNKNOWN: {amount.text}"
        for amount in amounts
        if not (_is_listed(amount, items) or _is_written(amount, folded, listed))
    ]


def _is_listed(amount: Amount, items: Sequence[Item]) -> bool:
    """Return whether the amount lies within the price of one of the items."""
    prices = [item.price for item in items if item.price is not None]
    return any(
        price.least <= value <= price.most
        for price in prices
        if not amount.currencies or price.currency in amount.currencies
        for value in amount.values
    )


def _is_written(amount: Amount, folded: str, listed: list[Amount]) -> bool:
    """Return whether a text of the catalogue names the same amount."""
    if not amount.values:
        return fold(amount.text) in folded
    return any(
        amount.values & other.values
        and (not amount.currencies or not other.currencies or amount.currencies & other.currencies)
        for other in listed
    )


def _unknown_contacts(text: str, known: Sequence[str]) -> list[str]:
    """Return the links, and the numbers to call or pay to, that appear in none of our texts."""
    line, written = plain(text), plain(" ".join(known)).casefold()
    links = (match.group().rstrip(".,;:!?)") for match in _LINK.finditer(line))
    reasons = [f"LINK_UNKNOWN: {link}" for link in links if link.casefold() not in written]
    ours = {_number(match) for match in _DIGITS.finditer(written)}
    for amount in find_amounts(line):
        line = line.replace(amount.text, " ")
    reasons += [
        f"NUMBER_UNKNOWN: {one.group()}" for one in _DIGITS.finditer(line) if _number(one) not in ours
    ]
    return reasons


def _number(match: re.Match[str]) -> str:
    """Return the digits of a number without its country code or trunk prefix, which are optional."""
    return re.sub(r"\D", "", match.group()).removeprefix("62").lstrip("0")
