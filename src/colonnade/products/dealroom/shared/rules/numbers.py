"""One form for all spellings of a telephone number: E.164 as it is dialled today.

Brazil's mobile numbers have had a ninth digit since 2016, Mexico's have no 1 behind the country code since 2019, and
Argentina's have a 9 there for which people write 15 behind the area code. Providers and address books hold the forms of
before, and with what is dialled before a number: Mexico's 01, 044 and 045, Brazil's 0 with a carrier's code. Landlines
are left as they are; of Argentina's, which nothing tells from mobile numbers without the 9, both forms are one number.

Out of scope: numbers that other countries have lengthened; whether somebody answers at a number.
"""

from __future__ import annotations

import re

from colonnade.kernel.core import Locale, Phone, clean_figures

__all__ = ["canonical_number", "other_form", "read_number", "search_text", "spellings"]

_BRAZIL = re.compile(r"55([1-9][1-9])([6-9][0-9]{7})")
"""A mobile number of eight digits, which begins with 6 to 9; landlines begin with 2 to 5."""
_MEXICO = re.compile(r"521([0-9]{10})")
_ARGENTINA = re.compile(r"54[0-9]{2,4}15[0-9]{6,8}")
_ARGENTINA_DIGITS = 14
_NATIONAL = {
    "BR": (re.compile(r"(?:0(?:[1-9][1-9])?)?([1-9][1-9])([6-9][0-9]{7})"), r"55\g<1>9\2"),
    "MX": (re.compile(r"(?:1|01|044|045)([0-9]{10})"), r"52\1"),
}
"""Forms of before as they are written within the country."""
_ABROAD = (
    (re.compile(r"521?(?:01|044|045|1)([0-9]{10})"), r"52\1"),
    (re.compile(r"550(?:[1-9][1-9])?([1-9][1-9][6-9][0-9]{7})"), r"55\1"),
    (re.compile(r"550(?:[1-9][1-9])?([1-9][1-9][2-9][0-9]{7,8})"), r"55\1"),
    (re.compile(r"549(11)15([0-9]{8})"), r"549\1\2"),
    (re.compile(r"549([2368][0-9]{2})15([0-9]{7})"), r"549\1\2"),
)
"""What is dialled within a country, behind the country code all the same. A carrier's code needs the 0 before it."""
_CARRIED = re.compile(r"(?:55)?0[1-9][1-9](9[1-9])[0-9]{8,9}")
"""A carrier's code before an area of the north, or an area and a mobile number with a digit too many."""
_NUMBER = re.compile(r"[^0-9(+]{0,12}([+(]{0,4}(?:0 ?xx)?[0-9][0-9 ()./+-]*)(.*)", re.I)
_EXTENSION = re.compile(
    r"[,;]*(?:e?xt(?:ensi[oó]n|ensão)?|ramal|rml|int(?:erno)?|anexo|poste|[x#])[.:=]? ?[0-9]{1,7}#?", re.I
)
_LONGEST = {"52": 12, "55": 12, "54": 13}
_ARGENTINE = re.compile(r"\+54(9?)([1-9][0-9]{9})")
_TYPED = re.compile(r"[+(]?[0-9x][0-9x ()./+-]{6,40}")
_REGIONS = ("MX", "BR", "AR", None)


def canonical_number(digits: str) -> str:
    """Return the one form of a number that is written as digits with its country code, as a wa_id is."""
    if match := _BRAZIL.fullmatch(digits):
        return f"+55{match[1]}9{match[2]}"
    if match := _MEXICO.fullmatch(digits):
        return f"+52{match[1]}"
    if len(digits) == _ARGENTINA_DIGITS and _ARGENTINA.fullmatch(digits):
        try:
            return Phone.read(f"+{digits}").number
        except ValueError:
            pass
    return f"+{digits}"


def read_number(typed: str, region: str | None) -> str:
    """Return the one form of a number as people write it, in `region` (ISO 3166) unless it names its country.

    Raise ValueError, with the rule, unless it is in use somewhere (*valid*).
    """
    locale = Locale(phone_region=region)
    former = _former(typed, region)
    if former is not None:
        try:
            return Phone.read(former, locale).number
        except ValueError:
            pass
    number = canonical_number(Phone.read(typed, locale).number.removeprefix("+"))
    figures, _ = _parts(typed)
    if figures is not None and _is_doubtful(figures, number):
        raise ValueError("must be a telephone number that exists, with no digit too many")
    return number


def _parts(typed: str) -> tuple[str | None, str]:
    """Return the number itself of what is typed, in ASCII, and what stands behind it: an extension, or other words."""
    match = _NUMBER.fullmatch(clean_figures(typed[:200]))
    return (None, "") if match is None else (match[1], match[2])


def _is_doubtful(figures: str, number: str) -> bool:
    """Tell whether `number` was read behind a carrier's code that may as well be its area."""
    match = _CARRIED.fullmatch(re.sub(r"[^0-9]", "", figures))
    if match is None or number[:5] != f"+55{match[1]}":
        return False
    return re.search(rf"(?<![0-9]){match[1]}(?![0-9])", figures) is None


def _former(typed: str, region: str | None) -> str | None:
    """Return today's form of a number that is written as it was before; None for any other."""
    figures, behind = _parts(typed)
    if figures is None or (behind and not _EXTENSION.fullmatch(behind)):
        return None
    found = _dialled(figures, region)
    return None if found is None or _is_doubtful(figures, found) else found


def _dialled(figures: str, region: str | None) -> str | None:
    digits = re.sub(r"[^0-9]", "", figures)
    international = figures.lstrip(" (").startswith("+") or digits.startswith("00")
    if not international and region in _NATIONAL:
        form, today = _NATIONAL[region]
        if match := form.fullmatch(digits):
            return f"+{match.expand(today)}"
    if not international and region not in (None, "AR", "BR", "MX"):
        return None
    digits = plain = digits.removeprefix("00")
    if len(digits) > _LONGEST.get(digits[:2], len(digits)):
        for form, today in _ABROAD:
            if match := form.fullmatch(digits):
                plain = match.expand(today)
                break
    found = canonical_number(plain)
    return found if found != f"+{digits}" else None


def spellings(number: str) -> str:
    """Return the forms by whose last digits a number in its one form is found, with spaces between them."""
    forms = [number]
    if match := re.fullmatch(r"\+55([1-9][1-9])9([6-9][0-9]{7})", number):
        forms.append(f"+55{match[1]}{match[2]}")
    elif match := _ARGENTINE.fullmatch(number):
        rest = match[2]
        areas = (2,) if rest.startswith("11") else (3, 4)
        forms += [f"+54{'' if match[1] else '9'}{rest}"]
        forms += [f"+54{rest[:area]}15{rest[area:]}" for area in areas]
    return " ".join(forms)


def other_form(number: str) -> str | None:
    """Return the other form of a number that has two: Argentina's, with 9 and without."""
    match = _ARGENTINE.fullmatch(number)
    return None if match is None else f"+54{'' if match[1] else '9'}{match[2]}"


def search_text(text: str) -> str:
    """Return a search text that finds a number which it writes in a form that is not stored as well."""
    figures = clean_figures(text[:60])
    if not _TYPED.fullmatch(figures.lower()):
        return text
    found = []
    for region in _REGIONS:
        try:
            number = read_number(figures, region)
        except ValueError:
            continue
        found += [form.removeprefix("+") for form in (number, other_form(number)) if form is not None]
    digits = re.sub(r"[^0-9]", "", figures)
    others = [one for one in dict.fromkeys(found) if one != digits]
    return " OR ".join([text, *others])
