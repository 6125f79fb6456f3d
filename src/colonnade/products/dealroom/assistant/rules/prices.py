"""Finds amounts of money in a text, however people write them in Indonesian and English.

`Rp 1.250.000,-`, `450rb`, `1,2 juta`, `IDR 450K`, `$45.50`, `450-525 ribu`, `harganya 450`, `lima puluh ribu`. An
ambiguous amount (`1,500`) has both values.

Out of scope: judging amounts (`grounding`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from msgspec import Struct

from colonnade.products.dealroom.assistant.rules.texts import plain

__all__ = ["Amount", "find_amounts"]

_CURRENCIES = {
    "rp": "IDR", "idr": "IDR", "rupiah": "IDR", "perak": "IDR", "usd": "USD", "us$": "USD", "$": "$", "dollar": "$",
    "dollars": "$", "dolar": "$", "s$": "SGD", "sgd": "SGD", "a$": "AUD", "aud": "AUD", "€": "EUR", "eur": "EUR",
    "euro": "EUR", "euros": "EUR", "£": "GBP", "gbp": "GBP", "pound": "GBP", "pounds": "GBP", "¥": "¥", "jpy": "JPY",
    "yen": "JPY", "cny": "CNY", "yuan": "CNY", "rm": "MYR", "myr": "MYR", "ringgit": "MYR", "₹": "INR", "inr": "INR",
    "₫": "VND", "vnd": "VND", "฿": "THB", "thb": "THB", "baht": "THB", "₱": "PHP", "php": "PHP", "₩": "KRW",
    "krw": "KRW", "chf": "CHF", "cad": "CAD",
}  # fmt: skip
DOLLARS = frozenset({"USD", "SGD", "AUD", "CAD", "NZD", "HKD", "TWD", "BND"})
YENS = frozenset({"JPY", "CNY"})

LOOK_BACK = 80

_THOUSAND, _MILLION, _BILLION = Decimal(1000), Decimal(10**6), Decimal(10**9)
_UNITS = {
    **dict.fromkeys(("rb", "rbu", "ribu", "rebu", "ribuan", "rban", "k", "thousand", "grand"), _THOUSAND),
    **dict.fromkeys(("jt", "juta", "jutaan", "million", "millions", "mio"), _MILLION),
    **dict.fromkeys(("miliar", "milyar", "billion", "bn"), _BILLION),
}


def _either(words: object) -> str:
    return "|".join(sorted(map(re.escape, words), key=len, reverse=True))  # type: ignore[call-overload]


_NUMBER = r"\d{1,15}(?:[.,'’]\d{1,15}){0,6}"
_SPACED = r"\d{1,3}(?: \d{3}){1,5}(?:[.,]\d{1,2})?(?!\d)"
_SIGN = _either(_CURRENCIES)
_UNIT = _either(_UNITS)


def _amount(n: int) -> str:
    """Return the pattern of one amount: a sign before it, a unit or currency behind it, in any combination."""
    return (
        rf"(?:(?<![^\W\d_])(?P<sign{n}>{_SIGN})\.?:? ?)?"
        rf"(?<!\d)(?<!\d[.,])(?P<number{n}>{_SPACED}|{_NUMBER})(?:,?-(?![\d ]|[^\W\d_])|,=)?"
        rf"(?: ?-?(?P<unit{n}>{_UNIT})(?:an)?(?![^\W\d_]))?"
        rf"(?: ?(?P<after{n}>{_SIGN})(?![^\W\d_]))?"
    )


_TO = r" ?(?:-|/|s\.?/?d\.?|sampai(?: dengan)?|hingga|to|till|until|(?P<both>dan|and)) ?"
_FIND = re.compile(rf"{_amount(1)}(?:{_TO}{_amount(2)})?", re.IGNORECASE)
_BETWEEN = re.compile(r"\b(?:antara|between) $", re.IGNORECASE)

# "harganya cuma 99": a number after such a word is a price, whatever its form.
_PRICE_WORD = (
    "harga|price|prices|priced|pricing|biaya|ongkir|ongkos|tarif|cost|costs|fee|bayar|pay|dibanderol|dp|total|"
    "senilai"
)
_BETWEEN_WORDS = (
    "adalah|ialah|yaitu|cuma|cukup|hanya|saja|mulai|dari|sekitar|kira kira|jadi|menjadi|sekarang|is|are|it|just|only|"
    "from|start|starts|starting|at|about|around|now|of|you"
)
_PRICED = re.compile(rf"\b(?:se)?(?:{_PRICE_WORD})(?:nya)?(?: (?:{_BETWEEN_WORDS}))*[ :=]*$", re.IGNORECASE)

_LARGE = re.compile(r"\d{1,3}(?:[.,'’]\d{3})+(?:[.,]\d{1,2})?|\d{1,3}(?: \d{3})* 000|[1-9]\d{4,8}")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_SMALL = _words("""
    se satu dua tiga empat lima enam tujuh delapan sembilan sepuluh sebelas belas puluh puluhan setengah
    a half one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen
    eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety
