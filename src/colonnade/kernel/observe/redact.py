"""Keeps secrets and personal data out of logs, by a value's name and by its form.

Names are matched as words (`password`, `new_password`, `accessToken`); texts lose e-mail addresses, JSON web tokens,
bearer tokens and passwords in URLs. It is a safety net: a value that must not be logged is not passed to the logger
in the first place.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

__all__ = ["redact", "redact_text"]

_HIDDEN = "[hidden]"
_MAX_DEPTH = 6

_SECRET_NAME = re.compile(
    r"pass(word|wd|phrase)|secret|token|authorization|cookie|api_?key|private_?key|credential|signature|"
    r"(^|_)(otp|totp|pin|dsn|body|html|payload|jwt|email|e_mail|recipients?)$",
    re.IGNORECASE,
)
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
# Repetition is bounded and starts at a boundary, so that a long hostile text takes linear time.
_PART = r"[^\s<>\"'`,;:()\[\]{}=/\\|&?@]"
_EMAIL = re.compile(rf"{_PART}{{1,64}}@{_PART}{{1,190}}\.{_PART}{{2,63}}")
_URL_PASSWORD = re.compile(
    r"(?P<start>[a-z][a-z0-9+.-]{0,20}://[^\s:/@]{0,128}):[^\s/@]{1,256}@", re.IGNORECASE
)
_JWT = re.compile(r"(?<![\w-])eyJ[\w-]{5,}\.[\w-]+\.[\w-]*")
_BEARER = re.compile(r"(?P<scheme>\b(?:bearer|basic)\s{1,4})[\w.~+/=-]{8,}", re.IGNORECASE)
_PARAMETER = re.compile(
    r"(?P<name>\b(?:[\w-]{0,32}(?:token|password|secret|api_?key)|code)=)[^\s&\"']+", re.IGNORECASE
)
_MAX_CHARACTERS = 16_384

_secret_names: dict[str, bool] = {}


def redact(_logger: Any, _method: str, line: Any) -> Any:
    """Hide secret values of `line`, a mapping, at any depth (a structlog processor)."""
    for name, value in line.items():
        if type(value) is int or type(value) is float or value is None or type(value) is bool:
            continue
        if _is_secret(name):
            line[name] = _HIDDEN
        elif type(value) is str:
            line[name] = redact_text(value)
        else:
            line[name] = _clean(value, 1)
    return line


def redact_text(text: str) -> str:
    """Return `text` without e-mail addresses, tokens and passwords, cut at 16,384 characters."""
    if len(text) > _MAX_CHARACTERS:
        text = f"{text[:_MAX_CHARACTERS]}… ({len(text) - _MAX_CHARACTERS} more)"
    if "@" in text:
        text = _URL_PASSWORD.sub(rf"\g<start>:{_HIDDEN}@", text)
        text = _EMAIL.sub("[email]", text)
    if "eyJ" in text:
        text = _JWT.sub("[token]", text)
    if "=" in text:
        text = _PARAMETER.sub(rf"\g<name>{_HIDDEN}", text)
    if "earer" in text or "EARER" in text or "asic" in text or "ASIC" in text:
        text = _BEARER.sub(rf"\g<scheme>{_HIDDEN}", text)
    return text


def _is_secret(name: str) -> bool:
    known = _secret_names.get(name)
    if known is None:
        known = _SECRET_NAME.search(_CAMEL.sub("_", name).replace("-", "_")) is not None
        if len(_secret_names) < 10_000:  # bounded: names come from code, but nothing enforces that
            _secret_names[name] = known
    return known


def _clean(value: Any, depth: int) -> Any:
    if isinstance(value, str):
        return redact_text(value)
    if isinstance(value, int | float | bool) or value is None:
        return value
    if depth >= _MAX_DEPTH:
        return "…"
    if isinstance(value, Mapping):
        return {
            str(name): _HIDDEN if _is_secret(str(name)) else _clean(inner, depth + 1)
            for name, inner in value.items()
        }
    if isinstance(value, list | tuple | set | frozenset):
        return [_clean(inner, depth + 1) for inner in value]
    if isinstance(value, bytes | bytearray | memoryview):
        return f"[{len(value)} bytes]"
    return redact_text(str(value))
