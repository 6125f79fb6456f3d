"""A channel's own number: what its owner writes is compared with what the provider displays, and that is kept.

It needs not be in use in any country's plan: the provider's test numbers (`+1 555 …`) are in none.
"""

from __future__ import annotations

import re

from colonnade.kernel.core import clean_figures, country_of
from colonnade.products.dealroom.shared.rules.numbers import other_form, read_number

__all__ = ["is_same_number", "own_number"]

_NUMBER = re.compile(r"\+[0-9]{6,15}")


def is_same_number(number: str, displayed: str) -> bool:
    """Return whether two spellings are of one number, as it is written in the country of the displayed one."""
    region = country_of(_international(displayed))
    return not _forms(number, region).isdisjoint(_forms(displayed, None))


def own_number(displayed: str) -> str | None:
    """Return a number, as a provider displays it, in E.164; None if it is none."""
    number = _international(displayed)
    return number if _NUMBER.fullmatch(number) else None


def _forms(text: str, region: str | None) -> set[str]:
    """Return the forms (E.164) in which a number is, or may have been before."""
    forms = {_international(text)}
    try:
        read = read_number(text, region)
    except ValueError:
        return forms
    other = other_form(read)
    return forms | {read} if other is None else forms | {read, other}


def _international(text: str) -> str:
    """Return the digits of a number with its country code; `00` stands for the + almost everywhere."""
    return "+" + re.sub(r"[^0-9]", "", clean_figures(text[:100])).removeprefix("00")