""")
_SCALE = _words("""
    ratus ratusan ribu ribuan juta jutaan miliar rupiah perak
    hundred thousand million dollar dollars dolar euro euros pound pounds ringgit bucks
""")
_WHOLE = frozenset(("seratus", "seribu", "sejuta"))
# Money in words is found but not parsed: it must appear in the catalogue in the same words.
_WORDS = rf"(?:{_either({*_SMALL, *_SCALE, *_WHOLE, 'and'})})(?!\w)"
_SPELLED = re.compile(rf"(?<!\w){_WORDS}(?:[ -]{_WORDS})*", re.IGNORECASE)


class Amount(Struct, frozen=True):
    """An amount in a text, and the values it may have; without `values` it is written in words."""

    text: str
    values: frozenset[Decimal]
    currencies: frozenset[str]
    """ISO 4217 codes; empty if none is named."""


class _Part(Struct, frozen=True):
    """A number with the signs and units around it."""

    text: str
    sign: str | None
    number: str
    unit: str | None
    after: str | None

    @property
    def marked(self) -> bool:
        """Return whether a sign or unit marks it as money."""
        return bool(self.sign or self.unit or self.after)

    def is_money(self) -> bool:
        """Return whether it looks like money: marked, with thousands separated, or of five to nine digits."""
        return self.marked or _LARGE.fullmatch(self.number) is not None


def find_amounts(text: str) -> list[Amount]:
    """Return everything in `text` that looks like money, in order."""
    line = plain(text)
    found: list[tuple[int, Amount]] = []
    position = 0
    while match := _FIND.search(line, position):
        found += ((match.start(), amount) for amount in _amounts(line, match))
        position = match.end()
    for match in _SPELLED.finditer(line):
        if _is_spelled(match.group()):
            found.append((match.start(), Amount(match.group(), frozenset(), frozenset())))
    return [amount for _, amount in sorted(found, key=lambda each: each[0])]


def _is_spelled(run: str) -> bool:
    """Return whether a run of such words is money: a number and its unit, or a thousand in one word."""
    words = run.lower().replace("-", " ").split()
    small = next((n for n, word in enumerate(words) if word in _SMALL), len(words))
    return any(word in _SCALE for word in words[small:]) or not _WHOLE.isdisjoint(words)


def _amounts(line: str, match: re.Match[str]) -> Iterator[Amount]:
    """Yield the amounts of a match, one or the two ends of a range, without those that are not money."""
    parts = [_part(line, match, n) for n in (1, 2) if match[f"number{n}"] is not None]
    before = line[max(0, match.start() - LOOK_BACK) : match.start()]
    priced = _PRICED.search(before) is not None
    one_range = len(parts) == 2 and (match["both"] is None or _BETWEEN.search(before) is not None)
    if not (priced or any(part.is_money() for part in parts)):
        return
    if len(parts) == 2 and not (one_range and (priced or any(part.marked for part in parts))):
        parts = [part for part in parts if part.is_money()]
    signs = {_CURRENCIES[sign.lower()] for part in parts for sign in (part.sign, part.after) if sign}
    for part, other in zip(parts, reversed(parts), strict=True):
        values = set(_values(part.number, part.unit))
        if part.unit is None and other.unit is not None:
            values = set(_values(part.number, other.unit)) | (values if part.sign else set())
        elif priced and part.unit is None and not signs:
            values |= {value * _THOUSAND for value in values if value < _THOUSAND}
        yield Amount(part.text, frozenset(values), _codes(signs))


def _codes(signs: set[str]) -> frozenset[str]:
    codes: set[str] = set()
    for sign in signs:
        codes |= {"$": DOLLARS, "¥": YENS}.get(sign, {sign})
    return frozenset(codes)


def _part(line: str, match: re.Match[str], n: int) -> _Part:
    sign, number, unit, after = (match[f"{name}{n}"] for name in ("sign", "number", "unit", "after"))
    start = match.start(f"sign{n}" if sign else f"number{n}")
    end = max(match.end(f"{name}{n}") for name in ("number", "unit", "after"))
    return _Part(line[start:end], sign, number, unit, after)


def _values(number: str, unit: str | None) -> Iterator[Decimal]:
    """Yield every value that a number may have: points and commas separate thousands or decimals."""
    factor = _UNITS[unit.lower()] if unit else Decimal(1)
    digits = number.replace(" ", "").replace("'", "").replace("’", "")
    marks = [c for c in digits if c in ".,"]
    if not marks:
        yield Decimal(digits) * factor
        return
    last = digits.rfind(marks[-1])
    whole, rest = re.sub(r"[.,]", "", digits[:last]), digits[last + 1 :]
    groups = re.split(r"[.,]", digits)[1:]
    if all(len(group) == 3 for group in groups) and len(set(marks)) == 1:
        yield Decimal(whole + rest) * factor
    # Three digits after the only separator are thousands, but in 1,250 juta they may be decimals.
    if (len(marks) == 1 and (unit or len(rest) != 3)) or (len(marks) > 1 and marks[-1] != marks[-2]):
        yield Decimal(f"{whole}.{rest}") * factor
