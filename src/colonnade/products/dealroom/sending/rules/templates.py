"""Reads the provider's message templates: their variables, what a filled one looks like, and how it is sent.

Variables are written `{{1}}` or `{{name}}`. Those of the body are called like that, those of the other parts
`header.1`, `header.link` (the file of a header with media) and `button.0` (what ends the address of the first button,
or the code of a coupon that it copies). The button of a one-time code gets the code that the body says.

Source: Meta's documentation of message templates and of their components.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from colonnade.kernel.core import Invalid, Token, clean_words
from colonnade.products.dealroom.sending.rules.kinds import find_problem
from colonnade.products.dealroom.sending.schemas import (
    StoredTemplate,
    Template,
    TemplateInvalid,
    TemplateLanguage,
    TemplateName,
    TemplateUnsent,
)
from colonnade.products.dealroom.shared.rules.storing import storable
from colonnade.products.dealroom.shared.rules.urls import check_web_url

__all__ = ["fill", "find_variables", "read_template", "render", "show_template"]

MAX_PARTS = 20
MAX_STORED_BYTES = 64 * 1024
"""The provider's own limits for the parts of a template add up to a tenth of it."""
MAX_SHOWN_CHARACTERS = 8_192
UNREADABLE = "UNREADABLE"
TOO_LARGE = "The template is too large to be kept here"
REPLACED = "Some characters of the template cannot be shown here"
MAX_VALUE_CHARACTERS = 1_024
_VARIABLE = re.compile(r"\{\{ *([A-Za-z0-9_]{1,60}) *\}\}")
_REFUSED = re.compile(r"[\n\r\t]| {5,}")
_CODE_ADDRESS = "https://www.whatsapp.com/otp/code/"
_MEDIA = ("IMAGE", "VIDEO", "DOCUMENT")
_WORD = re.compile(r"[A-Z_]{1,40}\Z")


def read_template(item: Mapping[str, Any]) -> StoredTemplate | None:
    """Return a template from the provider's list, None if it has not the documented shape.

    One that cannot be stored as it is says so: its text lacks some characters, or it has no text and is not sent.
    """
    name, language, state = (
        _fitting(item.get("name"), TemplateName),
        _fitting(item.get("language"), TemplateLanguage),
        item.get("status"),
    )
    components, category = item.get("components"), item.get("category")
    if name is None or language is None or not (isinstance(state, str) and _WORD.match(state)):
        return None
    if not isinstance(components, list):
        return None
    parts = [part for part in components[:MAX_PARTS] if isinstance(part, dict)]
    known = category if isinstance(category, str) and _WORD.match(category) else None
    shown = _shown(parts)
    if shown is None:
        return StoredTemplate(name, language, known, UNREADABLE, [], problem=TOO_LARGE)
    return StoredTemplate(name, language, known, state, shown, problem=REPLACED if shown != parts else None)


def _fitting(value: Any, kind: type[Token]) -> str | None:
    """Return a text if it is of this kind as it is."""
    try:
        return value if isinstance(value, str) and kind.read(value) == value else None
    except ValueError:
        return None


def _shown(parts: list[dict[str, Any]]) -> list[dict[str, Any]] | None:
    """Return a template's parts as they are stored; None for what is too large, or too deep."""
    try:
        shown: list[dict[str, Any]] = storable(parts)
        return shown if len(msgspec.json.encode(shown)) <= MAX_STORED_BYTES else None
    except RecursionError:
        return None


def show_template(stored: StoredTemplate) -> Template:
    """Return a template as its channel's owner sees it."""
    return Template(
        name=stored.name,
        language=stored.language,
        category=stored.category,
        state=stored.state,
        variables=find_variables(stored.components),
        preview=render(stored.components, {}),
        synced_at=stored.synced_at,
        problem=find_problem(stored.components) or stored.problem,
    )


