"""Writes what was sent as a text that people can read, and its parts as data: places, cards, orders, forms.

Each writer takes the object of its kind as the provider sent it, and trusts nothing in it: what is missing is left out,
what is too much is cut. An empty text means that there was nothing to read.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

from colonnade.kernel.core import clean_line

__all__ = ["WRITERS", "Written", "inner", "line_of", "objects", "text_of"]

MAX_LISTED = 100
MAX_LINE_CHARACTERS = 300
MAX_NUMBER_CHARACTERS = 60
MAX_EXPONENT = 30
_MOST = 10**15
_MAX_DEPTH = 5


class Written(NamedTuple):
    """A text to read, not cleaned yet, and the same as data."""

    content: str
    data: dict[str, Any]


def inner(item: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """Return the object of that name, or an empty one."""
    found = item.get(name)
    return found if isinstance(found, dict) else {}


def objects(items: Any) -> Iterator[Mapping[str, Any]]:
    """Return the objects in a list, at most MAX_LISTED."""
    found = (item for item in items if isinstance(item, dict)) if isinstance(items, list) else iter(())
    return (item for item, _ in zip(found, range(MAX_LISTED), strict=False))


def text_of(value: Any) -> str:
    """Return a text, or an empty one."""
    return value if isinstance(value, str) else ""


def line_of(value: Any) -> str:
    """Return a text or number on one line, at most MAX_LINE_CHARACTERS."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    return clean_line(str(value)[: 2 * MAX_LINE_CHARACTERS])[:MAX_LINE_CHARACTERS].strip()


def _given(**values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value not in ("", None, [], {})}


def _location(about: Mapping[str, Any]) -> Written:
    latitude, longitude = (_number(about.get(name)) for name in ("latitude", "longitude"))
    name, address, url = (line_of(about.get(each)) for each in ("name", "address", "url"))
    placed = latitude is not None and longitude is not None
    where = ", ".join(part for part in (name, address) if part)
    point = f"({latitude}, {longitude})" if placed else ""
    text = " ".join(part for part in (where, point) if part)
    data = _given(latitude=latitude, longitude=longitude, name=name, address=address, url=url)
    return Written(f"📍 {text}" if text else "", data)


def _number(value: Any) -> int | float | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        try:
            value = float(value[:MAX_NUMBER_CHARACTERS])
        except ValueError:
            return None
    # JSON knows neither infinity nor what is no number.
    return value if isinstance(value, int | float) and -1e15 < value < 1e15 else None


def _contacts(cards: Any) -> Written:
    found = [_card(card) for card in objects(cards)]
    return Written("\n".join(text for text, _ in found), _given(contacts=[data for _, data in found]))


