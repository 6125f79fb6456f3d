"""Types of settings: each parses and validates the text of an environment variable."""

from __future__ import annotations

import re
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator

from colonnade.kernel.core.quotas import MAX_AMOUNT, parse_quota
from colonnade.kernel.core.texts.codes import COUNTRIES, check_zone

__all__ = [
    "COUNTRIES",
    "LOOPBACK",
    "CommaList",
    "DomainName",
    "Hosts",
    "Limit",
    "LowerCase",
    "Networks",
    "Origins",
    "Region",
    "Seconds",
    "SettingsError",
    "TimeZone",
    "WebAddress",
    "check_limit",
    "split",
]

LOOPBACK = ("localhost", "127.0.0.1", "::1")
_DOMAIN = re.compile(r"(?=.{1,253}\Z)[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*")
_DURATION = re.compile(r"(\d{1,10})\s*([smhdw]?)\Z")
_UNIT_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}


class SettingsError(Exception):
    """The settings are invalid; the message names each of them and never shows a value."""


def split(value: Any) -> Any:
    """Split a text at its commas into a tuple of trimmed, non-empty parts; return any other value unchanged."""
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    return value


def _check_origins(values: tuple[str, ...]) -> tuple[str, ...]:
    """Return the origins as a browser sends them: scheme and host, no path; `*` is left as it is."""
    origins = []
    for value in values:
        parts = urlsplit(value)
        address = parts.scheme in ("http", "https") and parts.netloc and "@" not in parts.netloc
        if value != "*" and not address:
            raise ValueError("must be addresses such as https://www.example.org, separated by commas")
        origins.append(value if value == "*" else f"{parts.scheme}://{parts.netloc}".lower())
    return tuple(origins)


def _check_web_address(value: str) -> str:
    """Return `value` if it is http:// or https://, a host and perhaps a path. Raise ValueError."""
    problem = ValueError("must be an address such as https://www.example.org")
    try:
        parts = urlsplit(value)
        complete = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        raise problem from None
    if not complete or "@" in parts.netloc or parts.query or parts.fragment or re.search(r"\s", value):
        raise problem
    return value


def _check_domain(value: str) -> str:
    """Return the domain in lower case. Raise ValueError."""
    value = value.lower()
    if not _DOMAIN.fullmatch(value):
        raise ValueError("must be a domain such as example.org")
    return value


def _check_hosts(value: tuple[str, ...]) -> tuple[str, ...]:
    """Return the names of hosts in lower case. Raise ValueError."""
    hosts = tuple(host.lower() for host in value)
    if wrong := next((host for host in hosts if not _DOMAIN.fullmatch(host)), None):
        raise ValueError(f"{wrong!r} must be a host such as www.example.org, without https:// and a path")
    return hosts


def check_limit(value: str) -> str:
    """Return `value` if it is a limit. Raise ValueError."""
    try:
        parse_quota(value)
    except ValueError:
        raise ValueError(
            f"must be a limit such as 100/minute or 5/15 minutes, of 1 to {MAX_AMOUNT:,} in a second to ten years"
        ) from None
    return value


def _parse_networks(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return tuple(ip_network(part, strict=False) for part in split(value))
    except ValueError:
        raise ValueError("must be addresses or networks such as 10.0.0.0/8, separated by commas") from None


def _check_timezone(value: str) -> str:
    check_zone(value)
    return value


def _check_region(value: str) -> str:
    region = value.strip().upper()
    if region not in COUNTRIES:
        raise ValueError("must be the code of a country such as ID or DE (ISO 3166)")
    return region


def _seconds(value: Any) -> Any:
    """Return the seconds of `24h`, `15m`, `7d`, `90s` or a plain number. Raise ValueError for any other text."""
    if not isinstance(value, str):
        return value
    match = _DURATION.match(value.strip().lower())
    if match is None:
        raise ValueError("must be seconds, or a duration such as 15m, 24h or 7d")
    return int(match[1]) * _UNIT_SECONDS[match[2] or "s"]


def _lower(value: Any) -> Any:
    return value.strip().lower() if isinstance(value, str) else value


LowerCase = BeforeValidator(_lower)
"""For `Annotated[Literal[…], LowerCase]`: ignores the case of a choice and the space around it."""

CommaList = Annotated[tuple[str, ...], BeforeValidator(split)]
DomainName = Annotated[str, AfterValidator(_check_domain)]
Origins = Annotated[tuple[str, ...], BeforeValidator(split), AfterValidator(_check_origins)]
Hosts = Annotated[tuple[str, ...], BeforeValidator(split), AfterValidator(_check_hosts)]
Limit = Annotated[str, AfterValidator(check_limit)]
Networks = Annotated[tuple[IPv4Network | IPv6Network, ...], BeforeValidator(_parse_networks)]
Region = Annotated[str, AfterValidator(_check_region)]
Seconds = Annotated[int, BeforeValidator(_seconds)]
TimeZone = Annotated[str, AfterValidator(_check_timezone)]
WebAddress = Annotated[str, AfterValidator(_check_web_address)]