def find_variables(components: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the names of a template's variables, in the order in which they are read."""
    return list(dict.fromkeys(name for name, _ in _variables(components)))


def render(components: Sequence[Mapping[str, Any]], values: Mapping[Any, str]) -> str:
    """Return what the customer sees: header, body and footer; a variable without a value stays as it is."""
    shown = []
    for part in components:
        kind = part.get("type")
        if kind in ("HEADER", "BODY", "FOOTER"):
            prefix = "header." if kind == "HEADER" else ""
            shown.append(
                _VARIABLE.sub(
                    lambda found, prefix=prefix: values.get(prefix + found[1], found[0]),  # type: ignore[misc]
                    _text(part),
                )
            )
    return clean_words("\n\n".join(text for text in shown if text)[:MAX_SHOWN_CHARACTERS])


def fill(components: Sequence[Mapping[str, Any]], values: Mapping[Any, str]) -> list[dict[str, Any]]:
    """Return the components of the provider's call.

    Raise TemplateUnsent for parts that are not sent from here, TemplateInvalid unless the values fit the variables.
    """
    problem = find_problem(components)
    if problem is not None:
        raise TemplateUnsent(details={"problem": problem})
    variables = find_variables(components)
    _check(variables, values)
    filled: list[dict[str, Any]] = []
    for part in components:
        if part.get("type") == "HEADER" and part.get("format") in _MEDIA:
            kind = str(part["format"]).lower()
            parameter = {"type": kind, kind: {"link": values["header.link"]}}
            filled.append({"type": "header", "parameters": [parameter]})
        elif part.get("type") in ("HEADER", "BODY"):
            prefix = "header." if part["type"] == "HEADER" else ""
            names = list(dict.fromkeys(_VARIABLE.findall(_text(part))))
            if names:
                parameters = [_parameter(name, values[prefix + name]) for name in names]
                filled.append({"type": str(part["type"]).lower(), "parameters": parameters})
    for index, button, variable in _filled_buttons(components):
        filled.append(_button(index, button, values[variable]))
    return filled


def _check(variables: Sequence[str], values: Mapping[Any, str]) -> None:
    wrong: dict[str, str] = {}
    for name in variables:
        value = values.get(name)
        if not value or not value.strip():
            wrong[f"variables.{name}"] = "Variable is required"
        elif len(value) > MAX_VALUE_CHARACTERS:
            wrong[f"variables.{name}"] = f"Variable must have at most {MAX_VALUE_CHARACTERS} characters"
        elif _REFUSED.search(value):
            wrong[f"variables.{name}"] = (
                "Variable must have no line breaks, no tabs and no more than four spaces in a row"
            )
        elif name == "header.link":
            wrong |= _check_link(value)
    unknown = [name for name in values if name not in variables]
    if unknown:
        wrong["variables"] = f"The template has no variable {unknown[0][:60]}"
    if wrong:
        raise TemplateInvalid(fields=wrong)


def _check_link(url: str) -> dict[str, str]:
    """Return what is wrong with the address of a file, which the provider fetches."""
    field = "variables.header.link"
    try:
        check_web_url(url, field=field)
    except Invalid as invalid:
        return {field: str((invalid.details or {}).get(field, invalid.message))}
    return {}


def _variables(components: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    for part in components:
        if part.get("type") == "HEADER" and part.get("format") in _MEDIA:
            yield "header.link", ""
        elif part.get("type") in ("HEADER", "BODY"):
            prefix = "header." if part["type"] == "HEADER" else ""
            for name in _VARIABLE.findall(_text(part)):
                yield prefix + name, name
    for _, _, variable in _filled_buttons(components):
        yield variable, variable


def _filled_buttons(components: Sequence[Mapping[str, Any]]) -> Iterator[tuple[int, Mapping[str, Any], str]]:
    """Yield the place of each button that needs a value, the button, and the variable that has the value."""
    for part in components:
        buttons = part.get("buttons") if part.get("type") == "BUTTONS" else None
        for index, button in enumerate(buttons[:MAX_PARTS] if isinstance(buttons, list) else []):
            if not isinstance(button, dict):
                continue
            kind, url = button.get("type"), button.get("url")
            code = _code_of(components) if kind == "OTP" or _is_code(url) else None
            if kind in ("OTP", "COPY_CODE") or (
                kind == "URL" and isinstance(url, str) and _VARIABLE.search(url)
            ):
                yield index, button, code or f"button.{index}"


def _is_code(url: Any) -> bool:
    """Return whether this is the address by which the provider lists a button that copies a one-time code."""
    return isinstance(url, str) and url.startswith(_CODE_ADDRESS)


def _code_of(components: Sequence[Mapping[str, Any]]) -> str | None:
    """Return the body's variable that is a one-time code: its first."""
    for part in components:
        found = _VARIABLE.search(_text(part)) if part.get("type") == "BODY" else None
        if found:
            return found[1]
    return None


def _parameter(name: str, value: str) -> dict[str, Any]:
    named = {} if name.isdigit() else {"parameter_name": name}
    return {"type": "text", **named, "text": value}


def _button(index: int, button: Mapping[str, Any], value: str) -> dict[str, Any]:
    coupon = button.get("type") == "COPY_CODE"
    parameter = {"type": "coupon_code", "coupon_code": value} if coupon else {"type": "text", "text": value}
    kind = "copy_code" if coupon else "url"
    return {"type": "button", "sub_type": kind, "index": str(index), "parameters": [parameter]}


def _text(part: Mapping[str, Any]) -> str:
    text = part.get("text")
    return text[:4096] if isinstance(text, str) else ""