def _card(card: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    names, work = inner(card, "name"), inner(card, "org")
    first_last = " ".join(line_of(names.get(each)) for each in ("first_name", "last_name")).strip()
    name = line_of(names.get("formatted_name")) or first_last
    company = line_of(work.get("company"))
    phones = [
        _given(
            phone=line_of(each.get("phone")), waId=line_of(each.get("wa_id")), type=line_of(each.get("type"))
        )
        for each in objects(card.get("phones"))
    ]
    emails = [found for each in objects(card.get("emails")) if (found := line_of(each.get("email")))]
    addresses = [found for each in objects(card.get("addresses")) if (found := _address(each))]
    urls = [found for each in objects(card.get("urls")) if (found := line_of(each.get("url")))]
    numbers = [str(one) for each in phones if (one := each.get("phone") or each.get("waId"))]
    known = ", ".join([*([company] if company else []), *numbers, *emails, *addresses, *urls])
    data = _given(
        name=name,
        company=company,
        title=line_of(work.get("title")),
        birthday=line_of(card.get("birthday")),
        phones=phones,
        emails=emails,
        addresses=addresses,
        urls=urls,
    )
    return "👤 " + ": ".join(part for part in (name, known) if part), data


def _address(given: Mapping[str, Any]) -> str:
    parts = (line_of(given.get(each)) for each in ("street", "city", "state", "zip", "country"))
    return ", ".join(part for part in parts if part)


def _order(about: Mapping[str, Any]) -> Written:
    lines = [_order_line(item) for item in objects(about.get("product_items"))]
    text = text_of(about.get("text")).strip()[:2_000]
    written = [f"🛒 {_line_text(each)}" for each in lines]
    currencies = {each.get("currency") for each in lines}
    sums = [_sum(each) for each in lines]
    total = sum((one for one in sums if one is not None), Decimal(0))
    summed = bool(sums) and len(currencies) == 1 and all(one is not None for one in sums)
    if summed and len(lines) > 1:
        written.append(" ".join(["=", _plain(total), *(one for one in currencies if one)]))
    data = _given(
        catalogId=line_of(about.get("catalog_id")),
        lines=lines,
        total=_plain(total) if summed else "",
        currency=next(iter(currencies)) if len(currencies) == 1 else "",
        text=line_of(text),
    )
    return Written("\n".join([*written, *([text] if text else [])]), data)


def _order_line(item: Mapping[str, Any]) -> dict[str, Any]:
    return _given(
        productRetailerId=line_of(item.get("product_retailer_id")),
        quantity=_amount(item.get("quantity")),
        price=_amount(item.get("item_price")),
        currency=line_of(item.get("currency"))[:10],
    )


def _line_text(line: Mapping[str, Any]) -> str:
    price = " ".join(str(line[each]) for each in ("price", "currency") if each in line)
    counted = f"{line.get('quantity', '?')} × {line.get('productRetailerId', '?')}"
    return f"{counted}, {price}" if price else counted


def _amount(value: Any) -> str:
    """Return a number as it is written, without exponents and rounding."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return ""
    if isinstance(value, int) and not -_MOST < value < _MOST:
        return ""
    text = str(value).strip()
    if len(text) > MAX_NUMBER_CHARACTERS:
        return ""
    try:
        number = Decimal(text)
    except InvalidOperation:
        return ""
    # Before it is compared or written: "1e-99999999" is a hundred million zeros, and "1e999999999" overflows.
    if not number.is_finite() or abs(number.adjusted()) > MAX_EXPONENT:
        return ""
    return _plain(number) if abs(number) < _MOST else ""


def _plain(number: Decimal) -> str:
    text = f"{number:f}"[:40]
    return text.rstrip("0").rstrip(".") if "." in text else text


def _sum(line: Mapping[str, Any]) -> Decimal | None:
    if "price" not in line or "quantity" not in line:
        return None
    return Decimal(line["price"]) * Decimal(line["quantity"])


def _button(about: Mapping[str, Any]) -> Written:
    return Written(text_of(about.get("text")), _given(payload=line_of(about.get("payload"))))


def _choice(about: Mapping[str, Any]) -> Written:
    title, description = text_of(about.get("title")), text_of(about.get("description"))
    data = _given(id=line_of(about.get("id")), title=line_of(title), description=line_of(description))
    return Written("\n".join(part for part in (title, description) if part.strip()), data)


def _form(about: Mapping[str, Any]) -> Written:
    """Write a form's answers, one a line; the token that ties it to what we sent is ours, and left out."""
    try:
        answers = json.loads(text_of(about.get("response_json"))[:65_536] or "{}")
    except (ValueError, RecursionError):
        answers = {}
    answers = dict(answers) if isinstance(answers, dict) else {}
    answers.pop("flow_token", None)
    pairs = list(_flat(answers, "", _MAX_DEPTH))[:MAX_LISTED]
    lines = [f"{name}: {value}" for name, value in pairs]
    name = line_of(about.get("name"))
    data = _given(form=name, answers=dict(pairs))
    return Written("📝 " + "\n".join(lines) if lines else text_of(about.get("body")), data)


def _flat(value: Any, path: str, depth: int) -> Iterator[tuple[str, str]]:
    if depth and isinstance(value, dict):
        for name, each in list(value.items())[:MAX_LISTED]:
            yield from _flat(each, f"{path}.{line_of(name)[:60]}" if path else line_of(name)[:60], depth - 1)
    elif depth and isinstance(value, list) and any(isinstance(each, dict | list) for each in value):
        for number, each in enumerate(value[:MAX_LISTED], 1):
            yield from _flat(each, f"{path}.{number}", depth - 1)
    elif isinstance(value, list):
        yield (
            path,
            ", ".join(line for each in value[:MAX_LISTED] if (line := _said(each)))[:MAX_LINE_CHARACTERS],
        )
    elif line := _said(value):
        yield path, line


def _said(value: Any) -> str:
    return ("yes" if value else "no") if isinstance(value, bool) else line_of(value)


def _product(about: Mapping[str, Any]) -> Written:
    product, catalog = (line_of(about.get(each)) for each in ("product_retailer_id", "catalog_id"))
    asked = text_of(about.get("text") or inner(about, "body").get("text"))
    shown = f"🛍 {product}" if product else ""
    data = _given(productRetailerId=product, catalogId=catalog)
    return Written("\n".join(part for part in (shown, asked) if part), data)


def _permission(about: Mapping[str, Any]) -> Written:
    accepted = about.get("response") == "accept"
    data = _given(response=line_of(about.get("response")), until=line_of(about.get("expiration_timestamp")))
    return Written(
        "📞 The customer allows calls" if accepted else "📞 The customer does not allow calls", data
    )


def _reaction(about: Mapping[str, Any]) -> Written:
    emoji = line_of(about.get("emoji"))[:40]
    return Written(emoji or "[reaction removed]", _given(emoji=emoji))


def _system(about: Mapping[str, Any]) -> Written:
    data = _given(
        type=line_of(about.get("type")),
        waId=line_of(about.get("wa_id") or about.get("new_wa_id")),
        userId=line_of(about.get("user_id")),
        previousUserId=line_of(about.get("previous_user_id")),
    )
    return Written(text_of(about.get("body")) or "The customer's identity has changed", data)


def _unsupported(about: Mapping[str, Any]) -> Written:
    name = line_of(about.get("type"))[:40]
    return Written(f"[unsupported: {name}]" if name else "", _given(type=name))


def _interactive_sent(about: Mapping[str, Any]) -> Written:
    parts = [text_of(inner(about, each).get("text")) for each in ("header", "body", "footer")]
    return Written("\n".join(part for part in parts if part), {})


WRITERS: Mapping[str, Callable[[Any], Written]] = {
    "text": lambda about: Written(text_of(inner({"about": about}, "about").get("body")), {}),
    "location": _location,
    "contacts": _contacts,
    "order": _order,
    "button": _button,
    "interactive.button_reply": _choice,
    "interactive.list_reply": _choice,
    "interactive.nfm_reply": _form,
    "interactive.product": _product,
    "interactive.call_permission_reply": _permission,
    "reaction": _reaction,
    "system": _system,
    "unsupported": _unsupported,
    "interactive.sent": _interactive_sent,
}
"""By kind; what is not here has a caption, or no words."""
